"""A store in a folder of this machine, or one that is mounted here."""

from __future__ import annotations

import _thread
import ctypes
import errno
import fcntl
import mmap
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path

from autoresume.store.durable import creating, make_private_folder, replacing, sync_folder
from autoresume.store.format import Mark
from autoresume.store.leases import Lease
from autoresume.store.locks import RunLock, file_system, is_of_one_machine
from autoresume.store.parallel import THREADS
from autoresume.store.privacy import check_folder, check_owner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

_LOCK = "lock"
_MAP_FIXED = 0x10
"""The same on Linux, macOS and the BSDs."""
_WORTH_WAITING = 1 << 26
"""Bytes of a pack for which to wait a tick: at a resume it saves reading them beforehand."""
_DIRECT: int = getattr(os, "O_DIRECT", 0)
_MOST_AHEAD = 1 << 27
"""At most so many bytes are allotted to a pack before they are written."""


class LocalPlace:
    """The folder `root`; what the methods do and raise is said in `autoresume.store.places`.

    With `private`, folders and files are refused that others could have written.
    """

    readers = THREADS

    def __init__(self, root: Path, *, private: bool = True) -> None:
        self._root = root
        self._is_private = private
        self._has_removed = False

    def __str__(self) -> str:
        return str(self._root)

    @property
    def can_share(self) -> bool:
        """Whether locks work here, and are heard of by all who can reach the folder."""
        try:
            with self._locked(fcntl.LOCK_SH):
                return is_of_one_machine(self._root)
        except OSError:
            return False

    @cached_property
    def _file_system(self) -> str:
        return file_system(self._root)

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        return self._root / name

    def make(self, folder: str) -> None:
        """Make a folder."""
        made = self._root / folder
        make_private_folder(made)
        if self._is_private:
            check_folder(made)
        if not os.access(made, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"{made} is not writable")

    def folders(self) -> list[str]:
        """Return the names of the folders."""
        found = self._entries("", lambda entry: entry.is_dir())
        return sorted(found, key=lambda name: found[name].st_mtime, reverse=True)

    def lock(self, run: str) -> Lease:
        """Return the lock of a run: the kernel's, and a lease, which other machines see, too."""
        return Lease(self, run, RunLock(self.path(f"{run}/lock"), run))

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the files in a folder, and their sizes."""
        return {name: stat.st_size for name, stat in self._entries(folder).items()}

    def open(self, name: str) -> BinaryIO:
        """Open a small file."""
        file = self.path(name).open("rb")
        self._check(file.fileno(), file.close)
        return file

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a small file."""
        self.wait_for_room()
        with replacing(self.path(name)) as file:
            file.writelines(pieces)

    def create(self, name: str, pieces: Iterable[bytes], *, durable: bool = True) -> None:
        """Write a small file that is new."""
        self.wait_for_room()
        with creating(self.path(name), durable=durable) as file:
            file.writelines(pieces)

    def overwrite(self, name: str, content: bytes) -> None:
        """Put as many bytes in the place of what a small file holds."""
        descriptor = os.open(self.path(name), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(descriptor, content, 0)
        finally:
            os.close(descriptor)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        for name in names:
            with suppress(IsADirectoryError):  # nobody's work but a careless hand's
                self.path(name).unlink(missing_ok=True)

    def remove_packs(self, names: Iterable[str]) -> None:
        """Remove packs."""
        if paths := [self.path(name) for name in names]:
            from autoresume.store import removal  # a short run has nothing to remove

            self._has_removed = True
            removal.remove(paths)

    def wait_for_room(self) -> None:
        """Wait until packs that were removed take no room."""
        if self._has_removed:
            from autoresume.store import removal

            removal.wait()

    def remove_folder(self, folder: str) -> None:
        """Remove a folder."""
        from shutil import rmtree  # which imports all kinds of compression

        rmtree(self.path(folder), ignore_errors=True)

    def new_pack(self, name: str) -> LocalPackWriter:
        """Begin a pack, in a folder that is made for it."""
        self.wait_for_room()
        if not self.path(name).parent.is_dir():
            self.make(str(Path(name).parent))
        return LocalPackWriter(self.path(name), self._file_system)

    def pack(self, name: str) -> LocalPack:
        """Open a pack."""
        pack = LocalPack(self.path(name))
        self._check(pack.descriptor, pack.close)
        return pack

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Keep every process out of `alone`."""
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep every process out of `sharing`, unless one is in it."""
        try:
            with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield True
        except BlockingIOError:
            yield False

    def _check(self, descriptor: int, close: Callable[[], None]) -> None:
        if self._is_private:
            try:
                check_owner(descriptor)
            except BaseException:
                close()
                raise

    def _entries(
        self, folder: str, matters: Callable[[os.DirEntry[str]], bool] = bool
    ) -> dict[str, os.stat_result]:
        found = {}
        with os.scandir(self.path(folder)) as entries:
            for entry in filter(matters, entries):
                # Other processes remove files of their runs at any time.
                with suppress(FileNotFoundError):
                    found[entry.name] = entry.stat()
        return found

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        descriptor = os.open(self.path(_LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)


class LocalPackWriter:
    """A pack being written, past the page cache where the file system lets us.

    That is as fast as the disk, takes no memory, and leaves what the program has in the cache.
    """

    def __init__(self, path: Path, system: str = "") -> None:
        self._path = path
        self._system = system
        self._end = 0
        self._allotted = 0
        self._lock = _thread.allocate_lock()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            self._descriptor = os.open(path, flags | _DIRECT, 0o600)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._descriptor = os.open(path, flags, 0o600)

    def write(self, block: memoryview) -> int:
        """Append a block."""
        with self._lock:
            offset = self._end
            self._end += block.nbytes
            if offset and self._end > self._allotted:
                self._allot()
        at = offset
        while block.nbytes:
            written = self._written(block, at)
            block, at = block[written:], at + written
        return offset

    def _written(self, block: memoryview, offset: int) -> int:
        try:
            return os.pwrite(self._descriptor, block, offset)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            # The file system takes such writes in other sizes only, or not at all. A short write
            # may also leave the rest unaligned. Another thread may have found out already.
            flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags & ~_DIRECT)
            return os.pwrite(self._descriptor, block, offset)

    def _allot(self) -> None:
        """Have room for as much again, where the file system can do that.

        Past the cache, writes that make a file longer wait for each other.
        """
        self._allotted = self._end + min(self._end, _MOST_AHEAD)
        if self._is_direct():
            _allocate()(self._descriptor, 0, 0, self._allotted)

    def _is_direct(self) -> bool:
        return bool(fcntl.fcntl(self._descriptor, fcntl.F_GETFL) & _DIRECT)

    def commit(self) -> Mark | None:
        """Make the pack durable."""
        from autoresume.store.stamps import TICK, is_settled  # a small state needs no pack

        try:
            # Changed twice and looked at before, it has a time of its own, where there are such.
            for _ in range(2):
                os.fstat(self._descriptor)
                os.ftruncate(self._descriptor, self._end)
            os.fsync(self._descriptor)
            sync_folder(self._path.parent)
            mark = _mark(self._descriptor)
        finally:
            os.close(self._descriptor)
        patience = time.monotonic_ns() + (TICK if self._end >= _WORTH_WAITING else 0)
        while not (is_sure := is_settled(mark[-1], self._system)):
            if time.monotonic_ns() >= patience:
                break
            time.sleep(1e-3)
        return mark if is_sure else None

    def abandon(self) -> None:
        """Remove the pack."""
        with suppress(OSError):
            os.close(self._descriptor)
        with suppress(OSError):
            self._path.unlink()


class LocalPack:
    """A pack to read."""

    can_map = True
    span = 1 << 18
    # Then what was read is in the cache of the processor still when it is hashed and copied.

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    @property
    def mark(self) -> Mark:
        """What changes with the file."""
        return _mark(self.descriptor)

    def read_into(self, view: memoryview, offset: int) -> int:
        """Fill a view."""
        done = 0
        while done < view.nbytes:
            count = os.preadv(self.descriptor, [view[done:]], offset + done)
            if not count:
                break
            done += count
        return done

    def map_over(self, area: mmap.mmap, at: int, size: int, offset: int) -> bool:
        """Put bytes of the pack into an area."""
        start = _address_of(area) + at
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        flags = mmap.MAP_PRIVATE | _MAP_FIXED
        found = _map()(start, size, protection, flags, self.descriptor, offset)
        return bool(found == start)

    def close(self) -> None:
        """Let go of it."""
        os.close(self.descriptor)


def _mark(descriptor: int) -> Mark:
    """Return what no program can keep as it is when it changes a file: above all its ctime."""
    stat = os.fstat(descriptor)
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _address_of(area: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(area))


@cache
def _allocate() -> Any:
    """Linux's `fallocate`; where it can not do it, Python's `os.posix_fallocate` writes zeros."""
    function: Any = getattr(ctypes.CDLL(None), "fallocate", lambda *_: -1)
    function.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return function


@cache
def _map() -> Any:
    """The function `mmap` of the C library: Python's own cannot map to a given address."""
    function = ctypes.CDLL(None, use_errno=True).mmap
    size, number = ctypes.c_size_t, ctypes.c_int
    function.argtypes = [ctypes.c_void_p, size, number, number, number, ctypes.c_int64]
    function.restype = ctypes.c_void_p
    return function
