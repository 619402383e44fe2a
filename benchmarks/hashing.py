"""What names the chunks: xxh3, and the keyed hash of signed snapshots, against write and fsync.

    python benchmarks/hashing.py [FOLDER]

Prints the median of five rounds, for 256 MiB in chunks of 128 KiB by one thread.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autoresume.store.digests import XXH3, Hashing
from autoresume.store.layout import Cut
from autoresume.store.signing import Signer

_SIZE = 1 << 28


def main() -> None:
    content = memoryview(os.urandom(_SIZE))
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as folder:
        works = {
            "write and fsync": lambda: _write(Path(folder, "file"), content),
            "xxh3_128": lambda: _hash(XXH3, content),
            "keyed BLAKE2b": lambda: _hash(Signer(b"x" * 32).hashing, content),
        }
        times: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(5):
            for name, work in works.items():
                times[name].append(_seconds(work))
    base = statistics.median(times["write and fsync"])
    for name, found in times.items():
        middle = statistics.median(found)
        print(f"{name:16} {middle:6.3f} s  {middle / base:5.2f}")


def _write(path: Path, content: memoryview) -> None:
    with path.open("wb", buffering=0) as file:
        file.write(content)
        os.fsync(file.fileno())
    path.unlink()


def _hash(hashing: Hashing, content: memoryview) -> None:
    step = Cut().chunk
    for start in range(0, len(content), step):
        hashing.digest(content[start : start + step])


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
