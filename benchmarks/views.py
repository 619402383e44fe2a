"""What ten views of an array, and the memory of a save, cost next to the array alone.

    python benchmarks/views.py [--quick] [--dir FOLDER] [--repetitions N]

The array has 1 GiB, or 256 MiB with ``--quick``. Every save is a process of its own, which tells
its time, the bytes it has written and by how much its peak memory has grown in the save.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from snapshot import MIB, NoCode

from autoresume.pickling import streams
from autoresume.store import RunStore


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def save(size, views, folder):
    """Save an array and its views once, and print what that took."""
    array = np.random.default_rng(1).random((size * MIB // 8192, 1024))
    state = {"array": array, "views": [array[number:, ::2].T for number in range(views)]}
    store = RunStore(folder, "run", keep=1)
    streams.dump({"modules": {}, "small": [1]}, NoCode())  # everything is imported by now
    before, start = peak(), time.perf_counter()
    saved = streams.dump({"modules": {}, **state}, NoCode())
    store.save({}, saved.data, saved.buffers)
    took = time.perf_counter() - start
    written = len(saved.data) + sum(buffer.raw().nbytes for buffer in saved.buffers)
    print(json.dumps([took, written, (peak() - before) / array.nbytes]))


def measured(size, views, folder):
    command = [sys.executable, __file__, "--save", str(size), str(views)]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        done = subprocess.run([*command, "--dir", place], capture_output=True, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description="Measure what views of an array cost.")
    parser.add_argument("--quick", action="store_true", help="256 MiB in place of 1 GiB")
    parser.add_argument("--dir", default=".", help="folder to write in")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--save", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.save:
        save(*options.save, Path(options.dir))
        return
    size = 256 if options.quick else 1024
    print(f"CPython {platform.python_version()}, numpy {np.__version__}, {size} MiB")
    results = [[], []]
    for _ in range(options.repetitions):
        for views, found in zip((0, 10), results, strict=True):
            found.append(measured(size, views, options.dir))
    alone, viewed = (
        [statistics.median(part) for part in zip(*found, strict=True)] for found in results
    )
    print(f"alone     {alone[0]:6.3f} s  {alone[1]} bytes  {alone[2]:6.2%} more memory")
    print(f"10 views  {viewed[0]:6.3f} s  {viewed[1]} bytes  {viewed[2]:6.2%} more memory")
    print(f"ratio     {viewed[0] / alone[0]:6.2f}    {viewed[1] / alone[1]:.6f}")


if __name__ == "__main__":
    main()
