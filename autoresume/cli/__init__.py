"""The command ``autoresume``: reads the command line and starts the run."""

from __future__ import annotations

import sys
from typing import NoReturn

from autoresume import console
from autoresume.cli.options import Options as Options
from autoresume.cli.options import parse
from autoresume.errors import AutoresumeError
from autoresume.runner import INTERRUPTED, leave


def main() -> NoReturn:
    """Run the command line in ``sys.argv`` and exit with the script's own status, or with 2."""
    try:
        options = parse(sys.argv[1:])
        # The rest of the runtime is not needed for --help or for a mistake in the options.
        from autoresume.start import run_target

        status = run_target(options)
    except AutoresumeError as error:
        console.error(str(error))
        status = 2
    except KeyboardInterrupt:  # before the program has begun
        status = INTERRUPTED
    leave(status)
