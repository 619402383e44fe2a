"""Reading a state back: every chunk is verified; large sections are mapped, not copied."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import groupby
from operator import eq, sub

from autoresume.store.compression import Expand, expander
from autoresume.store.digests import Hashing
from autoresume.store.format import HERE, NOWHERE, DamagedError, Entry, Manifest
from autoresume.store.layout import Extent, extents
from autoresume.store.parallel import THREADS, in_parallel, in_rows
from autoresume.store.places import PAGE, PackReader
from autoresume.transforms.records import NamedTuple

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


class _Stretch(NamedTuple):
    """Chunks of one section, or a chunk of several, and where their content is to be.

    All have the same size, but for the last one, which may be shorter.
    """

    entries: Sequence[Entry]
    chunk: int
    size: int
    area: _Area
    at: int
    is_plain: bool
    """Whether they lie in their pack as they are to be in memory, so that they can be mapped."""

    def chunks(self) -> Iterator[_Chunk]:
        """Yield them one by one."""
        for number, entry in enumerate(self.entries):
            start = number * self.chunk
            size = min(self.chunk, self.size - start)
            yield _Chunk(entry, size, self.area, self.at + start)


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
    parts = _parts(manifest)
    sections, areas = _areas(manifest, parts)
    packs: dict[int, PackReader] = {}
    with ExitStack() as cleanup:
        for number, name in enumerate(manifest.packs):
            packs[number] = open_pack(name)
            cleanup.callback(packs[number].close)
        marks = manifest.marks if lazily else {}
        found = {n: marks.get(name) for n, name in enumerate(manifest.packs)}
        trusted = {n for n, mark in found.items() if mark and mark == packs[n].mark}
        threads = [_Reading(packs, manifest.here, hashing) for _ in range(readers)]
        later = _read(list(_stretches(parts, areas)), packs, trusted, threads)
        if not later:
            return Loaded(sections, None)
        cleanup.pop_all()
    return Loaded(sections, partial(_check, threads[0], later))


def _read(
    stretches: list[_Stretch],
    packs: Mapping[int, PackReader],
    trusted: set[int],
    threads: list[_Reading],
) -> list[_Stretch]:
    """Map chunks or read them; return those that were mapped and not verified."""
    worth_a_map = sum(stretch.size for stretch in stretches) // _MAPS
    rest, mapped, later = [], [], []
    for stretch in stretches:
        pack = stretch.entries[0].pack
        is_large = stretch.is_plain and stretch.size >= worth_a_map
        if not is_large or not packs[pack].can_map:
            rest.append(stretch)
        elif pack not in trusted:
            mapped.append(stretch)
        elif _map(packs[pack], stretch):
            # The program may let its memory go before it is verified.
            later.append(stretch._replace(area=bytearray()))
        else:
            rest.append(stretch)
    in_parallel([thread.verify for thread in threads], _rows(mapped))
    rest += (stretch for stretch in mapped if not _map(packs[stretch.entries[0].pack], stretch))
    in_parallel([thread.read for thread in threads], _rows(rest))
    return later


def _map(pack: PackReader, stretch: _Stretch) -> bool:
    area = stretch.area
    if not isinstance(area, mmap.mmap):
        return False
    return pack.map_over(area, stretch.at, stretch.size, stretch.entries[0].offset)


def _rows(stretches: list[_Stretch]) -> list[list[_Chunk]]:
    """Return the chunks, those together that one thread reads."""
    return in_rows([chunk for stretch in stretches for chunk in stretch.chunks()])


def _check(reading: _Reading, stretches: list[_Stretch]) -> None:
    """Verify chunks from first to last in their packs, and close the packs."""
    try:
        for stretch in sorted(stretches, key=lambda stretch: stretch.entries[0][1:]):
            reading.verify(stretch.chunks())
    finally:
        reading.close()


def is_intact(pack: PackReader, entry: Entry, size: int, hashing: Hashing) -> bool:
    """Whether the chunk of this size, in bytes, lies in a pack as its entry says.

    Raises: OSError; StoreError where a package is missing.
    """
    reading = _Reading({entry.pack: pack}, b"", hashing)
    try:
        reading.read([_Chunk(entry, size, bytearray(size), 0)])
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
    parts = _parts(manifest)
    with ExitStack() as cleanup:
        packs = {number: open_pack(name) for number, name in enumerate(manifest.packs)}
        for pack in packs.values():
            cleanup.callback(pack.close)
        reading = _Reading(packs, manifest.here, hashing)
        for chunk in (chunk for part in parts for chunk in part.stretch(bytearray()).chunks()):
            entry, size, _, _ = chunk
            in_pack = entry.pack not in (HERE, NOWHERE)
            where = manifest.packs[entry.pack] if in_pack else manifest.name
            key = where, entry._replace(pack=0), size
            if key not in intact:
                reading.read([_Chunk(entry, size, bytearray(size), 0)])
                intact.add(key)


class _Part(NamedTuple):
    """A large section, or small ones in a chunk; and the entries of its chunks."""

    whole: Extent
    chunk: int
    """The size of each of them but the last."""
    entries: Sequence[Entry]

    def stretch(self, area: _Area) -> _Stretch:
        """Return all of its chunks, with memory for their content."""
        return _Stretch(self.entries, self.chunk, self.whole.size, area, 0, False)


def _parts(manifest: Manifest) -> list[_Part]:
    """Return what the chunks of a snapshot hold. Raises: DamagedError."""
    parts = []
    first = 0
    entries = list(manifest.entries)
    for whole in extents(manifest.sizes, manifest.cut, row=len(entries) or 1):
        chunk = whole.size if whole.is_gathered else manifest.cut.chunk
        after = first + (1 if whole.is_gathered else -(-whole.size // chunk))
        parts.append(_Part(whole, chunk, entries[first:after]))
        first = after
    if first != (chunks := len(entries)):
        raise DamagedError(f"it has {chunks} chunks, which is not what its state is cut into")
    return parts


def _areas(manifest: Manifest, parts: Iterable[_Part]) -> tuple[list[memoryview], list[_Area]]:
    """Return memory for all sections, and that of each part."""
    sections = [memoryview(b"")] * len(manifest.sizes)
    areas: list[_Area] = []
    for whole, _, _ in parts:
        area = _area(whole.size)
        for section, _, size, at in whole.pieces:
            sections[section] = memoryview(area)[at : at + size]
        areas.append(area)
    return sections, areas


def _stretches(parts: Iterable[_Part], areas: Iterable[_Area]) -> Iterator[_Stretch]:
    """Yield the chunks, those together that lie in a row in a pack as they are to be in memory."""
    for part, area in zip(parts, areas, strict=True):
        whole, chunk, entries = part
        if whole.is_gathered:
            yield part.stretch(area)
            continue
        at = 0
        for (pack, offset, is_whole), count in _runs(entries, chunk, whole.size):
            stretch = entries[at : at + count]
            start, stop = at * chunk, min((at + count) * chunk, whole.size)
            is_plain = is_whole and pack not in (HERE, NOWHERE) and (offset + start) % PAGE == 0
            yield _Stretch(stretch, chunk, stop - start, area, start, is_plain)
            at += count


def _runs(
    entries: Sequence[Entry], chunk: int, size: int
) -> Iterator[tuple[tuple[int, int, bool], int]]:
    """Yield pack, offset less that in the section, and whether stored as it is; for how many."""
    # Without a turn of a loop for each of the thousands of chunks.
    _, packs, offsets, stored = zip(*entries, strict=True)
    starts = range(0, size, chunk)
    sizes = [chunk] * (len(starts) - 1) + [size - starts[-1]]
    places = zip(packs, map(sub, offsets, starts), map(eq, stored, sizes), strict=True)
    for place, same in groupby(places):
        yield place, len(list(same))


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
        here: bytes,
        hashing: Hashing,
    ) -> None:
        self._packs = packs
        self._here = memoryview(here)
        self._digest = hashing.digest
        self._room = memoryview(bytearray())
        self._expand: Expand | None = None

    def read(self, chunks: Iterable[_Chunk]) -> None:
        """Read chunks to where they are to be. Raises: DamagedError, OSError."""
        for chunk, stored in self._stored(chunks):
            self._fill(chunk, stored)

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


def _end(chunk: _Chunk) -> int:
    return chunk.entry.offset + chunk.entry.stored
