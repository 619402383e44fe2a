"""Chunks that follow each other, which are mostly what they were in the last snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from autoresume.store.format import HERE, NOWHERE, packed_entries
from autoresume.transforms.records import NamedTuple

IN_MANIFEST, ZEROS = "manifest", "zeros"
"""In the place of a pack's name: chunks in the manifest itself, and those that are not stored."""


Key = tuple[int, bytes]
"""What a row is known by: the number of its chunks, and the digest of them all."""


class Location(NamedTuple):
    """Where a chunk lies: name of the pack, offset and size there in bytes."""

    pack: str
    offset: int
    stored: int


class Row:
    """Chunks that follow each other in a section: their digests, and where they lie."""

    def __init__(self, digests: Sequence[bytes], places: Sequence[Location]) -> None:
        self.digests = digests
        self.places = places
        self.used = used_of(set(places))
        """The bytes of each pack that the chunks take, and of what stands in a pack's place."""
        self._numbers: list[int] = []
        self._packed = b""

    def __iter__(self) -> Iterator[tuple[bytes, Location]]:
        return zip(self.digests, self.places, strict=True)

    def packed(self, numbers: Mapping[str, int]) -> bytes:
        """Return the entries of a manifest, in which packs have these numbers."""
        # The last manifest had the same ones, unless packs went.
        if self._numbers != (found := [numbers[pack] for pack in self.used]):
            places = [(numbers[pack], offset, stored) for pack, offset, stored in self.places]
            self._packed = packed_entries(self.digests, places)
            self._numbers = found
        return self._packed


def used_of(places: Iterable[Location]) -> Counter[str]:
    """Return the bytes that chunks take of each pack."""
    used: Counter[str] = Counter()
    for pack, _, stored in places:
        used[pack] += stored
    return used


def numbered(packs: Sequence[str]) -> dict[str, int]:
    """Return the numbers that packs, and what stands in their place, have in a manifest."""
    return {name: n for n, name in enumerate(packs)} | {IN_MANIFEST: HERE, ZEROS: NOWHERE}
