"""What snapshots of large arrays cost, next to a raw write of their bytes and to dill.

    python benchmarks/snapshot.py [--quick] [--dir FOLDER] [--repetitions N]

The state has 1 GiB, or 128 MiB with ``--quick``. Every way ends with its bytes durable (fsync) in
FOLDER (default: the working directory). All are timed in turn in one process, so that a ratio is
of two times of the same repetition; the first repetition is for warming up.
"""

import argparse
import gc
import os
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import dill
import numpy as np
import xxhash

from autoresume.background import Copies
from autoresume.pickling import streams
from autoresume.store import Retention, RunStore

MIB = 2**20
RAW = "raw write, fsync"


class NoCode:
    """The code of a program without any: data needs none."""

    user_modules = ()

    def code_name(self, code):
        return None

    def code_for(self, name):
        raise LookupError(name)


class Case:
    """The ways to save and load one state in a folder, in the order in which they are timed."""

    def __init__(self, size, folder):
        self.folder = folder
        self.array = np.random.default_rng(1).random(size // 8)
        self.count = size // MIB
        self.times = {}
        self.bytes = {}

    def time(self, name, action):
        gc.collect()
        start = time.perf_counter()
        action()
        self.times.setdefault(name, []).append(time.perf_counter() - start)

    def repetition(self, number):
        for made in self.folder.iterdir():
            shutil.rmtree(made) if made.is_dir() else made.unlink()
        os.sync()  # what was left in the cache is not to be paid for by the next
        self.time(RAW, self.write_raw)
        (self.folder / "raw").unlink()
        store = RunStore(self.folder, "array", retention=Retention(9))
        self.save("one array", store, self.array)
        self.save("the same again, unchanged", store, self.array)
        start = (number + 1) * len(self.array) // 50
        self.array[start : start + len(self.array) // 100] += 1
        self.save("the same, 1 % changed", store, self.array)
        self.fork(store)
        store.unlock()
        self.time("xxh3_128 of it, one thread", lambda: xxhash.xxh3_128_digest(self.array))
        store = RunStore(self.folder, "parts")
        self.save("arrays of 1 MiB", store, [-part for part in np.split(self.array, self.count)])
        store.unlock()
        self.time("dill, fsync", self.write_dill)
        self.time("load", lambda: self.load(lazily=True))
        self.time("load, all verified first", lambda: self.load(lazily=False))
        self.time("dill, load", self.load_dill)

    def save(self, name, store, state):
        before = self.stored()
        self.time(name, lambda: save(store, state))
        self.bytes[name] = self.stored() - before

    def fork(self, store):
        """Time the pause for a snapshot by a copy, of a state that has changed in all places."""
        self.array += 1
        copies, begin = Copies(True, ()), store.serve_parent
        self.time("forked: the pause", lambda: copies.start(begin, lambda: save(store, self.array)))
        start = time.perf_counter()
        report = copies.wait()
        self.times.setdefault("forked: until it is safe", []).append(time.perf_counter() - start)
        assert report.number, report

    def stored(self):
        packs = self.folder / "packs"
        return sum(p.stat().st_size for p in packs.iterdir()) if packs.exists() else 0

    def load(self, lazily):
        store = RunStore(self.folder, "array")
        assert store.load(print, on_damage=print if lazily else None) is not None

    def write_raw(self):
        with (self.folder / "raw").open("wb", buffering=0) as file:
            rest = memoryview(self.array).cast("B")
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())

    def write_dill(self):
        with (self.folder / "dill").open("wb") as file:
            dill.dump({"array": self.array}, file)
            file.flush()
            os.fsync(file.fileno())

    def load_dill(self):
        with (self.folder / "dill").open("rb") as file:
            dill.load(file)


def save(store, state):
    saved = streams.dump({"modules": {}, "state": state}, NoCode())
    return store.save({}, saved.data, saved.buffers)


def report(case, size):
    print(f"{'way':28} {'seconds':>8}  {'range':>16} {'ratio':>6}  {'range':>12}  {'bytes':>7}")
    raw = case.times[RAW][1:]
    for name, (_, *took) in case.times.items():
        ratios = sorted(a / b for a, b in zip(took, raw, strict=True))
        share = f"{case.bytes[name] / size:7.2%}" if name in case.bytes else ""
        print(
            f"{name:28} {statistics.median(took):8.3f}  {min(took):7.3f} to {max(took):5.3f} "
            f"{statistics.median(ratios):6.2f}  {ratios[0]:.2f} to {ratios[-1]:.2f}  {share}"
        )


def main():
    parser = argparse.ArgumentParser(description="Time snapshots of large arrays.")
    parser.add_argument("--quick", action="store_true", help="128 MiB in place of 1 GiB")
    parser.add_argument("--dir", default=".", help="folder to write in")
    parser.add_argument("--repetitions", type=int, default=7)
    options = parser.parse_args()
    size = (128 if options.quick else 1024) * MIB
    version = f"CPython {platform.python_version()}, numpy {np.__version__}"
    print(f"{version}, {size // MIB} MiB, {options.repetitions} repetitions")
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        case = Case(size, Path(folder))
        for number in range(-1, options.repetitions):
            case.repetition(number)
        report(case, size)


if __name__ == "__main__":
    main()
