"""What a snapshot of one large array costs, next to a raw write of its bytes and to dill.

    python benchmarks/snapshot.py [--quick] [--dir FOLDER] [--repetitions N]

The array has 1 GiB, or 64 MiB with ``--quick``. Every way ends with its bytes durable (fsync) in a
file in FOLDER (default: the working directory), and all are timed in turn in one process.
"""

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import dill
import numpy as np

from autoresume.pickling import streams
from autoresume.store import RunStore

MIB = 2**20


class NoCode:
    """The code of a program without any: data needs none."""

    user_modules = ()

    def code_name(self, code):
        return None

    def code_for(self, name):
        raise LookupError(name)


def write_raw(array, folder):
    with (folder / "raw").open("wb", buffering=0) as file:
        rest = memoryview(array).cast("B")
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())


def write_dill(array, folder):
    with (folder / "dill").open("wb") as file:
        dill.dump({"array": array}, file)
        file.flush()
        os.fsync(file.fileno())


def write_snapshot(array, folder):
    table = NoCode()
    store = RunStore(folder, "run", keep=1)
    saved = streams.dump({"modules": {}, "array": array}, table)
    store.save({}, saved.data, saved.buffers)
    store.unlock()


WAYS = {
    "raw write + fsync": write_raw,
    "autoresume": write_snapshot,
    "dill + fsync": write_dill,
}


def seconds(write, array, folder):
    folder.mkdir()
    start = time.perf_counter()
    write(array, folder)
    took = time.perf_counter() - start
    shutil.rmtree(folder)
    os.sync()  # what was left in the cache is not to be paid for by the next
    return took


def measure(array, folder, repetitions):
    times = {name: [] for name in WAYS}
    for repetition in range(-1, repetitions):
        for name, write in WAYS.items():
            took = seconds(write, array, folder / "files")
            if repetition >= 0:  # the first time is for warming up
                times[name].append(took)
    return times


def report(times, size):
    print(f"{'way':20} {'seconds':>8}  {'range':>16} {'MiB/s':>7} {'ratio':>6}  range")
    raw = times["raw write + fsync"]
    for name, took in times.items():
        middle = statistics.median(took)
        ratios = sorted(a / b for a, b in zip(took, raw, strict=True))
        print(
            f"{name:20} {middle:8.3f}  {min(took):7.3f} to {max(took):5.3f} {size / middle:7.0f} "
            f"{statistics.median(ratios):6.2f}  {ratios[0]:.2f} to {ratios[-1]:.2f}"
        )


def main():
    parser = argparse.ArgumentParser(description="Time a snapshot of one large array.")
    parser.add_argument("--quick", action="store_true", help="64 MiB in place of 1 GiB")
    parser.add_argument("--dir", default=".", help="folder to write in")
    parser.add_argument("--repetitions", type=int, default=7)
    options = parser.parse_args()
    size = 64 if options.quick else 1024
    array = np.random.default_rng(1).random(size * MIB // 8)
    version = f"CPython {platform.python_version()}, numpy {np.__version__}"
    print(f"{version}, {size} MiB, {options.repetitions} repetitions")
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        report(measure(array, Path(folder), options.repetitions), size)


if __name__ == "__main__":
    main()
