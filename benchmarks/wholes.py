"""What the defaults cost whole runs, and what a kill costs them."""

import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from measure import SECONDS, Results, alternate
from processes import PROGRAMS, TOOL, Ended, environment, run
from scale import Scale


@dataclass(frozen=True)
class Case:
    """A program, the ways to run it."""

    name: str
    program: str
    needs: str = "numpy"
    by_hand: str = ""


CASES = [
    Case("heat equation, numpy, 32 MiB", "heat.py", by_hand="heat_by_hand.py"),
    Case("n-body, objects", "nbody.py"),
    Case("table, pandas, 8 MiB", "frame.py", "pandas"),
    Case("training, torch, 4 MiB", "training.py", "torch"),
]
PLAIN, OWN, BY_HAND = "plain", "autoresume", "by hand"


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Run programs plain and under autoresume; then kill them once, and run them again."""
    for case in CASES:
        if not find_spec(case.needs):
            continue
        place = folder / case.program
        place.mkdir()
        commands = _commands(case)
        steps = _steps(commands[PLAIN], place, scale.seconds)
        expected = run([*commands[PLAIN], steps], place).printed
        results.refer("wholes", case.name, "a run", PLAIN)
        results.refer("wholes", case.name, "its processor time", PLAIN)
        ways = {
            way: lambda command=command: _whole(command, steps, place, expected)
            for way, command in commands.items()
        }
        for way, ended in alternate(ways, scale.runs):
            results.add("wholes", case.name, "a run", way, SECONDS, ended.seconds)
            results.add("wholes", case.name, "its processor time", way, SECONDS, ended.processor)
        _kill_all(results, scale, case, commands, steps, place, expected)


def _commands(case: Case) -> dict[str, list]:
    program = PROGRAMS / case.program
    commands = {PLAIN: [program], OWN: [*TOOL, program]}
    if case.by_hand:
        commands[BY_HAND] = [PROGRAMS / case.by_hand]
    return commands


def _steps(command: list, place: Path, seconds: float) -> int:
    """The number of steps that take so long."""
    start_up = _whole(command, 0, place).seconds
    steps, took = 1, 0.0
    while took < seconds / 10:
        steps *= 2
        took = _whole(command, steps, place).seconds - start_up
    return round(steps * seconds / took)


def _whole(command: list, steps: int, place: Path, expected: str | None = None) -> Ended:
    ended = run([*command, steps], place)
    assert expected in (None, ended.printed), f"{command} printed {ended.printed}, not {expected}"
    return ended


def _kill_all(
    results: Results,
    scale: Scale,
    case: Case,
    commands: dict[str, list],
    steps: int,
    place: Path,
    expected: str,
) -> None:
    moments = random.Random(case.name)
    for _ in range(scale.kills):
        moment = moments.uniform(0.3, 0.9) * scale.seconds
        for way in commands.keys() - {PLAIN}:
            lost, took = _killed(commands[way], steps, place, moment, expected)
            results.add("wholes", case.name, "work lost at a kill", way, SECONDS, lost)
            results.add("wholes", case.name, "all of a run killed once", way, SECONDS, took)


def _killed(
    command: list, steps: int, place: Path, moment: float, expected: str
) -> tuple[float, float]:
    """Kill a run after so many seconds, and resume it: what was lost, and the time of both."""
    shutil.rmtree(place / ".autoresume", ignore_errors=True)
    began = time.time()
    child = subprocess.Popen(
        [sys.executable, *map(str, command), str(steps)],
        cwd=place,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        child.wait(moment)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()
    killed = time.time()
    saved = [path.stat().st_mtime for path in _snapshots(place)]
    rest = _whole(command, steps, place, expected)
    return killed - max(saved, default=began), killed - began + rest.seconds


def _snapshots(place: Path) -> list[Path]:
    return [*place.rglob("*.snapshot"), *place.glob("*.npy")]
