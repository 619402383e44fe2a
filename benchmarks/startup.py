"""What starting a program through autoresume costs over starting it with ``python``.

    python benchmarks/startup.py [--rounds 15]

Each line is a script under ``python`` and under autoresume, started in turn, until the process has
ended: so it has the first snapshot of a marked script in it, which writes to the disk. Once it is
wall time, once that of the processor, which other programs on the machine change less. The hash
seed is left to chance, as a user has it.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


class Case:
    """A script in a folder of its own, and what is done there before autoresume starts it."""

    def __init__(self, folder, name, plain, other, options=(), before=()):
        self.name, self.before = name, before
        self.folder = Path(folder, name.replace(" ", "_").replace(",", ""))
        self.folder.mkdir()
        (self.folder / "plain.py").write_text(plain)
        (self.folder / "other.py").write_text(other)
        self.tool = ["-m", "autoresume", *options, "other.py"]

    def seconds(self, arguments):
        """The time from the start of a process to its end, and what the processor worked."""
        begin = time.perf_counter()
        null = subprocess.DEVNULL
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=self.folder, env=ENVIRONMENT, stdout=null, stderr=null
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        return wall, used.ru_utime + used.ru_stime

    def measure(self):
        """One start of each kind."""
        plain = self.seconds(["plain.py"])
        if self.before:
            self.seconds(self.before)
        return plain, self.seconds(self.tool)


ENVIRONMENT = {
    name: text
    for name, text in os.environ.items()
    if name not in ("PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE")
}


def cases(folder):
    marked, plain = SMALL.format(mark="  # checkpoint"), SMALL.format(mark="")
    long = long_script("  # checkpoint"), long_script("")
    crash = ["-m", "autoresume", "--fresh", "--crash-after", "1", "other.py"]
    return [
        Case(folder, "no mark", UNMARKED, UNMARKED),
        Case(folder, "marked, with numpy", plain, marked, ["--fresh"]),
        Case(folder, f"marked, {len(long[0].splitlines())} lines", long[1], long[0], ["--fresh"]),
        Case(folder, "resumed, with numpy", plain, marked, before=crash),
    ]


def report(name, plain, tool):
    """Print a line: medians in milliseconds, and how much more the tool takes."""
    more = sorted(1000 * (after - before) for before, after in zip(plain, tool, strict=True))
    middle, spread = statistics.median(more), f"{more[0]:.0f} to {more[-1]:.0f}"
    before, after = (1000 * statistics.median(times) for times in (plain, tool))
    print(f"{name:36} {before:8.1f} {after:11.1f} {middle:7.1f}   {spread}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(f"CPython {platform.python_version()}, {rounds} rounds, milliseconds")
    print(f"{'script':36} {'python':>8} {'autoresume':>11} {'more':>7}   range")
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(folder):
            case.measure()
            pairs = [case.measure() for _ in range(rounds)]
            for index, kind in enumerate(("wall", "processor")):
                plain, tool = ([one[index] for one in times] for times in zip(*pairs, strict=True))
                report(f"{case.name}: {kind}", plain, tool)


if __name__ == "__main__":
    main()
