"""What starting a program through autoresume costs over starting it with ``python``."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from measure import SECONDS, Results, alternate
from processes import TOOL, Ended, run
from scale import Scale

PYTHON, FIRST, AGAIN = "python", "autoresume, the first time", "autoresume, again"

SMALL = """\
import numpy

total = 0
for i in range(3):{mark}
    total += int(numpy.arange(i).sum())
print(total)
"""
UNMARKED = "print(sum(range(10)))\n"
PART = '''
class Model{k}:
    """A model with a state of its own."""

    rate = 0.{k}

    def __init__(self, size, seed={k}):
        self.size = size
        self.values = [((seed * 31 + i * 17) % 101) / 101 for i in range(size)]
        self.history = {{}}

    def step(self, dt):
        left, right = self.values[-1], self.values[0]
        new = []
        for i, value in enumerate(self.values):
            before = self.values[i - 1] if i else left
            after = self.values[i + 1] if i + 1 < self.size else right
            new.append(value + dt * self.rate * (before - 2 * value + after))
        self.values = new
        return sum(new) / self.size

    def describe(self):
        if not self.history:
            return "nothing yet"
        worst = max(self.history, key=self.history.get)
        return f"{{worst}}: {{self.history[worst]:.3f}} of {{len(self.history)}}"


def prepared{k}(count, *, factor=1.5):
    table = {{name: index * factor for index, name in enumerate(map(str, range(count)))}}
    try:
        chosen = [value for value in table.values() if value > factor]
        return table, chosen[0]
    except IndexError:
        return table, None
    finally:
        table["done"] = True


def simulate{k}(steps, dt=0.1):
    model = Model{k}(8)
    total = 0.0
    for step in range(steps):{mark}
        mean = model.step(dt)
        model.history[step] = mean
        if mean > 0.9:
            break
        total += mean
    else:
        total += 1
    return total, model.describe()


def report{k}(name, *values, width=10):
    line = " ".join(str(value).rjust(width) for value in values)
    while len(line) > 60:
        line = line[:-1]
    return f"{{name}} {{line}}"
'''
MAIN = """

def main():
    for steps in (2, 3):
        print(report0("first", *simulate0(steps), prepared0(3)[1]))


main()
"""


def long_script(mark, parts=44):
    """A script of about 2,600 lines."""
    return "".join(PART.format(k=k, mark=mark) for k in range(parts)) + MAIN


@dataclass(frozen=True)
class Case:
    """A script with its marks and without, and whether its start is a resume."""

    name: str
    plain: str
    marked: str
    resumes: bool = False

    def write(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "plain.py").write_text(self.plain)
        (folder / "marked.py").write_text(self.marked)


def cases() -> list[Case]:
    marked, plain = SMALL.format(mark="  # checkpoint"), SMALL.format(mark="")
    long, long_plain = long_script("  # checkpoint"), long_script("")
    lines = len(long.splitlines())
    return [
        Case("no mark", UNMARKED, UNMARKED),
        Case("marked, with numpy", plain, marked),
        Case(f"marked, {lines} lines", long_plain, long),
        Case("resumed, with numpy", plain, marked, resumes=True),
    ]


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Start scripts in turn, until their processes have ended.

    So the first snapshot of a marked script is in it, which writes to the disk. The hash seed is
    left to chance, as a user has it. What is kept for later starts, wherever it is, is gone at the
    first one and there at the one after it.
    """
    for case in cases():
        start = Start(case, folder / case.name.replace(" ", "_").replace(",", ""))
        case.write(start.place)
        for way, ended in alternate(start.ways(), scale.starts):
            for what, seconds in {"wall": ended.seconds, "processor": ended.processor}.items():
                results.add("starts", case.name, f"start to end, {what}", way, SECONDS, seconds)
        for what in ("wall", "processor"):
            _compare(results, case, what)


@dataclass(frozen=True)
class Start:
    """A script in a folder that holds all that its starts leave."""

    case: Case
    place: Path

    def ways(self) -> dict[str, Callable[[], Ended]]:
        if self.case.resumes:
            return {PYTHON: self.plain, "resumed": self.resumed}
        return {PYTHON: self.plain, FIRST: self.first, AGAIN: self.again}

    def plain(self) -> Ended:
        return run(["plain.py"], self.place)

    def first(self) -> Ended:
        shutil.rmtree(self.place)
        self.case.write(self.place)
        return self.again()

    def again(self) -> Ended:
        return run([*TOOL, "marked.py"], self.place)

    def resumed(self) -> Ended:
        shutil.rmtree(self.place / ".autoresume", ignore_errors=True)
        crash = ["--crash-after", "1", "--every", "1"]
        run([*TOOL, *crash, "marked.py"], self.place, status=-SIGKILL)
        return self.again()


def _compare(results: Results, case: Case, what: str) -> None:
    """How much more it takes, for Python's own time is another one on each machine."""
    start = f"start to end, {what}"
    results.refer("starts", case.name, start, PYTHON)
    plain = results.find("starts", case.name, start, PYTHON).values
    for way in (FIRST, AGAIN, "resumed"):
        own = results.find("starts", case.name, start, way)
        for before, after in zip(plain, own.values if own else [], strict=False):
            more = f"more than python, {what}"
            results.add("starts", case.name, more, way, SECONDS, after - before)
