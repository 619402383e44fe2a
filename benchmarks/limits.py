"""What this machine can do at best: memory, page cache, disk, and the hashes that name chunks."""

import mmap
import os
from collections.abc import Callable
from pathlib import Path

from machine import has_direct
from measure import SECONDS, Results, alternate, timed
from scale import Scale

from autoresume.store.digests import XXH3, Hashing
from autoresume.store.layout import Cut
from autoresume.store.signing import Signer

RAW = "write and fsync"
BLOCK = 8 << 20


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Do to some bytes, by one thread, what nobody who saves and loads them can do faster."""
    with Bytes(scale.viewed, folder / "file") as content:
        case = f"{scale.viewed} MiB"
        results.refer("limits", case, "once", RAW)
        ways = {name: lambda work=work: timed(work) for name, work in content.works().items()}
        for way, seconds in alternate(ways, scale.repetitions):
            results.add("limits", case, "once", way, SECONDS, seconds)


class Bytes:
    """Bytes at the beginning of a page, as O_DIRECT wants them, and a file of as many."""

    def __init__(self, mib: int, path: Path) -> None:
        self.content, self.other = (mmap.mmap(-1, mib << 20) for _ in range(2))
        self.path, self.written = path, path.with_name("written")

    def __enter__(self) -> "Bytes":
        for start in range(0, len(self.content), 1 << 20):
            self.content[start : start + (1 << 20)] = os.urandom(1 << 20)
        self.other[:] = self.content
        self.path.write_bytes(self.content)
        return self

    def __exit__(self, *_: object) -> None:
        self.content.close()
        self.other.close()

    def works(self) -> dict[str, Callable[[], object]]:
        """What can be done, by name."""
        found: dict[str, Callable[[], object]] = {
            "memcpy": self.copy,
            "memcpy into new memory": lambda: bytes(memoryview(self.content)),
            RAW: self.write,
            "read from the page cache": self.read,
            "xxh3_128": lambda: self.digest(XXH3),
            "keyed BLAKE2b": lambda: self.digest(Signer(b"x" * 32).hashing),
        }
        if has_direct(self.path.parent):
            found["write past the page cache"] = lambda: self.write(os.O_DIRECT)
            found["read past the page cache"] = lambda: self.read(os.O_DIRECT)
        return found

    def copy(self) -> None:
        self.other[:] = memoryview(self.content)

    def write(self, flags: int = 0) -> None:
        descriptor = os.open(self.written, os.O_CREAT | os.O_EXCL | os.O_WRONLY | flags, 0o600)
        try:
            with memoryview(self.content) as content:
                for start in range(0, len(content), BLOCK):
                    os.write(descriptor, content[start : start + BLOCK])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            self.written.unlink()

    def read(self, flags: int = 0) -> None:
        descriptor = os.open(self.path, os.O_RDONLY | flags)
        try:
            with memoryview(self.other) as content:
                for start in range(0, len(content), BLOCK):
                    os.readv(descriptor, [content[start : start + BLOCK]])
        finally:
            os.close(descriptor)

    def digest(self, hashing: Hashing) -> None:
        step = Cut().chunk
        with memoryview(self.content) as content:
            for start in range(0, len(content), step):
                hashing.digest(content[start : start + step])
