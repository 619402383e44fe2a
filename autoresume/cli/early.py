"""What is done before anything is loaded that takes time.

A script without marks is run at once. For one with marks the interpreter is started again with a
hash seed of its own, see `autoresume.hashseed`, while there is nothing to lose.
"""

from __future__ import annotations

import itertools
import os

from autoresume import hashseed, runner
from autoresume.cli.words import split
from autoresume.prescan import may_be_marked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_STORE, _FRESH = "--store", "--fresh"


def run_unmarked(argv: Sequence[str]) -> int | None:
    """Run the script of a command line, if it is certain that it has no marks; its exit status.

    None: read the command line, and look closely.
    """
    ours, program = split(argv)
    if not program or program[0].startswith("-"):
        return None
    script, *args = program
    has_begun = _FRESH not in ours and _has_begun(ours, script)
    if has_begun or may_be_marked(script) or "--auto" in ours:
        hashseed.derive([os.path.basename(script), *args])
    elif _means_nothing_else(ours):
        return runner.run_plainly(runner.prepare_script(script, args))
    return None


def _has_begun(ours: list[str], script: str) -> bool:
    """Whether there may be a run of this script in the store."""
    given = [value for word, value in itertools.pairwise(ours) if word == _STORE]
    given += [word.partition("=")[2] for word in ours if word.startswith(f"{_STORE}=")]
    store = (given or [os.environ.get("AUTORESUME_STORE") or ".autoresume"])[-1]
    try:
        runs = os.listdir(os.path.expanduser(store))
    except OSError:
        return False
    return any(name.startswith(f"{os.path.basename(script)}-") for name in runs)


def _means_nothing_else(ours: list[str]) -> bool:
    """Whether our options say nothing about a run without snapshots, nor can be wrong."""
    rest = [word for word in ours if word != _FRESH]
    return not rest or (len(rest) == 2 and rest[0] == _STORE)
