"""Cutting a state into chunks, and writing those that are new."""

from __future__ import annotations

import _thread
import mmap
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial

from autoresume.errors import StoreError
from autoresume.store.compression import Compress
from autoresume.store.digests import XXH3, Hashing
from autoresume.store.format import Entry, Mark, Table
from autoresume.store.known import Known
from autoresume.store.layout import ALIGNMENT, Cut, Extent, aligned, extents
from autoresume.store.parallel import ROW, THREADS, in_parallel
from autoresume.store.places import PAGE, PackReader, PackWriter
from autoresume.store.rows import IN_MANIFEST, ZEROS, Key, Location, Row, numbered
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BLOCK = 1 << 22
"""Bytes written at once; each thread has a buffer of this size."""

_FEW = 1 << 16
"""New chunks up to this size together, in bytes, stand in the manifest: one file less to sync."""

_NOTHING = Location(ZEROS, 0, 0)


class Saved(NamedTuple):
    """Where the parts of a state lie, as a manifest says it."""

    sizes: list[int]
    entries: Table
    packs: list[str]
    here: bytes
    marks: dict[str, Mark]


class NewPack:
    """The pack of one snapshot; it is begun when there is something to write."""

    def __init__(self, name: str, begin: Callable[[], PackWriter]) -> None:
        self.name = name
        self.size = 0
        self._begin = begin
        self._writer: PackWriter | None = None
        self._lock = _thread.allocate_lock()

    def write(self, block: memoryview) -> int:
        """Append a block and return its offset. Raises: OSError."""
        with self._lock:
            self._writer = self._writer or self._begin()
            self.size += block.nbytes
        return self._writer.write(block)

    def commit(self) -> dict[str, Mark]:
        """Make it durable, and return its mark by its name. Raises: OSError."""
        mark = self._writer and self._writer.commit()
        return {self.name: mark} if mark else {}

    def abandon(self) -> None:
        """Remove it."""
        if self._writer:
            self._writer.abandon()


def save_sections(
    sections: Sequence[ReadableBuffer],
    pack: NewPack,
    known: Known,
    open_pack: Callable[[str], PackReader],
    hashing: Hashing,
    compressor: Callable[[], Compress] | None,
    cut: Cut,
) -> Saved:
    """Write what is new of a state to `pack`, durably; the rest is in the store, as `known` tells.

    Sections are contiguous in any order; they are not copied as a whole. `open_pack` is for what
    was only said to be in the store, and has to be seen to be there. `compressor` makes a
    function for each thread. Raises: OSError.
    """
    views = [pickle.PickleBuffer(section).raw() for section in sections]
    sizes = [view.nbytes for view in views]
    work = _Work(views, list(extents(sizes, cut, ROW)), pack, known, open_pack, hashing, cut)
    buffers = [_Buffer(work, compressor and compressor()) for _ in range(THREADS)]
    try:
        in_parallel([partial(work.sort, buffer) for buffer in buffers], work.shares())
        here = _rest(buffers, pack)
        mark = pack.commit()
    except BaseException:
        pack.abandon()
        raise
    table, packs = work.table(mark)
    return Saved(sizes, table, packs, here, known.marks_of(packs))


