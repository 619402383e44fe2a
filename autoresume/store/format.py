"""The file of one snapshot, as far as all versions of the format agree, and what is in it now.

    prefix    20 bytes   magic (8), format version (4), length of the header (8); little-endian
    digest    16 bytes   xxh3_128 of the prefix and the header
    header    JSON       {"meta": …, …}
    rest                 what the header describes, see docs/format.md

Prefix, digest and header keep this layout in every version: that tells a newer version from a
damaged version number. The digests find damage; they are no protection against an attacker.

Since version 2 the file is a manifest: it names chunks of the state by their digests and by their
places in packs, which snapshots share. Chunks that are few and new stand behind it in the same
file.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from xxhash import xxh3_128_digest, xxh3_128_hexdigest

from autoresume.errors import StoreError
from autoresume.store.layout import Cut, aligned
from autoresume.transforms.records import NamedTuple, field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

MAGIC = b"\x89resume\n"
VERSION = 2
WITHOUT_MANIFEST = 1
"""The version of `autoresume.store.version1`."""

PREFIX = struct.Struct("<8sIQ")
DIGEST_SIZE = 16
HEADER_AT = PREFIX.size + DIGEST_SIZE

_PACK = re.compile(r"[\w-]+\.pack")
_SIZE = struct.Struct("<Q")
_ENTRY = struct.Struct("<16sIQI")
NOWHERE = 0xFFFFFFFF
"""The pack of a chunk that is all zeros, and therefore not stored."""
HERE = 0xFFFFFFFE
"""The pack of a chunk in the manifest itself; offsets count from the end of the table."""


Mark = list[int]


class DamagedError(Exception):
    """The file is not what was written; the message is the reason, as half a sentence."""


class Entry(NamedTuple):
    """A chunk: its digest, and its place: number of the pack, offset and size there, in bytes.

    A chunk that takes less room than its size is compressed, with zstd.
    """

    digest: bytes
    pack: int
    offset: int
    stored: int


_entry = partial(tuple.__new__, Entry)
"""`Entry._make` without a call in Python: a state has thousands of them."""


class Table:
    """The entries of the chunks of a snapshot, in order, as they stand in its file."""

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    def __len__(self) -> int:
        return len(self.packed) // _ENTRY.size

    def __iter__(self) -> Iterator[Entry]:
        return map(_entry, _ENTRY.iter_unpack(self.packed))


def packed_entries(digests: Sequence[bytes], places: Sequence[tuple[int, int, int]]) -> bytes:
    """Return a part of a table: entries of chunks with these digests; pack, offset and size."""
    pack = _ENTRY.pack
    pairs = zip(digests, places, strict=True)
    return b"".join([pack(digest, *place) for digest, place in pairs])


@record
class Manifest:
    """What makes up one snapshot: the sizes of its sections, and their chunks in order."""

    meta: Mapping[str, Any]
    sizes: Sequence[int]
    entries: Table
    packs: Sequence[str]
    here: bytes = b""
    """The chunks that the manifest holds itself."""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    """What tells of packs, by name, that they were not touched since they were written."""
    time: float = 0.0
    """When it was made, in seconds since 1970 by the clock of the machine."""
    cut: Cut = field(default_factory=Cut)
    hashing: str = "xxh3_128"
    """The name of the hash function that the digests come from."""
    name: str = ""
    """That of its file in the store: so it is not taken for another snapshot."""
    signed: int = 0
    """The size of the signature that follows, in bytes."""


class Header(NamedTuple):
    """What the file of a snapshot says about itself: the JSON, and where what follows begins."""

    version: int
    content: dict[str, Any]
    end: int

    @property
    def meta(self) -> dict[str, Any]:
        """The JSON object that the snapshot was saved with."""
        meta: dict[str, Any] = self.content["meta"]
        return meta

    @property
    def signed(self) -> int:
        """The size of the signature at the end of the file, in bytes; 0 without one."""
        signed: int = self.content.get("signed", 0)
        return signed

    @property
    def packs(self) -> list[str]:
        """The names of the packs that hold its chunks."""
        packs: list[str] = self.content.get("packs", [])
        return packs

    @property
    def time(self) -> float:
        """When it was made, in seconds since 1970; 0.0 where it does not say."""
        time: float = self.content.get("time", 0.0)
        return time


NOTHING = Header(VERSION, {"meta": {}}, 0)
"""Stands for one that cannot be read."""


def encoded(manifest: Manifest) -> list[bytes]:
    """Return the pieces of a manifest's file. Raises: TypeError for a `meta` that is not JSON."""
    sizes = b"".join(map(_SIZE.pack, manifest.sizes))
    table = sizes + manifest.entries.packed
    header = json.dumps(
        {
            "name": manifest.name,
            "meta": manifest.meta,
            "time": manifest.time,
            "sections": len(manifest.sizes),
            "chunks": len(manifest.entries),
            "cut": manifest.cut,
            "hash": manifest.hashing,
            "table": xxh3_128_hexdigest(table),
            "packs": manifest.packs,
            "marks": manifest.marks,
            "state": sum(manifest.sizes),
            "here": len(manifest.here),
            "signed": manifest.signed,
        }
    ).encode()
    prefix = PREFIX.pack(MAGIC, VERSION, len(header))
    return [prefix, xxh3_128_digest(prefix + header), header, table, manifest.here]


