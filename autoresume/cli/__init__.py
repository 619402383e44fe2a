"""The command ``autoresume``: reads the command line and starts the run."""

from __future__ import annotations

import gc
import sys

from autoresume import console
from autoresume.cli import early
from autoresume.errors import AutoresumeError
from autoresume.runner import INTERRUPTED, leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line in ``sys.argv`` and exit with the script's own status, or with 2."""
    try:
        status = early.run_unmarked(sys.argv[1:])
        if status is None:
            status = _run()
    except AutoresumeError as error:
        console.error(str(error))
        status = 2
    except KeyboardInterrupt:  # before the program has begun
        status = INTERRUPTED
    leave(status)


def _run() -> int:
    gc.disable()  # nothing of what is loaded now is garbage
    try:
        from autoresume.cli.options import parse

        options = parse(sys.argv[1:])
        # The rest of the runtime is not needed for --help or for a mistake in the options.
        from autoresume.start import prepared

        begin = prepared(options)
    finally:
        gc.enable()
    return begin()
