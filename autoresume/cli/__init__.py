"""The command ``autoresume``: reads the command line and starts the run."""

from __future__ import annotations

import gc
import os
import sys

from autoresume import console
from autoresume.cli import early
from autoresume.errors import AutoresumeError
from autoresume.runner import INTERRUPTED, leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_COMMANDS = frozenset({"ls", "show", "verify"})


def main() -> NoReturn:
    """Run the command line in ``sys.argv`` and exit with the script's own status, or with 2."""
    try:
        status = _commanded(sys.argv[1:])
    except AutoresumeError as error:
        console.error(str(error))
        status = 2
    except KeyboardInterrupt:  # before the program has begun
        status = INTERRUPTED
    leave(status)


def _commanded(words: list[str]) -> int:
    # A file of that name is a script, as it would be for python.
    if words and words[0] in _COMMANDS and not os.path.lexists(words[0]):
        from autoresume.cli.commands import run_command

        return run_command(words[0], words[1:])
    status = early.run_unmarked(words)
    return _run(words) if status is None else status


def _run(words: list[str]) -> int:
    gc.disable()  # nothing of what is loaded now is garbage
    try:
        from autoresume.cli.options import parse

        options = parse(words)
        # The rest of the runtime is not needed for --help or for a mistake in the options.
        from autoresume.start import prepared

        begin = prepared(options)
    finally:
        if not gc.get_freeze_count():  # by somebody else
            gc.freeze()  # no collection of young objects has to look at all that
            gc.unfreeze()
        gc.enable()
    return begin()
