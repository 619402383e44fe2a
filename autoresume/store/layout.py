"""How the sections of a snapshot are cut into chunks; the same when it is saved and when loaded.

A section is a stretch of bytes that is loaded as one: the pickle stream, or a buffer that left it.
A section of at least `Cut.large` bytes is cut into chunks of `Cut.chunk` bytes, the last one
shorter. Smaller sections are gathered: one behind the other, each at a multiple of 64 bytes, until
they are at least a chunk together. Chunks are numbered as they get complete, the unfinished
gathering last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autoresume.transforms.records import NamedTuple

ALIGNMENT = 64


class Cut(NamedTuple):
    """Sizes in bytes: of a chunk, and of the smallest section that has chunks of its own."""

    chunk: int = 1 << 17
    large: int = 1 << 18


class Piece(NamedTuple):
    """The bytes from `start` to `stop` of a section; they stand at `at` in their chunk."""

    section: int
    start: int
    stop: int
    at: int


class Extent(NamedTuple):
    """What one chunk holds, or several that follow each other, and its size in bytes."""

    size: int
    pieces: Sequence[Piece]
    is_gathered: bool
    """Whether it holds whole sections, rather than a part of one."""


def extents(sizes: Sequence[int], cut: Cut, row: int = 1) -> Iterator[Extent]:
    """Yield the chunks of sections of these sizes; of a large section up to `row` together."""
    step = cut.chunk * row
    gathered: list[Piece] = []
    end = 0
    for section, size in enumerate(sizes):
        if size >= cut.large:
            for start in range(0, size, step):
                stop = min(start + step, size)
                yield Extent(stop - start, (Piece(section, start, stop, 0),), False)
            continue
        at = aligned(end)
        gathered.append(Piece(section, 0, size, at))
        end = at + size
        if end >= cut.chunk:
            yield Extent(end, gathered, True)
            gathered, end = [], 0
    if gathered:
        yield Extent(end, gathered, True)


def aligned(offset: int, alignment: int = ALIGNMENT) -> int:
    """Return the first multiple of `alignment` from `offset` on."""
    return -(-offset // alignment) * alignment
