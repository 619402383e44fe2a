"""Kill the command at its calls on the store, or let these fail; report what went wrong, as JSON.

    python commands.py KIND FOLDER SIZE SEED

`KIND` is kill or errors; `SIZE` is the number of places, or `all`; which ones depends on the seed.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import crash
from tracing import Call, Kill, Verdict, trace
from watchers import Outage, StoreWatcher

PROGRAM = Path(__file__).with_name("program.py")
STEPS = 5
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
    """Runs of the command in one place, again and again from the beginning."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.place = crash.Place(folder / "cwd", folder / "store")
        self.plain = self._plainly()

    def _plainly(self) -> crash.Outcome:
        self.begin()
        return crash.run_plain(PROGRAM, self.place.cwd, [f"{STEPS}", ""])

    def begin(self) -> None:
        """Forget what was before."""
        for folder in (self.place.cwd, self.place.store):
            shutil.rmtree(folder, ignore_errors=True)
        self.place.cwd.mkdir()

    def run(self) -> crash.Outcome:
        """Run the command undisturbed."""
        return crash.run_tool(PROGRAM, self.place, "--every", "1", args=[f"{STEPS}", ""])

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
        command = crash.tool_command(self.place, "--every", "1")
        os.execve(command[0], [*command, str(PROGRAM), f"{STEPS}", ""], crash.environment())

    def wrong_after_kill(self, first: crash.Outcome, second: crash.Outcome) -> bool:
        """Whether a process that was killed and one after it did not do what the plain run did."""
        lines, before, after = (
            outcome.stdout.splitlines() for outcome in (self.plain, first, second)
        )
        # What was printed after the last snapshot is printed again: a step, or the end as well.
        # A run that was killed when its end was recorded starts afresh.
        ended = before == lines and after in (lines, lines[-2:])
        fits = ended or any(before[: len(before) - again] + after == lines for again in (0, 1))
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


def main() -> None:
    """Read the command line and report."""
    kind, folder, size, seed = sys.argv[1:]
    runs, rng = Runs(Path(folder)), random.Random(seed)
    runs.begin()
    counted = StoreWatcher(runs.place.store)
    assert runs.traced(counted).stdout == runs.plain.stdout
    cases = _kills(counted.calls) if kind == "kill" else _outages(counted.calls)
    if size != "all":
        cases = rng.sample(cases, min(len(cases), int(size)))
    failures = []
    for told, watcher in cases:
        runs.begin()
        first, second = runs.traced(watcher(runs.place.store)), runs.run()
        wrong = runs.wrong_after_kill if kind == "kill" else runs.wrong_after_error
        if wrong(first, second):
            failures.append(f"{told} of {counted.calls}: {first}\n{second}")
    print(json.dumps({"tried": len(cases), "failures": failures}))


def _kills(calls: int) -> list:
    return [(f"killed at call {at}", partial(KillThere, place=at)) for at in range(calls)]


def _outages(calls: int) -> list:
    return [
        (
            f"{errno.errorcode[number]} at {length} calls from {at}",
            partial(Outage, place=at, length=length, number=number),
        )
        for at in range(calls)
        for number in ERRORS
        for length in (1, 30, FOREVER)
    ]


if __name__ == "__main__":
    main()
