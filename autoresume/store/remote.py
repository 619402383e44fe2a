"""A store at a URL: an object store, or the files of another machine, as fsspec reaches them."""

from __future__ import annotations

import _thread
import errno
import io
import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from autoresume.errors import StoreError
from autoresume.store.durable import TEMPORARY
from autoresume.store.filesystems import FileSystem, file_system, os_errors
from autoresume.store.leases import Lease
from autoresume.store.locations import without_password

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

_PART = 1 << 23
"""Bytes that are sent at once of a pack. S3 takes 10,000 parts, so a pack has up to 78 GiB."""


class RemotePlace:
    """The store at `url`; what the methods do and raise is said in `autoresume.store.places`.

    A file that is read and cannot be, though it may well be there, is a StoreError: it is not
    damaged, and the run must not go on from an older snapshot, or from its start.
    """

    readers = 8
    """Each has up to 8 MiB under way, and waits for the network most of the time."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __str__(self) -> str:
        return without_password(self._url)

    @property
    def can_share(self) -> bool:
        """Whether locks work here: there are none."""
        return False

    def make(self, folder: str) -> None:
        """Make a folder, where there are any."""
        with self.calling() as system:
            if system.renames:
                system.fs.makedirs(self._path(system, folder), exist_ok=True)

    def folders(self) -> list[str]:
        """Return the names of the folders; when they were changed is not known."""
        return sorted(name for name, entry in self._listed("") if entry["type"] == "directory")

    def lock(self, run: str) -> Lease:
        """Return the lock of a run."""
        return Lease(self, run)

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the files in a folder, and their sizes."""
        return {n: entry["size"] for n, entry in self._listed(folder) if entry["type"] == "file"}

    def open(self, name: str) -> BinaryIO:
        """Open a small file."""
        return io.BytesIO(self.read(name, 0, None))

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a small file that is new."""
        self.create(name, pieces)

    def create(self, name: str, pieces: Iterable[bytes], *, durable: bool = True) -> None:
        """Write a small file that must not be there. Raises: FileExistsError where one can tell.

        Where files are renamed, two that do this at the same time may both succeed.
        """
        content = b"".join(pieces)
        with self.calling() as system:
            path = self._path(system, name)
            if not system.renames:
                _put_new(system, path, content)
            elif system.fs.exists(path):
                raise FileExistsError(f"{name} is there already")
            else:
                _move_in(system, path, content)

    def overwrite(self, name: str, content: bytes) -> None:
        """Write a small file that may be there."""
        with self.calling() as system:
            path = self._path(system, name)
            if system.renames:
                _move_in(system, path, content)
            else:
                system.fs.pipe_file(path, content)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        for name in names:
            with suppress(FileNotFoundError), self.calling() as system:
                system.fs.rm_file(self._path(system, name))

    def remove_packs(self, names: Iterable[str]) -> None:
        """Remove packs."""
        self.remove(names)

    def wait_for_room(self) -> None:
        """What is removed takes no room."""

    def remove_folder(self, folder: str) -> None:
        """Remove a folder."""
        with suppress(OSError), self.calling() as system:
            system.fs.invalidate_cache()
            system.fs.rm(self._path(system, folder), recursive=True)

    def new_pack(self, name: str) -> RemotePackWriter:
        """Begin a pack."""
        self.make(name.rpartition("/")[0])
        return RemotePackWriter(self, name)

    def pack(self, name: str) -> RemotePack:
        """Open a pack."""
        return RemotePack(self, name)

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Nothing can be kept out here."""
        yield

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Nothing can be kept out here."""
        yield False

    def read(self, name: str, start: int, stop: int | None) -> bytes:
        """Return a part of a file, as far as it is there. Raises: FileNotFoundError, StoreError."""
        if start == stop:
            return b""  # there is no range that says so
        # Without a start, some would ask for the size beforehand.
        with self._reading(name), self.calling() as system:
            path = self._path(system, name)
            try:
                found: bytes = system.fs.cat_file(path, start=start, end=stop)
            except Exception:
                # Some refuse a range that begins behind the end.
                if system.fs.size(path) > start:
                    raise
                return b""
            if stop is not None and len(found) > stop - start:
                raise OSError("the server sends more than the part that it was asked for")
            return found

    def path(self, name: str) -> str:
        """Return where a file lies in the file system."""
        return self._path(file_system(self._url), name)

    @contextmanager
    def calling(self) -> Iterator[FileSystem]:
        """Give the file system for a call. Raises: OSError for all that goes wrong."""
        system = file_system(self._url)
        with os_errors(), system.turn:
            yield system

    def _path(self, system: FileSystem, name: str) -> str:
        return f"{system.root}/{name}".rstrip("/")

    def _listed(self, folder: str) -> list[tuple[str, dict[str, Any]]]:
        with self.calling() as system:
            system.fs.invalidate_cache()
            try:
                found = system.fs.ls(self._path(system, folder), detail=True)
            except FileNotFoundError:
                if system.renames:
                    raise
                return []  # a folder of an object store is there when something is in it
            return [(entry["name"].rstrip("/").rpartition("/")[2], entry) for entry in found]

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreError(f"cannot read {self}/{name}: {error.strerror}") from error


def _put_new(system: FileSystem, path: str, content: bytes) -> None:
    options = {"mode": "create"} if system.creates else {}
    try:
        system.fs.pipe_file(path, content, **options)
    except Exception as error:
        # A request that got no answer was repeated, perhaps, and found its own work.
        found = _content(system, path)
        if found == content:
            return
        if found is not None:
            raise FileExistsError("another process has written it") from error
        if getattr(error, "errno", None) != errno.ENOSYS:
            raise
        system.fs.pipe_file(path, content)  # the server does not know the condition


def _content(system: FileSystem, path: str) -> bytes | None:
    with suppress(Exception):
        content: bytes = system.fs.cat_file(path)
        return content
    return None


def _move_in(system: FileSystem, path: str, content: bytes) -> None:
    folder, _, name = path.rpartition("/")
    temporary = f"{folder}/.{name}{TEMPORARY}"
    try:
        system.fs.pipe_file(temporary, content)
        system.fs.mv(temporary, path)
    except BaseException:
        with suppress(Exception):
            system.fs.rm_file(temporary)
        raise


class RemotePackWriter:
    """A pack on its way; in an object store it appears when all of it is there."""

    def __init__(self, place: RemotePlace, name: str) -> None:
        self._place = place
        self._path = place.path(name)
        self._end = 0
        self._lock = _thread.allocate_lock()
        with place.calling() as system:
            self._file: Any = system.fs.open(self._path, "wb", block_size=_PART)
        # paramiko's files wait for an answer every 32 KiB, unless they are told to wait at the end.
        with suppress(AttributeError):
            self._file.set_pipelined()

    def write(self, block: memoryview) -> int:
        """Append a block."""
        with self._lock, self._place.calling():
            offset = self._end
            self._file.write(block)
            self._end += block.nbytes
        return offset

    def commit(self) -> None:
        """Let the pack be there."""
        with self._place.calling():
            self._file.close()

    def abandon(self) -> None:
        """Remove the pack."""
        # An unfinished upload is given up, else closing the file would finish it.
        for step in (self._discard, self._close, self._remove):
            with suppress(OSError), self._place.calling() as system:
                step(system)

    def _discard(self, system: FileSystem) -> None:
        self._file.discard()

    def _close(self, system: FileSystem) -> None:
        self._file.close()

    def _remove(self, system: FileSystem) -> None:
        system.fs.rm_file(self._path)


class RemotePack:
    """A pack to read."""

    mark = None
    can_map = False
    span = 1 << 22

    def __init__(self, place: RemotePlace, name: str) -> None:
        self._place = place
        self._name = name

    def read_into(self, view: memoryview, offset: int) -> int:
        """Fill a view."""
        found = self._place.read(self._name, offset, offset + view.nbytes)
        view[: len(found)] = found
        return len(found)

    def map_over(self, area: mmap.mmap, at: int, size: int, offset: int) -> bool:
        """Leave the area as it is."""
        return False

    def close(self) -> None:
        """Nothing is open."""
