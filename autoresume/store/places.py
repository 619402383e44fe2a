"""What a store needs of the place where its files lie: a folder, or what serves as one.

Names are relative to the store and have slashes: `RUN/0001-00000007.snapshot`, `packs/….pack`.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

from autoresume.store.format import Mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol
else:
    Protocol = object

PAGE = 4096
"""Blocks of a pack, and chunks that can be mapped, start at multiples of this; as offsets of maps
must, and writes past the page cache (`man 2 open`, O_DIRECT)."""


class Files(Protocol):
    """What small files are read from."""

    def __str__(self) -> str:
        """Return the path or URL, for messages."""

    def open(self, name: str) -> BinaryIO:
        """Open a small file. Raises: OSError; DamagedError where it is not to be read."""


class PackWriter(Protocol):
    """A new pack; several threads may write to it."""

    def write(self, block: memoryview) -> int:
        """Append a block, page-aligned in memory and size; return its offset. Raises: OSError."""

    def commit(self) -> Mark | None:
        """Make the pack durable under its name; return its mark, see `PackReader`.

        Raises: OSError.
        """

    def abandon(self) -> None:
        """Let go of it, and remove it where that can be done."""


class PackReader(Protocol):
    """A pack that is there; several threads may read it."""

    @property
    def mark(self) -> Mark | None:
        """What changes when anybody writes to the pack, or copies it; None where nothing does."""

    @property
    def can_map(self) -> bool:
        """Whether `map_over` is worth a try."""

    @property
    def span(self) -> int:
        """Up to how many bytes should be read at once, where they lie together."""

    def read_into(self, view: memoryview, offset: int) -> int:
        """Fill `view` with the bytes at `offset`; return how many there were. Raises: OSError."""

    def map_over(self, area: mmap.mmap, at: int, size: int, offset: int) -> bool:
        """Put `size` bytes at `offset` into `area` at `at`, private, writable and not copied.

        Returns whether that could be done; otherwise nothing has changed.
        """

    def close(self) -> None:
        """Let go of it; what was mapped stays."""


class Lock(Protocol):
    """What keeps other processes off a run."""

    @property
    def held(self) -> bool:
        """Whether this process, not one that it was forked from, took the lock."""

    def acquire(self) -> None:
        """Take the lock, or make sure of it where it is held.

        Raises: RunLocked naming the holder; StoreError where the store is gone; OSError.
        """

    def release(self) -> None:
        """Give the lock back, if this process has it. Raises: OSError."""


class Place(Protocol):
    """A folder, or what serves as one. Not for several threads at once."""

    def __str__(self) -> str:
        """Return the path or URL, for messages."""

    @property
    def can_share(self) -> bool:
        """Whether runs can use each other's packs: `sharing` and `alone` keep processes apart."""

    @property
    def readers(self) -> int:
        """How many threads should read at the same time."""

    def make(self, folder: str) -> None:
        """Make a folder, for its owner only, unless it is there. Raises: OSError."""

    def folders(self) -> list[str]:
        """Return the names of the folders, the last changed first. Raises: OSError."""

    def lock(self, run: str) -> Lock:
        """Return the lock of a run, which has a folder."""

    def sizes(self, folder: str) -> Mapping[str, int]:
        """Return the names of the files in a folder, and their sizes in bytes. Raises: OSError."""

    def open(self, name: str) -> BinaryIO:
        """Open a small file. Raises: OSError."""

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a small file that is new: whole and durable, or not there. Raises: OSError."""

    def create(self, name: str, pieces: Iterable[bytes], *, durable: bool = True) -> None:
        """Write a small file that is new: whole, or not at all; durable where that is asked for.

        Of several processes one succeeds. Raises: FileExistsError where there is a file of this
        name; OSError.
        """

    def overwrite(self, name: str, content: bytes) -> None:
        """Put as many bytes in the place of what a small file holds; this need not be durable.

        Who reads it meanwhile may see a part of it. Raises: FileNotFoundError, where the place can
        tell; OSError.
        """

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, unless they are gone. Raises: OSError."""

    def remove_packs(self, names: Iterable[str]) -> None:
        """Remove packs, unless they are gone. Raises: OSError.

        They may take room until `wait_for_room` has returned, as may what is written next.
        """

    def wait_for_room(self) -> None:
        """Wait until packs that were removed take no room. What writes to the place does that."""

    def remove_folder(self, folder: str) -> None:
        """Remove a folder with what is in it, as far as that can be done."""

    def new_pack(self, name: str) -> PackWriter:
        """Begin a pack. Raises: OSError."""

    def pack(self, name: str) -> PackReader:
        """Open a pack. Raises: OSError."""

    def sharing(self) -> AbstractContextManager[None]:
        """Keep every process out of `alone`. Raises: OSError."""

    def alone(self) -> AbstractContextManager[bool]:
        """Keep every process out of `sharing`, unless one is in it: then the value is False."""
