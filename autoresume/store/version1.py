"""Reads snapshots of format version 1, which are files by themselves.

Their header is {"meta": …, "sections": [[offset, size, digest], …], "size": …}, and the sections
follow it: the pickle stream, then each buffer that left it out of band. Offsets and the size count
from the first multiple of 64 bytes after the header. The digests are xxh3_128, in hexadecimal.
"""

from __future__ import annotations

import io
import mmap

from xxhash import xxh3_128

from autoresume.store.format import DamagedError, Header
from autoresume.store.layout import aligned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


_STEP = 1 << 20


def sections(file: BinaryIO, header: Header) -> list[memoryview]:
    """Return the sections of a snapshot, verified, writable and private to this process.

    Raises: DamagedError, OSError.
    """
    start = aligned(header.end)
    places = [(start + at, length, digest) for at, length, digest in header.content["sections"]]
    for offset, length, digest in places:
        # By reading, not through the map: there a failing disk is a SIGBUS, here an OSError.
        if _digest(file, offset, length) != digest:
            raise DamagedError("its contents do not match their checksum")
    whole = memoryview(_contents(file))
    return [whole[offset : offset + length] for offset, length, _ in places]


def _contents(file: BinaryIO) -> mmap.mmap | bytearray:
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except io.UnsupportedOperation:  # it is in memory
        file.seek(0)
        return bytearray(file.read())


def _digest(file: BinaryIO, offset: int, length: int) -> str:
    digest = xxh3_128()
    file.seek(offset)
    while length and (part := file.read(min(length, _STEP))):
        digest.update(part)
        length -= len(part)
    return digest.hexdigest()
