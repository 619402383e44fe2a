"""The file that holds one snapshot.

    prefix    20 bytes   magic (8), format version (4), length of the header (8); little-endian
    digest    16 bytes   xxh3_128 of the prefix and the header
    header    JSON       {"meta": …, "sections": [[offset, size, digest], …], "size": …}
    sections             the pickle stream, then each buffer that left it out of band

Offsets and the size count from the first multiple of 64 bytes after the header, and every section
starts at such a multiple, so that arrays in a map of the file are aligned. Prefix, digest and
header keep this layout in every version of the format: that tells a newer version from a damaged
version number. The digests find damage; they are no protection against an attacker.
"""

from __future__ import annotations

import json
import mmap
import os
import pickle
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from xxhash import xxh3_128, xxh3_128_digest, xxh3_128_hexdigest

from autoresume.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MAGIC = b"\x89resume\n"
VERSION = 1
ALIGNMENT = 64

_PREFIX = struct.Struct("<8sIQ")
_DIGEST_SIZE = 16
_HEADER_AT = _PREFIX.size + _DIGEST_SIZE
_CHUNK = 1 << 20


class DamagedError(Exception):
    """The file is not what was written; the message is the reason, as half a sentence."""


@dataclass(frozen=True)
class Section:
    """A stretch of a snapshot file: its place from the start of the file, in bytes, and xxh3_128.

    `digest` is 32 hexadecimal digits.
    """

    offset: int
    size: int
    digest: str


@dataclass(frozen=True)
class Header:
    """What a snapshot file says about itself; the first section is the pickle stream."""

    meta: dict[str, Any]
    sections: list[Section]


def write(
    file: BinaryIO, meta: Mapping[str, Any], data: ReadableBuffer, buffers: Sequence[ReadableBuffer]
) -> None:
    """Write a snapshot to `file`, which is empty. Buffers are contiguous in any order, not copied.

    Raises: OSError; TypeError for a `meta` that is not JSON.
    """
    bodies = [pickle.PickleBuffer(part).raw() for part in (data, *buffers)]
    sections = list(_laid_out(bodies))
    header = json.dumps(
        {
            "meta": meta,
            "sections": [[s.offset, s.size, s.digest] for s in sections],
            "size": sections[-1].offset + sections[-1].size,
        }
    ).encode()
    prefix = _PREFIX.pack(MAGIC, VERSION, len(header))
    file.write(prefix + xxh3_128_digest(prefix + header) + header)
    _write_bodies(file, _HEADER_AT + len(header), bodies)


def read(path: Path) -> tuple[dict[str, Any], memoryview, list[memoryview]]:
    """Read meta, pickle stream and buffers of a snapshot, after every digest was verified.

    The buffers are private: writing to one changes neither the file nor another process's view.

    Raises: DamagedError; StoreError for a newer format; OSError.
    """
    with path.open("rb") as file:
        header = read_header(file)
        for section in header.sections:
            # By reading, not through the map: there a failing disk is a SIGBUS, here an OSError.
            if _digest_in(file, section) != section.digest:
                raise DamagedError("its contents do not match their checksum")
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    data, *buffers = (whole[s.offset : s.offset + s.size] for s in header.sections)
    return header.meta, data, buffers


def read_header(file: BinaryIO) -> Header:
    """Read the header of a snapshot file and verify it and the size of the file, not the contents.

    Raises: DamagedError; StoreError for a newer format; OSError.
    """
    size = os.fstat(file.fileno()).st_size
    header = _verified_header(file, size)
    start = _aligned(file.tell())
    if size != start + header["size"]:
        raise DamagedError(f"it has {size} bytes instead of {start + header['size']}")
    sections = [Section(start + at, length, digest) for at, length, digest in header["sections"]]
    return Header(header["meta"], sections)


def _verified_header(file: BinaryIO, size: int) -> dict[str, Any]:
    prefix = file.read(_PREFIX.size)
    digest = file.read(_DIGEST_SIZE)
    if not prefix.startswith(MAGIC) or len(digest) < _DIGEST_SIZE:
        raise DamagedError("it does not begin like a snapshot")
    _, version, length = _PREFIX.unpack(prefix)
    if length > size:
        raise DamagedError("its header is cut off")
    header = file.read(length)
    if xxh3_128_digest(prefix + header) != digest:
        raise DamagedError("its header does not match its checksum")
    if version != VERSION:
        raise StoreError(
            f"snapshot {file.name} has format version {version}, "
            f"this autoresume reads version {VERSION}; use the autoresume that wrote it"
        )
    decoded: dict[str, Any] = json.loads(header)
    return decoded


def _laid_out(bodies: Iterable[memoryview]) -> Iterator[Section]:
    end = 0
    for body in bodies:
        offset = _aligned(end)
        yield Section(offset, body.nbytes, xxh3_128_hexdigest(body))
        end = offset + body.nbytes


def _write_bodies(file: BinaryIO, end: int, bodies: Iterable[memoryview]) -> None:
    for body in bodies:
        file.write(bytes(_aligned(end) - end))
        file.write(body)
        end = _aligned(end) + body.nbytes


def _digest_in(file: BinaryIO, section: Section) -> str:
    digest = xxh3_128()
    file.seek(section.offset)
    rest = section.size
    while rest and (chunk := file.read(min(rest, _CHUNK))):
        digest.update(chunk)
        rest -= len(chunk)
    return digest.hexdigest()


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT) * ALIGNMENT
