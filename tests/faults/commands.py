"""Let the command have faults, and report what went wrong, as JSON.

    python commands.py KIND FOLDER SIZE SEED

`KIND` is kill: the command is killed at its calls on the store; errors: these calls fail; or rot:
the disk changes a bit of what is stored. `SIZE` is the number of places, or `all`; which ones
depends on the seed.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import crash
from damage import flip
from tracing import Call, Kill, Verdict, trace
from watchers import Outage, Rot, StoreWatcher

HERE = Path(__file__).parent
PROGRAM = [str(HERE / "program.py"), "5", "", "rest", "1", "rest", "2", "rest", "3"]
"""It rests a little, so that forked copies have the time for some snapshots."""
LARGE = [str(HERE / "large.py")]
ERRORS = [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ESTALE]
FOREVER = sys.maxsize


class KillThere(StoreWatcher):
    """Kills the process at its call on the store number `place`."""

    def __init__(self, root: Path, place: int) -> None:
        super().__init__(root)
        self._place = place

    def decide(self, call: Call) -> Verdict:
        """Decide about a call."""
        return Kill() if self.calls == self._place else None


class Runs:
    """Runs of a program in one place, again and again from the beginning."""

    def __init__(self, folder: Path, program: list[str]) -> None:
        self._folder = folder
        self._program = program
        self.forks = False
        """Whether forked copies of the process take the snapshots."""
        self.place = crash.Place(folder / "cwd", folder / "store")
        self.plain = self._plainly()

    def _plainly(self) -> crash.Outcome:
        self.begin()
        return crash.run([crash.interpreter(), *self._program], self.place.cwd)

    def begin(self) -> None:
        """Forget what was before."""
        for folder in (self.place.cwd, self.place.store):
            shutil.rmtree(folder, ignore_errors=True)
        self.place.cwd.mkdir()

    def command(self, *options: str) -> list[str]:
        """The command line that runs the program."""
        forks = ["--fork"] if self.forks else []
        options = ("--every", "1", *forks, *options)
        return [*crash.tool_command(self.place, *options), *self._program]

    def run(self, *options: str) -> crash.Outcome:
        """Run the command undisturbed."""
        return crash.run(self.command(*options), self.place.cwd)

    def traced(self, watcher: StoreWatcher) -> crash.Outcome:
        """Run the command under the eyes of a watcher."""
        outputs = [self._folder / "stdout", self._folder / "stderr"]
        status = trace(partial(self._execute, outputs), watcher)
        stdout, stderr = (path.read_bytes() for path in outputs)
        return crash.Outcome(stdout, stderr.decode(), status, crash.files_below(self.place.cwd))

    def _execute(self, outputs: Sequence[Path]) -> None:
        for descriptor, path in enumerate(outputs, 1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        os.chdir(self.place.cwd)
        os.execve(crash.interpreter(), self.command(), crash.environment())

    def wrong_after_kill(self, first: crash.Outcome, second: crash.Outcome) -> bool:
        """Whether a process that was killed and one after it did not do what the plain run did."""
        lines, before, after = (
            outcome.stdout.splitlines() for outcome in (self.plain, first, second)
        )
        # What was printed after the last snapshot is printed again: a step, or the end as well.
        # A run that was killed when its end was recorded starts afresh. The death of a copy is
        # only told.
        again = range(len(before) + 1) if self.forks else range(2)
        fits = any(before[: len(before) - n] + after == lines for n in again)
        fits = fits or (before == lines and after in (lines, lines[-2:]))
        return not (fits and second.status == 0 and second.files == self.plain.files)

    def wrong_after_error(self, first: crash.Outcome, second: crash.Outcome) -> bool:
        """Whether the run suffered from a failing store, or another one after it did.

        It may be refused before it begins, and be told at its end that this was not recorded.
        """
        whole = first.stdout == self.plain.stdout and first.files == self.plain.files
        refused = first.status == 2 and (whole or not first.stdout)
        told = all(line.startswith("autoresume: ") for line in first.stderr.splitlines())
        recovered = second.status == 0 and second.files == self.plain.files
        good = (refused and first.stderr) or (whole and first.status == 0)
        return not (good and told and recovered and self.plain.stdout.endswith(second.stdout))


def kill(runs: Runs, some: Callable[[list], list]) -> Iterator[str | None]:
    """Kill the command at its calls on the store."""
    cases = itertools.product(range(_calls(runs)), (False, True))
    for place, runs.forks in some(list(cases)):
        runs.begin()
        first, second = runs.traced(KillThere(runs.place.store, place)), runs.run()
        wrong = runs.wrong_after_kill(first, second)
        yield f"killed at call {place}, forks {runs.forks}: {first}\n{second}" if wrong else None


def errors(runs: Runs, some: Callable[[list], list]) -> Iterator[str | None]:
    """Let calls on the store fail: one of them, some, or all from one on."""
    cases = itertools.product(range(_calls(runs)), (1, 30, FOREVER), ERRORS, (False, True))
    for place, length, number, runs.forks in some(list(cases)):
        runs.begin()
        first = runs.traced(Outage(runs.place.store, place, length, number))
        second = runs.run()
        told = f"{errno.errorcode[number]} at {length} calls from {place}, forks {runs.forks}"
        yield f"{told}: {first}\n{second}" if runs.wrong_after_error(first, second) else None


def rot(runs: Runs, some: Callable[[list], list]) -> Iterator[str | None]:
    """Let the disk change a bit of the largest file. All snapshots share what it holds there."""
    for tenth in some(list(range(1, 10))):
        runs.begin()
        runs.run("--crash-after", "3")
        path = max(runs.place.store.rglob("*.*"), key=lambda path: path.stat().st_size)
        status = path.stat()
        flip(path, 8 * status.st_size * tenth // 10)
        watcher = Rot(path, status)
        first, second = runs.traced(watcher), runs.run()
        stopped = first.status == 75 and first.stderr.endswith("go on from the one before\n")
        refused = second.status == 2 and not second.stdout
        wrong = not (watcher.hidden and stopped and refused)
        yield f"rot at {tenth}/10: {first}\n{second}" if wrong else None


def _calls(runs: Runs) -> int:
    runs.begin()
    counting = StoreWatcher(runs.place.store)
    assert runs.traced(counting).stdout == runs.plain.stdout
    return counting.calls


def main() -> None:
    """Read the command line and report."""
    kind, folder, size, seed = sys.argv[1:]
    rng = random.Random(seed)

    def some(cases: list) -> list:
        return cases if size == "all" else rng.sample(cases, min(len(cases), int(size)))

    runs = Runs(Path(folder), LARGE if kind == "rot" else PROGRAM)
    outcomes = [*{"kill": kill, "errors": errors, "rot": rot}[kind](runs, some)]
    print(json.dumps({"tried": len(outcomes), "failures": [*filter(None, outcomes)]}))


if __name__ == "__main__":
    main()
