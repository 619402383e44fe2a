"""Reading a state back: every chunk is verified; large sections are mapped, not copied."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import NamedTuple

from autoresume.store.compression import Expand, expander
from autoresume.store.digests import Hashing
from autoresume.store.format import HERE, NOWHERE, DamagedError, Entry, Manifest
from autoresume.store.layout import Extent, extents
from autoresume.store.parallel import THREADS, in_parallel, in_rows
from autoresume.store.places import PAGE, PackReader

_GAP = 1 << 16
"""So many bytes that are not needed are read rather than asking twice."""

_MAPS = 1 << 14
"""At most about so many maps are made: a process can have 65,530 (`vm.max_map_count`)."""

_Area = mmap.mmap | bytearray


class _Chunk(NamedTuple):
    """A chunk, and where its content is to be."""

    entry: Entry
    size: int
    area: _Area
    at: int
    mappable: bool

    def follows(self, other: _Chunk) -> bool:
        """Whether the two lie in a row, in the pack and in the area."""
        ours, theirs = self.entry, other.entry
        return (
            self.area is other.area
            and ours.pack == theirs.pack
            and ours.offset == theirs.offset + other.size
        )


class Loaded(NamedTuple):
    """The sections of a snapshot; `check` reads what is not verified yet and may raise."""

    sections: list[memoryview]
    check: Callable[[], None] | None


def load_sections(
    manifest: Manifest,
    open_pack: Callable[[str], PackReader],
    hashing: Hashing,
    *,
    lazily: bool,
    readers: int = THREADS,
) -> Loaded:
    """Return the sections of a snapshot: writable, and private to this process.

    So many threads read, `readers`.

    They are verified, but for what is mapped with `lazily` from packs that nobody has touched
    since they were written, going by their marks: `check` is for what the disk itself has damaged.

    Raises: DamagedError, OSError; StoreError where a package is missing.
    """
    cut = _cut(manifest)
    sections, areas = _areas(manifest, cut)
    chunks = [
        _Chunk(entry, extent.size, area, extent.pieces[0].start, not extent.is_gathered)
        for entry, extent, area in zip(manifest.entries, cut, areas, strict=True)
    ]
    packs: dict[int, PackReader] = {}
    with ExitStack() as cleanup:
        for number, name in enumerate(manifest.packs):
            packs[number] = open_pack(name)
            cleanup.callback(packs[number].close)
        marks = manifest.marks if lazily else {}
        found = {n: marks.get(name) for n, name in enumerate(manifest.packs)}
        trusted = {n for n, mark in found.items() if mark and mark == packs[n].mark}
        worth_a_map = sum(manifest.sizes) // _MAPS
        what = packs, trusted, worth_a_map, manifest.here, hashing
        threads = [_Reading(*what) for _ in range(readers)]
        in_parallel([thread.row for thread in threads], in_rows(chunks))
        later = [chunk for thread in threads for chunk in thread.later]
        if not later:
            return Loaded(sections, None)
        cleanup.pop_all()
    return Loaded(sections, partial(_check, threads[0], later))


def _check(reading: _Reading, chunks: list[_Chunk]) -> None:
    """Verify chunks from first to last in their packs, and close the packs."""
    try:
        reading.verify(chunks)
    finally:
        reading.close()


def is_intact(pack: PackReader, entry: Entry, size: int, hashing: Hashing) -> bool:
    """Whether the chunk of this size, in bytes, lies in a pack as its entry says.

    Raises: OSError; StoreError where a package is missing.
    """
    reading = _Reading({entry.pack: pack}, set(), 0, b"", hashing)
    try:
        reading.row([_Chunk(entry, size, bytearray(size), 0, False)])
    except DamagedError:
        return False
    return True


def verify_sections(
    manifest: Manifest,
    open_pack: Callable[[str], PackReader],
    hashing: Hashing,
    intact: set[tuple[str, Entry, int]],
) -> None:
    """Read every chunk of a snapshot, and keep none; those that are `intact` are left out.

    Those that are found so are put there. Raises: DamagedError, OSError; StoreError where a
    package is missing.
    """
    cut = _cut(manifest)
    with ExitStack() as cleanup:
        packs = {number: open_pack(name) for number, name in enumerate(manifest.packs)}
        for pack in packs.values():
            cleanup.callback(pack.close)
        reading = _Reading(packs, set(), 0, manifest.here, hashing)
        for entry, extent in zip(manifest.entries, cut, strict=True):
            in_pack = entry.pack not in (HERE, NOWHERE)
            where = manifest.packs[entry.pack] if in_pack else manifest.name
            key = where, entry._replace(pack=0), extent.size
            if key not in intact:
                reading.row([_Chunk(entry, extent.size, bytearray(extent.size), 0, False)])
                intact.add(key)


def _cut(manifest: Manifest) -> list[Extent]:
    """Return what the chunks of a snapshot hold. Raises: DamagedError."""
    chunks = len(manifest.entries)
    cut = list(islice(extents(manifest.sizes, manifest.cut), chunks + 1))
    if len(cut) != chunks:
        raise DamagedError(f"it has {chunks} chunks, which is not what its state is cut into")
    return cut


def _areas(manifest: Manifest, cut: Iterable[Extent]) -> tuple[list[memoryview], list[_Area]]:
    """Return memory for all sections, and the piece of memory that each chunk goes to."""
    sections = [memoryview(b"")] * len(manifest.sizes)
    areas: list[_Area] = []
    for extent in cut:
        if extent.is_gathered:
            area = _area(extent.size)
            whole = memoryview(area)
            for section, _, size, at in extent.pieces:
                sections[section] = whole[at : at + size]
        elif extent.pieces[0].start == 0:
            section = extent.pieces[0].section
            area = _area(manifest.sizes[section])
            sections[section] = memoryview(area)
        areas.append(area)
    return sections, areas


def _area(size: int) -> _Area:
    """Return memory for what can be let go as one; all zeros."""
    if size:
        try:
            return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError:
            pass  # there are too many maps
    return bytearray(size)


class _Reading:
    """What one thread needs to read chunks."""

    def __init__(
        self,
        packs: Mapping[int, PackReader],
        trusted: set[int],
        worth_a_map: int,
        here: bytes,
        hashing: Hashing,
    ) -> None:
        self.later: list[_Chunk] = []
        """What was mapped and not verified."""
        self._packs = packs
        self._trusted = trusted
        self._worth_a_map = worth_a_map
        self._here = memoryview(here)
        self._digest = hashing.digest
        self._room = memoryview(bytearray())
        self._expand: Expand | None = None

    def row(self, chunks: list[_Chunk]) -> None:
        """Read chunks that follow each other. Raises: DamagedError, OSError."""
        unmapped = (chunk for run in _runs(chunks) if not self._map(run) for chunk in run)
        for chunk, stored in self._stored(unmapped):
            self._fill(chunk, stored)

    def _map(self, run: list[_Chunk]) -> bool:
        """Map what is large and lies in a row, after it was verified."""
        first, last = run[0], run[-1]
        size = last.at + last.size - first.at
        entry, area = first.entry, first.area
        if not _is_mappable(first) or size < self._worth_a_map or not isinstance(area, mmap.mmap):
            return False
        if not self._packs[entry.pack].can_map:
            return False
        is_trusted = entry.pack in self._trusted
        if not is_trusted:
            self.verify(run)
        if not self._packs[entry.pack].map_over(area, first.at, size, entry.offset):
            return False
        if is_trusted:
            # The program may let its memory go before that.
            self.later += (chunk._replace(area=bytearray()) for chunk in run)
        return True

    def verify(self, chunks: Iterable[_Chunk]) -> None:
        """Check chunks as they are stored. Raises: DamagedError, OSError."""
        # By reading, not through the map: there a failing disk is a SIGBUS, here an OSError.
        for chunk, stored in self._stored(chunks):
            self._check(chunk, stored)

    def close(self) -> None:
        """Let go of the packs."""
        for pack in self._packs.values():
            pack.close()

    def _fill(self, chunk: _Chunk, stored: memoryview) -> None:
        target = memoryview(chunk.area)[chunk.at : chunk.at + chunk.size]
        if chunk.entry.stored == chunk.size:
            target[:] = stored
        else:
            target[:] = self._expanded(chunk, stored)
        self._check(chunk, target)

    def _stored(self, chunks: Iterable[_Chunk]) -> Iterator[tuple[_Chunk, memoryview]]:
        """Yield chunks with what is stored of them; what lies together is read at once."""
        for span in self._spans(chunks):
            number, start = span[0].entry[1:3]
            found = self._found(number, start, max(map(_end, span)) - start)
            for chunk in span:
                at = chunk.entry.offset - start
                yield chunk, found[at : at + chunk.entry.stored]

    def _spans(self, chunks: Iterable[_Chunk]) -> Iterator[list[_Chunk]]:
        """Yield chunks together that are to be read at once."""
        span: list[_Chunk] = []
        there = (chunk for chunk in chunks if chunk.entry.pack != NOWHERE)
        for chunk in sorted(there, key=lambda chunk: chunk.entry[1:]):
            if span and not self._is_near(chunk, span):
                yield span
                span = []
            span.append(chunk)
        if span:
            yield span

    def _is_near(self, chunk: _Chunk, span: list[_Chunk]) -> bool:
        first, last = span[0].entry, span[-1]
        if chunk.entry.pack != first.pack or chunk.entry.offset > _end(last) + _GAP:
            return False
        most = self._packs[first.pack].span if first.pack in self._packs else 0
        return _end(chunk) <= first.offset + most

    def _found(self, number: int, offset: int, size: int) -> memoryview:
        if number == HERE:
            found = self._here[offset : offset + size]
            count = len(found)
        else:
            if len(self._room) < size:
                self._room = memoryview(bytearray(size))
            found = self._room[:size]
            count = self._packs[number].read_into(found, offset)
        if count != size:
            raise DamagedError("a pack of it is cut off")
        return found

    def _expanded(self, chunk: _Chunk, stored: memoryview) -> bytes:
        self._expand = self._expand or expander()
        try:
            expanded = self._expand(stored, chunk.size)
        except ValueError as error:
            raise DamagedError(f"a compressed part of it cannot be read: {error}") from error
        if len(expanded) != chunk.size:
            raise DamagedError("a compressed part of it has another size")
        return expanded

    def _check(self, chunk: _Chunk, content: memoryview) -> None:
        if self._digest(content) != chunk.entry.digest:
            raise DamagedError("its contents do not match their checksum")


def _runs(chunks: list[_Chunk]) -> Iterator[list[_Chunk]]:
    """Yield chunks together that can be mapped as one."""
    run: list[_Chunk] = []
    for chunk in chunks:
        if run and not (_is_mappable(chunk) and chunk.follows(run[-1])):
            yield run
            run = []
        run.append(chunk)
    yield run


def _end(chunk: _Chunk) -> int:
    return chunk.entry.offset + chunk.entry.stored


def _is_mappable(chunk: _Chunk) -> bool:
    entry = chunk.entry
    in_pack = entry.pack not in (HERE, NOWHERE)
    return chunk.mappable and in_pack and entry.stored == chunk.size and entry.offset % PAGE == 0
