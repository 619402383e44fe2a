"""The commands that look at a store: ``ls``, ``show RUN`` and ``verify [RUN]``.

They print plain text, run nothing of a program, and unpickle nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from autoresume import console
from autoresume.cli.parsing import Parser
from autoresume.errors import UsageError
from autoresume.store import key_file
from autoresume.store.durable import store_errors
from autoresume.store.locations import Location, location, place_at
from autoresume.store.survey import RunInfo, SnapshotInfo, Survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DAMAGED = 1
"""The exit status of ``verify`` for a store that is not whole."""


def run_command(name: str, words: Sequence[str]) -> int:
    """Run the command of this name with the rest of the command line; returns the exit status.

    Raises: UsageError, StoreError.
    """
    description, work = _COMMANDS[name]
    parser = Parser(prog=f"autoresume {name}", description=description, allow_abbrev=False)
    parser.add_argument("--store", metavar="DIR|URL", help="default: as for running a script")
    if name == "verify":
        parser.add_argument("--sign-key", metavar="FILE", help="the key of signed snapshots")
    if name != "ls":
        count = "?" if name == "verify" else None
        parser.add_argument("run", metavar="RUN", nargs=count, help="its name, or the start of it")
    given = parser.parse_args(list(words))
    root = location(given.store)
    if isinstance(root, Path) and not root.is_dir():
        raise UsageError(f"there is no store in {root}")
    # What a terminal cannot show should not end the command.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    with store_errors(f"read the store {root}"):
        try:
            return work(_survey(root, given), given)
        except BrokenPipeError:  # as of `ls | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


def _survey(root: Location, given: Any) -> Survey:
    place = place_at(root, private=False)
    key = key_file(given.sign_key) if "sign_key" in given else None
    if key is None:
        return Survey(place)
    from autoresume.store.signing import SignedFiles, signer_from

    signer = signer_from(key)
    return Survey(place, SignedFiles(place, signer), signer.hashing)


# -- the commands ----------------------------------------------------------------------------------


def _ls(survey: Survey, given: Any) -> int:
    runs = [survey.run(name) for name in survey.names()]
    if not runs:
        console.say("no runs")
        return 0
    head = ("RUN", "PROGRAM", "LAST", "SAVED", "STATE", "ON DISK", "")
    _print_table([head, *map(_row_of_run, runs)], right={2, 4, 5})
    return 0


def _show(survey: Survey, given: Any) -> int:
    run = survey.run(_named(survey, given.run))
    print(f"{_clean(run.name)}: {_state(run)}, {_size(run.on_disk)} on disk")
    if run.snapshots:
        head = ("NUMBER", "SAVED", "AT", "STATE", "NEW", "PYTHON", "AUTORESUME", "FORMAT", "")
        _print_table([head, *map(_row_of_snapshot, run.snapshots)], right={0, 3, 4})
    return 0


def _verify(survey: Survey, given: Any) -> int:
    names = [_named(survey, given.run)] if given.run else survey.names()
    count = damaged = 0
    for name in names:
        for file, problem in survey.problems(name):
            count += 1
            damaged += bool(problem)
            print(f"{_clean(name)}/{file}: {problem and 'DAMAGED: '}{problem or 'intact'}")
    print(f"{count} snapshots, {damaged or 'none'} damaged")
    return _DAMAGED if damaged else 0


_COMMANDS: dict[str, tuple[str, Callable[[Survey, Any], int]]] = {
    "ls": ("List the runs of a store, the last changed first.", _ls),
    "show": ("List the snapshots of a run.", _show),
    "verify": ("Read all snapshots, and tell which are damaged (status 1).", _verify),
}


def _named(survey: Survey, name: str) -> str:
    """Return the run of a name, or the only one whose name begins so."""
    names = survey.names()
    found = [name] if name in names else [one for one in names if one.startswith(name)]
    if len(found) != 1:
        what = f"{len(found)} runs are" if found else "no run is"
        raise UsageError(f"{what} called {name}: autoresume ls lists them")
    return found[0]


# -- text ------------------------------------------------------------------------------------------


def _row_of_run(run: RunInfo) -> tuple[str, ...]:
    last = run.last
    if last is None:
        return _clean(run.name), "", "", "", "", _size(run.on_disk), _state(run)
    described = last.program, str(last.number), _time(last.time), _size(last.state)
    return _clean(run.name), *described, _size(run.on_disk), _state(run)


def _state(run: RunInfo) -> str:
    if run.holder:
        return f"in progress: {run.holder}"
    if run.finished:
        return "finished"
    if run.last:
        return "waits to be resumed"
    return "damaged" if run.snapshots else "nothing saved"


def _row_of_snapshot(one: SnapshotInfo) -> tuple[str, ...]:
    if one.problem:
        return str(one.number), *[""] * 7, f"damaged: {one.problem}"
    sizes = _size(one.state), _size(one.new)
    made_by = one.python, one.tool, str(one.format)
    notes = "; ".join(_notes(one))
    return str(one.number), _time(one.time), one.place, *sizes, *made_by, notes


def _notes(one: SnapshotInfo) -> Iterator[str]:
    if not one.is_current:
        yield "of an earlier start"
    if one.signed:
        yield "signed"
    if one.missing:
        yield f"without {', '.join(one.missing)}"


def _print_table(rows: Sequence[tuple[str, ...]], right: set[int]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        aligned = (t.rjust(w) if n in right else t.ljust(w) for n, (t, w) in enumerate(cells))
        print("  ".join(aligned).rstrip())


def _clean(name: str) -> str:
    return console.printable(name)


def _time(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) if seconds else ""
    except (OverflowError, ValueError, OSError):
        return ""


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
