"""The chunks that a store has already, so that they need not be written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set

from autoresume.store.format import HERE, NOWHERE, Manifest, Mark
from autoresume.store.rows import ZEROS, Key, Location, Row, used_of

_SPARSE = 2
"""A pack is sparse when the last snapshot uses less than one part in so many of it."""


class Known:
    """What manifests have told about the chunks in packs."""

    def __init__(self) -> None:
        self.order: Sequence[str] = ()
        """The packs that the last snapshot of this process names."""
        self._locations: dict[bytes, Location] = {}
        self._unread: set[bytes] = set()
        self._packs: set[str] = set()
        self._marks: dict[str, Mark] = {}
        self._used: Counter[str] = Counter()
        self._rows: dict[Key, Row] = {}
        self._stable: set[str] = set()

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
        self._used = used_of(found.values())

    def wrote(self, rows: dict[Key, Row], packs: Sequence[str], marks: Mapping[str, Mark]) -> None:
        """Take note of the last snapshot of this run, which this process has written.

        `rows` are all of it, `packs` those that it names, `marks` those of new packs.
        """
        self.order = packs
        self._packs.update(packs)
        self._marks.update(marks)
        new = [row for key, row in rows.items() if self._rows.get(key) is not row]
        found = {key: place for row in new for key, place in row if place.pack in self._packs}
        self._unread -= found.keys()
        self._locations |= found
        self._rows = rows
        self._used = Counter()
        for row in rows.values():
            self._used.update(row.used)

    def look_at(self, packs: Mapping[str, int]) -> None:
        """Forget what lay in packs that are gone. `packs`: those there are, and their sizes."""
        if self._packs - packs.keys():
            self._packs &= packs.keys()
            kept = self._locations.items()
            self._locations = {key: place for key, place in kept if place.pack in packs}
        used = self._used.items()
        sparse = {name for name, size in used if size * _SPARSE < packs.get(name, 0)}
        self._stable = (self._packs - sparse) | {ZEROS}

    def find(self, digest: bytes) -> Location | None:
        """Return where a chunk is said to lie."""
        return self._locations.get(digest)

    def row(self, key: Key) -> Row | None:
        """Return a row of the last snapshot."""
        return self._rows.get(key)

    def is_unread(self, digest: bytes) -> bool:
        """Whether nobody has read the chunk yet: it may be damaged."""
        return digest in self._unread

    def is_stable(self, packs: Set[str]) -> bool:
        """Whether all are there, and none is of so little use that chunks should move elsewhere."""
        return packs <= self._stable

    def _located(self, manifest: Manifest) -> dict[bytes, Location]:
        self._packs.update(manifest.packs)
        self._marks.update(manifest.marks)
        return {
            digest: Location(manifest.packs[pack], offset, stored)
            for digest, pack, offset, stored in manifest.entries
            if pack not in (HERE, NOWHERE)
        }

    def marks_of(self, packs: Iterable[str]) -> dict[str, Mark]:
        """Return the marks that packs had when they were written, as far as they are known."""
        return {name: self._marks[name] for name in packs if name in self._marks}
