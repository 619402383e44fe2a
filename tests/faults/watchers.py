"""Faults of a file system, as what becomes of system calls."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path
from typing import ClassVar

from tracing import Call, Cut, Kill, Refuse, Spoil, Verdict, Watcher

MARKS = 100
"""The descriptor to which a process tells each step that has ended."""

_WRITES = {"write", "pwrite64", "writev", "pwritev"}
_INTERRUPTED = {"read", "write", "pwrite64", "pread64", "fsync", "fdatasync"}
_BLOCK = 4096


class StoreWatcher(Watcher):
    """Sees the calls about the store; `blamed` is how many steps had ended at its last deed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._ended = 0
        self.calls = 0
        self.blamed = -1

    def entering(self, call: Call) -> Verdict:
        """Decide about the calls on the store, of which `calls` were made before."""
        if call.name == "write" and call.signed(0) == MARKS:
            self._ended += 1
        if not call.touches(self._root):
            return None
        verdict = self.decide(call)
        self.calls += 1
        if verdict is not None:
            self.blamed = self._ended
        return verdict

    def decide(self, call: Call) -> Verdict:
        """Decide about one of these; this one lets all of them pass."""
        return None


class KillAt(Watcher):
    """Kills the process at its call of any kind number `place`, and counts them."""

    def __init__(self, place: int) -> None:
        self._place = place
        self.calls = 0

    def entering(self, call: Call) -> Verdict:
        """Decide about a call."""
        self.calls += 1
        return Kill() if self.calls == self._place else None


class Outage(StoreWatcher):
    """Calls on the store fail from number `place` on, `length` of them."""

    def __init__(self, root: Path, place: int, length: int, number: int) -> None:
        super().__init__(root)
        self._range = range(place, place + length)
        self._errno = number

    def decide(self, call: Call) -> Verdict:
        """Decide about a call; what is closed is closed, whatever is said of it."""
        if self.calls not in self._range:
            return None
        if call.name == "fcntl" and self._errno == errno.EACCES:
            return None  # of a lock that means that another process has it
        return Spoil(self._errno) if call.name == "close" else Refuse(self._errno)


class FailingSync(StoreWatcher):
    """The sync number `place` fails."""

    def __init__(self, root: Path, place: int) -> None:
        super().__init__(root)
        self._place = place
        self.syncs = 0

    def decide(self, call: Call) -> Verdict:
        """Decide about a call."""
        if call.name not in ("fsync", "fdatasync"):
            return None
        self.syncs += 1
        return Refuse(errno.EIO) if self.syncs == self._place else None


class SmallDisk(StoreWatcher):
    """There is `room` for so many bytes; when that is gone and a step has failed, there is more."""

    def __init__(self, root: Path, room: int, number: int = errno.ENOSPC) -> None:
        super().__init__(root)
        self._room, self._errno = room, number
        self.written = 0

    def decide(self, call: Call) -> Verdict:
        """Decide about a call."""
        if call.name not in _WRITES or self._ended > self.blamed >= 0:
            return None
        size = call.arguments[2] if not call.name.endswith("v") else _BLOCK
        if (room := self._room - self.written) >= size:
            self.written += size
            return None
        self._room = self.written
        part = cut(call, room)
        return Refuse(self._errno) if part is None else part


class ShortWrites(StoreWatcher):
    """No write takes more than about half of what it is given."""

    def decide(self, call: Call) -> Verdict:
        """Decide about a call."""
        return cut(call, call.arguments[2] // 2) if call.name in _WRITES else None


class Interruptions(StoreWatcher):
    """Every call that a signal may interrupt is interrupted at first."""

    _last = ""

    def decide(self, call: Call) -> Verdict:
        """Decide about a call."""
        if call.name not in _INTERRUPTED or call.name == self._last:
            self._last = ""
            return None
        self._last = call.name
        return Refuse(errno.EINTR)


class NoDirectFiles(StoreWatcher):
    """A file system that cannot open a file with O_DIRECT."""

    def decide(self, call: Call) -> Verdict:
        """Decide about a call."""
        flags = call.arguments[2] if call.name == "openat" else 0
        return Refuse(errno.EINVAL) if flags & os.O_DIRECT else None


class NoDirectWrites(StoreWatcher):
    """One that opens it and then refuses to write."""

    def decide(self, call: Call) -> Verdict:
        """Decide about a call."""
        refused = call.name in _WRITES and call.file()[1] & os.O_DIRECT
        return Refuse(errno.EINVAL) if refused else None


class Rot(StoreWatcher):
    """A disk that has changed a file by itself: it has the times that it had before.

    `path`: the file; `status`: what `os.stat` said of it.
    """

    _BUFFERS: ClassVar = {"stat": 1, "lstat": 1, "fstat": 1, "newfstatat": 2}
    _TIMES = 88
    """Where `struct stat` has the time of the last change of the content, and of the file."""

    def __init__(self, path: Path, status: os.stat_result) -> None:
        super().__init__(path)
        moments = (status.st_mtime_ns, status.st_ctime_ns)
        self._times = struct.pack("4q", *(part for at in moments for part in divmod(at, 10**9)))
        self.hidden = 0

    def left(self, call: Call, result: int) -> None:
        """Put the times into what the call tells."""
        if call.name in self._BUFFERS and result == 0 and call.touches(self._root):
            address = call.arguments[self._BUFFERS[call.name]]
            call.change_memory(address + self._TIMES, self._times)
            self.hidden += 1


def cut(call: Call, count: int) -> Cut | None:
    """A shorter write of the same sort; None where there is none."""
    if call.name.endswith("v"):
        return None
    if call.file()[1] & os.O_DIRECT:
        count -= count % _BLOCK
    return Cut(count) if count else None
