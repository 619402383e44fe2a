"""One process at a time works on a run, as far as the kernel's locks reach.

A POSIX record lock, for what it does not do: it outlives neither its process, however that dies,
nor is it handed to forked children, which may live on as orphans. Its price is that it is lost
when the process closes any descriptor of the lock file (`man 2 fcntl`); a script that copies its
folder does that, so the lock is taken again before each use.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from autoresume.errors import RunLocked, StoreError

# Real path of each lock file that a process holds, and that process. The kernel would grant a
# process its own lock twice, and drop it at the first release.
_holders: dict[str, int] = {}

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})

_OCTAL = re.compile(rb"\\(\d{3})")
"""How /proc/self/mountinfo writes spaces and the like (`man 5 proc_pid_mountinfo`)."""

# File systems whose files no other machine can reach but by asking this one.
OF_ONE_MACHINE = frozenset(
    {"bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs"}
    | {"reiserfs", "tmpfs", "vfat", "xfs", "zfs"}
)


class RunLock:
    """The lock of the run called `run` in messages, on the file `path`; not for several threads.

    Where the file system has no locks, it keeps out nobody but this process itself.
    """

    def __init__(self, path: Path, run: str) -> None:
        self._path = path
        self._run = run
        self._descriptor = -1
        self._owner = 0
        self._works = False

    @property
    def held(self) -> bool:
        """Whether this process, not one that it was forked from, took the lock."""
        return self._owner == os.getpid()

    def acquire(self) -> None:
        """Take the lock, or make sure of it where it is held.

        Raises: RunLocked naming the holder; StoreError when the lock file was removed; OSError.
        """
        if self.held:
            self._take(self._descriptor)
            return
        real = os.path.realpath(self._path)
        if _holders.get(real) == os.getpid():
            raise RunLocked(f"run {self._run} is in progress: in this process, {os.getpid()}")
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take(descriptor)
            _sign(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._owner = _holders[real] = os.getpid()

    def release(self) -> None:
        """Give the lock back, if this process has it. Raises: OSError."""
        if not self.held:
            return
        self._owner = 0
        del _holders[os.path.realpath(self._path)]
        os.close(self._descriptor)

    @property
    def reach(self) -> str | None:
        """The lock that is held: another process with the same value must have lost its own.

        None where there are no locks. On a file system of one machine it is the same after the
        machine was started again.
        """
        if not self._works:
            return None
        status = os.fstat(self._descriptor)
        if self.reaches_all:
            return f"file {status.st_ino}"
        return f"file {status.st_ino} of {status.st_dev} since {boot_id()}"

    @property
    def reaches_all(self) -> bool:
        """Whether nobody can come to the file but by asking the kernel that gave the lock."""
        return self._works and self._is_of_one_machine

    @cached_property
    def _is_of_one_machine(self) -> bool:
        return is_of_one_machine(self._path)

    def _take(self, descriptor: int) -> None:
        self._works = True
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise RunLocked(f"run {self._run} is in progress: {_holder(descriptor)}") from None
            if error.errno not in _NO_LOCKS:
                raise
            self._works = False
        if not _is_at(descriptor, self._path):
            raise StoreError(f"{self._path.parent} was removed while a run was using it")


def _sign(descriptor: int) -> None:
    holder = {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "since": time.strftime("%Y-%m-%d %H:%M:%S%z"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        # The holder is between taking the lock and writing its name.
        return "another process has just started on it"


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def boot_id() -> str:
    """Return what names this start of this machine, or the machine where nothing names that."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"of {os.uname().nodename}"


def is_of_one_machine(path: Path) -> bool:
    """Whether no other machine can reach a file but by asking this one."""
    return file_system(path) in OF_ONE_MACHINE


def file_system(path: Path) -> str:
    """Return the kind of the file system that a file is on; '' where the system does not tell."""
    name = os.fsencode(os.path.realpath(path))
    longest, found = 0, b""
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_bytes().splitlines():
            mount, _, kind = line.partition(b" - ")
            point = _OCTAL.sub(lambda code: bytes([int(code[1], 8)]), mount.split()[4])
            folder = point.rstrip(b"/") + b"/"
            # Of several mounts at one place, the last one is seen.
            if name.startswith(folder) and len(folder) >= longest:
                longest, found = len(folder), kind.split()[0]
    return found.decode()
