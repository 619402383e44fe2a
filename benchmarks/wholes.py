"""What the defaults cost whole runs, and what a kill costs them."""

import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from measure import SECONDS, Results, alternate
from processes import PROGRAMS, TOOL, Ended, environment, run
from scale import Scale

PLAIN, OWN, BY_HAND = "plain", "autoresume", "by hand"


@dataclass(frozen=True)
class Case:
    """A program, the ways to run it."""

    name: str
    program: str
    needs: str = "numpy"
    by_hand: str = ""

    def commands(self) -> dict[str, list[str]]:
        program = str(PROGRAMS / self.program)
        found = {PLAIN: [program], OWN: [*TOOL, program]}
        return found | ({BY_HAND: [str(PROGRAMS / self.by_hand)]} if self.by_hand else {})


CASES = [
    Case("heat equation, numpy, 32 MiB", "heat.py", by_hand="heat_by_hand.py"),
    Case("n-body, objects", "nbody.py"),
    Case("table, pandas, 8 MiB", "frame.py", "pandas"),
    Case("training, torch, 4 MiB", "training.py", "torch"),
]


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Run programs plain and under autoresume; then kill them once, and run them again."""
    for case in CASES[: scale.wholes]:
        if find_spec(case.needs):
            place = folder / case.program
            place.mkdir()
            works = _works(case, case.commands(), place, scale.seconds)
            _run(results, "wholes", case, works, scale.runs)
            _kill(results, scale, case, works)


def measure_long(results: Results, scale: Scale, folder: Path) -> None:
    """Run one of them for a longer time, since snapshots are rare at the beginning."""
    case = CASES[0]
    commands = {way: command for way, command in case.commands().items() if way != BY_HAND}
    _run(results, "long", case, _works(case, commands, folder, scale.long), scale.long_runs)


def _works(
    case: Case, commands: dict[str, list[str]], place: Path, seconds: float
) -> dict[str, "Work"]:
    steps = str(_steps(commands[PLAIN], place, seconds))
    expected = run([*commands[PLAIN], steps], place).printed
    return {way: Work([*command, steps], place, expected) for way, command in commands.items()}


def _run(results: Results, suite: str, case: Case, works: dict[str, "Work"], runs: int) -> None:
    for what in ("a run", "its processor time"):
        results.refer(suite, case.name, what, PLAIN)
    wholes = {way: work.fresh for way, work in works.items()}
    for way, ended in alternate(wholes, runs, uncounted=0):
        results.add(suite, case.name, "a run", way, SECONDS, ended.seconds)
        results.add(suite, case.name, "its processor time", way, SECONDS, ended.processor)


def _kill(results: Results, scale: Scale, case: Case, works: dict[str, "Work"]) -> None:
    moments = random.Random(case.name)
    for _ in range(scale.kills):
        moment = moments.uniform(0.4, 0.7) * scale.seconds  # before the end on a faster day, too
        for way in [way for way in works if way != PLAIN]:
            lost, took = works[way].killed(moment)
            results.add("wholes", case.name, "work lost at a kill", way, SECONDS, lost)
            results.add("wholes", case.name, "all of a run killed once", way, SECONDS, took)


def _steps(command: list[str], place: Path, seconds: float) -> int:
    """The number of steps that take so long."""
    start_up = run([*command, 0], place).seconds
    steps, took = 1, 0.0
    while took < seconds / 10:
        steps *= 2
        took = run([*command, steps], place).seconds - start_up
    return round(steps * seconds / took)


@dataclass(frozen=True)
class Work:
    """A program with its arguments, and what it prints."""

    command: list[str]
    place: Path
    expected: str

    def fresh(self) -> Ended:
        """Run it from start to end, with nothing stored that could be shared."""
        self.clear()
        return self.rest()

    def clear(self) -> None:
        shutil.rmtree(self.place / ".autoresume", ignore_errors=True)

    def rest(self) -> Ended:
        """Run it until it ends, from its last snapshot if there is one."""
        ended = run(self.command, self.place)
        if ended.printed != self.expected:
            raise RuntimeError(f"{self.command}: {ended.printed!r} is not {self.expected!r}")
        return ended

    def killed(self, moment: float) -> tuple[float, float]:
        """Kill it after so many seconds, and resume it: what was lost, and the time of both."""
        self.clear()
        began = time.time()
        child = subprocess.Popen(
            [sys.executable, *self.command],
            cwd=self.place,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moment)
        child.kill()
        child.wait()
        killed = time.time()
        saved = [path.stat().st_mtime for path in self._snapshots()]
        rest = self.rest()
        return killed - max(saved, default=began), killed - began + rest.seconds

    def _snapshots(self) -> list[Path]:
        return [*self.place.rglob("*.snapshot"), *self.place.glob("*.npy")]
