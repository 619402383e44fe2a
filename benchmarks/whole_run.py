"""What the defaults cost a whole run: the same numpy program, plain and under the tool, in turn.

    python benchmarks/whole_run.py [--seconds S] [--mib M] [--repetitions N]

The program relaxes a field of M MiB (default: 64) for about S seconds (default: 120). Start-up and
end are counted in. The tool takes snapshots as often as it thinks right.
"""

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = """
import sys
import time
import numpy as np

side, steps = int(sys.argv[1]), int(sys.argv[2])
field = np.zeros((side, side))
field[side // 3 : side // 2, side // 4 : side // 2] = 100.0
start = time.perf_counter()
for step in range(steps):  # checkpoint
    flow = field[1:-1, :-2] + field[1:-1, 2:] + field[:-2, 1:-1] + field[2:, 1:-1]
    field[1:-1, 1:-1] += 0.1 * (flow - 4 * field[1:-1, 1:-1])
print(field.sum(), time.perf_counter() - start)
"""


def run(command, folder):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, done.stdout.split()


def main():
    parser = argparse.ArgumentParser(description="Time a whole run, plain and under the tool.")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--mib", type=int, default=64)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    side = int((options.mib * 2**20 / 8) ** 0.5)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        script = Path(folder, "program.py")
        script.write_text(PROGRAM)
        plain = [sys.executable, script.name, str(side)]
        tool = [sys.executable, "-m", "autoresume", *plain[1:]]
        _, (_, took) = run([*plain, "20"], folder)
        steps = str(round(20 * options.seconds / float(took)))
        print(f"CPython {platform.python_version()}, {options.mib} MiB, {steps} steps")
        pairs = []
        for _ in range(options.repetitions):
            (alone, (expected, _)), (under, (found, _)) = (
                run([*way, steps], folder) for way in (plain, tool)
            )
            assert expected == found
            pairs.append(under / alone)
            print(f"plain {alone:7.2f} s   under the tool {under:7.2f} s   ratio {pairs[-1]:.4f}")
    print(f"median ratio {statistics.median(pairs):.4f}")


if __name__ == "__main__":
    main()
