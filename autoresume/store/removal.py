"""Removing large files, without waiting for the room that they take.

A file that is open goes on without a name until it is closed, and giving its room back can take
long: 0.2 s for each GiB on a disk that is told of free blocks (`man 5 ext4`, discard). That is
left to a thread. Where the process ends first, however it does, the kernel closes the files; after
a crash of the machine the file system knows of files without a name.

Files are removed, not cut: who has mapped one, as a resumed run has, still reads it.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from autoresume.store import threads

_HOLD = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_NOFOLLOW | os.O_CLOEXEC
"""Nothing is done to the file, whatever it is: who may remove it need not be allowed to read it."""

_MOST = 16
"""Files that are held at a time, since a process can have few descriptors (1,024, mostly)."""

_held: dict[int, tuple[int, int]] = {}
"""Descriptors of files that go, and device and inode of each: programs close what is not theirs."""
_under_way = _thread.allocate_lock()


def remove(paths: Iterable[Path]) -> None:
    """Remove files, unless they are gone; see `wait` for their room. Raises: OSError."""
    wait()
    try:
        for path in paths:
            with suppress(FileNotFoundError, IsADirectoryError):
                _hold(path)
                path.unlink()
    finally:
        _give_back_later()


def wait() -> None:
    """Wait until what was removed takes no room any more."""
    with _under_way:
        pass


def _hold(path: Path) -> None:
    if len(_held) < _MOST:
        with suppress(OSError):  # then removing it takes its time
            descriptor = os.open(path, _HOLD)
            _held[descriptor] = _identity(descriptor)


def _identity(descriptor: int) -> tuple[int, int]:
    stat = os.fstat(descriptor)
    return stat.st_dev, stat.st_ino


def _give_back_later() -> None:
    global _under_way
    if not _held:
        return
    done = _thread.allocate_lock()
    done.acquire()
    try:
        threads.start(partial(_give_back, done))
    except RuntimeError:  # there are too many threads
        _give_back(done)
    # Not before the thread is there: a signal of the program's may come in between.
    _under_way = done


def _give_back(done: _thread.LockType) -> None:
    try:
        _close_all()
    finally:
        done.release()


def _close_all() -> None:
    for descriptor, identity in list(_held.items()):
        with suppress(OSError):
            if _identity(descriptor) == identity:
                os.close(descriptor)
        del _held[descriptor]


def _start_anew() -> None:
    """Let a forked child hold nothing: it may live long, and has no such thread."""
    global _under_way
    _close_all()
    _under_way = _thread.allocate_lock()


os.register_at_fork(after_in_child=_start_anew)
