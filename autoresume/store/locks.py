"""One process at a time works on a run.

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
from datetime import datetime
from pathlib import Path

from autoresume.errors import RunLocked, StoreError

# Real path of each lock file that a process holds, and that process. The kernel would grant a
# process its own lock twice, and drop it at the first release.
_holders: dict[str, int] = {}


class RunLock:
    """The lock of the run called `run` in messages, on the file `path`; not for several threads."""

    def __init__(self, path: Path, run: str) -> None:
        self._path = path
        self._run = run
        self._descriptor = -1
        self._owner = 0

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

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            raise RunLocked(f"run {self._run} is in progress: {_holder(descriptor)}") from None
        if not _is_at(descriptor, self._path):
            raise StoreError(f"{self._path.parent} was removed while a run was using it")


def _sign(descriptor: int) -> None:
    holder = {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "since": datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
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