def _check_size(header: Header, size: int) -> None:
    """Check the size of a snapshot's file, in bytes, against its header. Raises: DamagedError."""
    content = header.content
    if header.version == 1:
        expected = aligned(header.end) + content["size"]
    else:
        table = content["sections"] * _SIZE.size + content["chunks"] * _ENTRY.size
        expected = header.end + table + content["here"] + header.signed
    if size != expected:
        raise DamagedError(f"it has {size} bytes instead of {expected}")


def decoded(header: Header, rest: memoryview) -> Manifest:
    """Return the manifest of a file with this header; `rest` is what follows the header.

    Raises: DamagedError.
    """
    content = header.content
    count, chunks = content["sections"], content["chunks"]
    entries_at = count * _SIZE.size
    end = entries_at + chunks * _ENTRY.size
    here, signed = content["here"], header.signed
    if len(rest) != end + here + signed:
        raise DamagedError(f"it has {len(rest) - end} bytes instead of {here + signed} at its end")
    if xxh3_128_hexdigest(rest[:end]) != content["table"]:
        raise DamagedError("its table of chunks does not match its checksum")
    if not all(map(_PACK.fullmatch, header.packs)):
        raise DamagedError("it names packs that are none")
    return Manifest(
        header.meta,
        [size for (size,) in _SIZE.iter_unpack(rest[:entries_at])],
        Table(bytes(rest[entries_at:end])),
        header.packs,
        bytes(rest[end : end + here]),
        content["marks"],
        header.time,
        Cut(*content["cut"]),
        content["hash"],
        content["name"],
        signed,
    )


def read_header(file: BinaryIO, size: int, name: str) -> Header:
    """Read and verify the header of a snapshot's file, which may be of an older version.

    `size` is the file's, in bytes, and `name` its name in messages.

    Raises: DamagedError, also for a file of another size or in the place of another; StoreError
    for a newer format; OSError.
    """
    prefix = file.read(PREFIX.size)
    digest = file.read(DIGEST_SIZE)
    if not prefix.startswith(MAGIC) or len(digest) < DIGEST_SIZE:
        raise DamagedError("it does not begin like a snapshot")
    _, version, length = PREFIX.unpack(prefix)
    if length > size:
        raise DamagedError("its header is cut off")
    header = file.read(length)
    if xxh3_128_digest(prefix + header) != digest:
        raise DamagedError("its header does not match its checksum")
    if version > VERSION:
        raise StoreError(
            f"snapshot {name} has format version {version}, "
            f"this autoresume reads versions up to {VERSION}; use the autoresume that wrote it"
        )
    found = Header(version, json.loads(header), HEADER_AT + length)
    _check_size(found, size)
    if version > 1 and not name.endswith(own_name := found.content["name"]):
        raise DamagedError(f"it is {own_name}")
    return found