class _Work:
    """The chunks of a state, and where each of them lies in the end."""

    def __init__(
        self,
        views: list[memoryview],
        extents: list[Extent],
        pack: NewPack,
        known: Known,
        open_pack: Callable[[str], PackReader],
        hashing: Hashing,
        cut: Cut,
    ) -> None:
        self.pack = pack
        self._views = views
        self._extents = extents
        self._known = known
        self._open_pack = open_pack
        self._hashing = hashing
        self._hash = hashing.digest
        self._chunk = cut.chunk
        self._keys: list[Key] = [(0, b"")] * len(extents)
        self._rows: list[Row | Sequence[bytes]] = [()] * len(extents)
        zeros = hashing.digest(memoryview(bytes(cut.chunk)))
        self._first: dict[bytes, object] = {zeros: None}
        self._places = {zeros: _NOTHING}
        self._fresh = self._moved = 0

    def shares(self) -> list[range]:
        """Return what one thread should see to in a row: the numbers of some of the extents."""
        shares = []
        start = size = 0
        for number, extent in enumerate(self._extents, 1):
            size += extent.size
            if size >= ROW * self._chunk or number == len(self._extents):
                shares.append(range(start, number))
                start, size = number, 0
        return shares

    def sort(self, buffer: _Buffer, numbers: Iterable[int]) -> None:
        """Hash chunks, and put those into the buffer that the store does not have."""
        for number in numbers:
            extent = self._extents[number]
            content = self._content(extent)
            count = 1 if extent.is_gathered else -(-extent.size // self._chunk)
            # To hash chunks together takes less time than one by one, and mostly they are known.
            key = count, (self._hash if count == 1 else XXH3.digest)(content)
            row = self._known.row(key)
            self._keys[number] = key
            if row and self._known.is_stable(row.used.keys()):
                self._rows[number] = row
            elif count == 1:
                self._rows[number] = [key[1]]
                self._see_to(key[1], content, buffer, mappable=not extent.is_gathered)
            else:
                self._rows[number] = self._sort_large(buffer, content)

    def _sort_large(self, buffer: _Buffer, content: memoryview) -> list[bytes]:
        digests = []
        for start in range(0, content.nbytes, self._chunk):
            chunk = content[start : start + self._chunk]
            digests.append(self._hash(chunk))
            self._see_to(digests[-1], chunk, buffer, mappable=True)
        return digests

    def put(self, digest: bytes, location: Location) -> None:
        """Take note of where a chunk was written."""
        self._places[digest] = location

    def table(self, new: Mapping[str, Mark]) -> tuple[Table, list[str]]:
        """Return the entries of all chunks, and the packs that they name; `new` are new marks."""
        place = self._places.__getitem__
        rows: dict[Key, Row] = {}
        for key, row in zip(self._keys, self._rows, strict=True):
            if key not in rows:
                rows[key] = row if isinstance(row, Row) else Row(row, [*map(place, row)])
        used = {pack for row in rows.values() for pack in row.used} - {IN_MANIFEST, ZEROS}
        packs = [pack for pack in self._known.order if pack in used]
        packs += sorted(used.difference(packs))
        numbers = numbered(packs)
        self._known.wrote(rows, packs, new)
        return Table(b"".join([rows[key].packed(numbers) for key in self._keys])), packs

    def _content(self, extent: Extent) -> memoryview:
        section, start, stop, _ = extent.pieces[0]
        if not extent.is_gathered:
            return self._views[section][start:stop]
        gathered = bytearray(extent.size)
        for section, _, size, at in extent.pieces:
            gathered[at : at + size] = self._views[section]
        return memoryview(gathered)

    def _see_to(
        self, digest: bytes, content: memoryview, buffer: _Buffer, *, mappable: bool
    ) -> None:
        """Let a chunk be written, unless it was."""
        # One of several chunks with the same content sees to it.
        if self._first.setdefault(digest, content) is not content:
            return
        found = self._found(digest, content.nbytes)
        if found is None:
            self._fresh += content.nbytes
        elif not self._should_move(found):
            self._places[digest] = found
            return
        buffer.add(digest, content, mappable=mappable)

    def _found(self, digest: bytes, size: int) -> Location | None:
        found = self._known.find(digest)
        if found and self._known.is_unread(digest) and not self._is_intact(digest, size, found):
            return None
        return found

    def _is_intact(self, digest: bytes, size: int, found: Location) -> bool:
        from autoresume.store.loading import is_intact

        entry = Entry(digest, 0, found.offset, found.stored)
        try:
            with closing(self._open_pack(found.pack)) as pack:
                return is_intact(pack, entry, size, self._hashing)
        except (OSError, StoreError):
            return False  # it cannot be read here

    def _should_move(self, found: Location) -> bool:
        """Whether to write a chunk again, so that a pack gets free of use that mostly has none.

        This may at most double what a snapshot writes.
        """
        if self._known.is_stable({found.pack}) or self._moved >= self._fresh:
            return False
        self._moved += found.stored
        return True


class _Staged(NamedTuple):
    digest: bytes
    at: int
    stored: int


class _Buffer:
    """Chunks on their way to the pack, in memory that lies as a write past the cache needs it."""

    def __init__(self, work: _Work, compress: Compress | None) -> None:
        self._work = work
        self._compress = compress
        self._memory: memoryview | None = None
        self._staged: list[_Staged] = []
        self.end = 0

    def add(self, digest: bytes, content: memoryview, *, mappable: bool) -> None:
        """Take a chunk. Raises: OSError."""
        stored = self._packed(content)
        mappable = mappable and stored is content
        at = aligned(self.end, PAGE if mappable else ALIGNMENT)
        if at + stored.nbytes > _BLOCK:
            self.flush()
            at = 0
        self._fill(at)
        self._room()[at : at + stored.nbytes] = stored
        self._staged.append(_Staged(digest, at, stored.nbytes))
        self.end = at + stored.nbytes

    @property
    def is_empty(self) -> bool:
        """Whether it holds no chunk."""
        return not self._staged

    def flush(self) -> None:
        """Write what there is to the pack. Raises: OSError."""
        if self._staged:
            self._fill(aligned(self.end, PAGE))
            offset = self._work.pack.write(self._room()[: self.end])
            self._settle(self._work.pack.name, offset)

    def take(self, start: int) -> memoryview:
        """Return what there is, to stand from `start` on in the manifest."""
        taken = self._room()[: self.end]
        self._settle(IN_MANIFEST, start)
        return taken

    def _settle(self, pack: str, offset: int) -> None:
        for digest, at, stored in self._staged:
            self._work.put(digest, Location(pack, offset + at, stored))
        self._staged.clear()
        self.end = 0

    def _packed(self, content: memoryview) -> memoryview:
        if self._compress is not None:
            compressed = self._compress(content)
            if len(compressed) < content.nbytes:
                return memoryview(compressed)
        return content

    def _fill(self, end: int) -> None:
        self._room()[self.end : end] = bytes(end - self.end)
        self.end = end

    def _room(self) -> memoryview:
        if self._memory is None:
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
            memory = mmap.mmap(-1, _BLOCK, flags=flags)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                with suppress(OSError):  # a kernel can be without them
                    memory.madvise(mmap.MADV_HUGEPAGE)
            self._memory = memoryview(memory)
        return self._memory


def _rest(buffers: Sequence[_Buffer], pack: NewPack) -> bytes:
    """Write what the buffers still hold, or return it as what is to stand in the manifest."""
    if pack.size or sum(buffer.end for buffer in buffers) > _FEW:
        in_parallel([_Buffer.flush] * THREADS, buffers)
        return b""
    here = bytearray()
    for buffer in buffers:
        if not buffer.is_empty:
            here += buffer.take(len(here))
    return bytes(here)
