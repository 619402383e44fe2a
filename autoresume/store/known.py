"""The chunks that a store has already, so that they need not be written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from autoresume.store.format import HERE, NOWHERE, Manifest, Mark

_SPARSE = 2
"""A pack is sparse when the last snapshot uses less than one part in so many of it."""


class Location(NamedTuple):
    """Where a chunk lies: name of the pack, offset and size there in bytes."""

    pack: str
    offset: int
    stored: int


class Known:
    """What manifests have told about the chunks in packs."""

    def __init__(self) -> None:
        self._locations: dict[bytes, Location] = {}
        self._unread: set[bytes] = set()
        self._packs: set[str] = set()
        self._marks: dict[str, Mark] = {}
        self._used: Counter[str] = Counter()
        self._sparse: set[str] = set()
        self._rows: dict[bytes, list[bytes]] = {}

    def learn(self, manifest: Manifest) -> None:
        """Take note of the chunks of a snapshot that nobody has read: they may be damaged."""
        found = self._located(manifest)
        self._unread |= found.keys() - self._locations.keys()
        self._locations = found | self._locations

    def use(self, manifest: Manifest) -> None:
        """Take note of the last snapshot of this run, which this process has read."""
        found = self._located(manifest)
        self._unread -= found.keys()
        self._locations |= found
        self._count(found.values())

    def wrote(
        self,
        chunks: Mapping[bytes, Location],
        packs: Iterable[str],
        marks: Mapping[str, Mark],
        rows: dict[bytes, list[bytes]],
    ) -> None:
        """Take note of the last snapshot of this run, which this process has written.

        `chunks` are those of it that lie in `packs`, by their digests, `marks` those of new packs,
        and `rows` the digests of chunks that follow each other, by that of them all.
        """
        self._packs.update(packs)
        self._marks.update(marks)
        self._unread -= chunks.keys()
        self._locations.update(chunks)
        self._count(chunks.values())
        self._rows = rows

    def look_at(self, packs: Mapping[str, int]) -> None:
        """Forget what lay in packs that are gone. `packs`: those there are, and their sizes."""
        if self._packs - packs.keys():
            self._packs &= packs.keys()
            kept = self._locations.items()
            self._locations = {key: place for key, place in kept if place.pack in packs}
        used = self._used.items()
        self._sparse = {name for name, size in used if size * _SPARSE < packs.get(name, 0)}

    def find(self, digest: bytes) -> Location | None:
        """Return where a chunk is said to lie."""
        return self._locations.get(digest)

    def row(self, digest: bytes) -> list[bytes] | None:
        """Return the digests of chunks that follow each other, by that of them all."""
        return self._rows.get(digest)

    def is_settled(self, digest: bytes) -> bool:
        """Whether a chunk lies where it was read or written, and can stay there."""
        found = self._locations.get(digest)
        return bool(found) and digest not in self._unread and found.pack not in self._sparse

    def is_unread(self, digest: bytes) -> bool:
        """Whether nobody has read the chunk yet: it may be damaged."""
        return digest in self._unread

    def is_sparse(self, pack: str) -> bool:
        """Whether most of a pack is of no use: what is needed of it should move elsewhere."""
        return pack in self._sparse

    def _located(self, manifest: Manifest) -> dict[bytes, Location]:
        self._packs.update(manifest.packs)
        self._marks.update(manifest.marks)
        return {
            digest: Location(manifest.packs[pack], offset, stored)
            for digest, pack, offset, stored in manifest.entries
            if pack not in (HERE, NOWHERE)
        }

    def _count(self, chunks: Iterable[Location]) -> None:
        self._used = Counter()
        for pack, _, stored in chunks:
            self._used[pack] += stored

    def marks_of(self, packs: Iterable[str]) -> dict[str, Mark]:
        """Return the marks that packs had when they were written, as far as they are known."""
        return {name: self._marks[name] for name in packs if name in self._marks}
