"""Locks, and what a thread has of its own. One thread runs when a snapshot is taken or loaded."""

from __future__ import annotations

import re
import threading
from _thread import LockType, RLock

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import queue
    from typing import Any

    from autoresume.pickling.pickler import Pickler


DRAWING = frozenset(
    {"tqdm._monitor.TMonitor", "rich.live._RefreshThread", "rich.progress._TrackThread"}
)
"""Threads that do no more than to bring what is shown up to date."""


def is_drawing(thread: threading.Thread) -> bool:
    """Whether a thread need not end before a boundary, since it can be started anew."""
    kind = type(thread)
    return f"{kind.__module__}.{kind.__qualname__}" in DRAWING


def reduce_lock(lock: LockType, pickler: Pickler) -> Any:
    """Reduce a lock to whether it is locked."""
    return make_lock, (lock.locked(),)


def make_lock(locked: bool) -> LockType:
    """Make a lock in that state."""
    lock = threading.Lock()
    if locked:
        lock.acquire()
    return lock


def reduce_rlock(lock: RLock, pickler: Pickler) -> Any:
    """Reduce a re-entrant lock to how often the main thread holds it."""
    found = re.search(r"owner=(\d+) count=(\d+)", repr(lock))
    owner, count = map(int, found.groups()) if found else (0, 0)
    if owner in {thread.ident for thread in filter(is_drawing, threading.enumerate())}:
        count = 0
    elif count and owner != threading.get_ident():
        raise Unsaveable("a lock held by another thread; end the thread before the loop goes on")
    return make_rlock, (count,)


def make_rlock(count: int) -> RLock:
    """Make a re-entrant lock that this thread holds `count` times."""
    lock = RLock()
    for _ in range(count):
        lock.acquire()
    return lock


def reduce_local(local: threading.local, pickler: Pickler) -> Any:
    """Reduce thread-local data to what this thread sees of it."""
    return make_local, (type(local),), vars(local), None, None, set_local


def make_local(cls: type[threading.local]) -> threading.local:
    """Make thread-local data without running `__init__` a second time."""
    return threading.local.__new__(cls)


def set_local(local: threading.local, state: dict[str, Any]) -> None:
    """Fill the thread-local data of this thread."""
    vars(local).update(state)


def reduce_simple_queue(simple: queue.SimpleQueue[Any], pickler: Pickler) -> Any:
    """Reduce a SimpleQueue to its items, which can only be read by taking them out."""
    items = [simple.get_nowait() for _ in range(simple.qsize())]
    for item in items:
        simple.put(item)
    return type(simple), (), items, None, None, fill_queue


def fill_queue(simple: queue.SimpleQueue[Any], items: list[Any]) -> None:
    """Put items into a queue."""
    for item in items:
        simple.put(item)


def reduce_queue(waiting: queue.Queue[Any], pickler: Pickler) -> Any:
    """Reduce a queue to its attributes, of which Python 3.13 has one more than others."""
    return make_queue, (type(waiting),), vars(waiting), None, None, set_queue


def make_queue(cls: type[queue.Queue[Any]]) -> queue.Queue[Any]:
    """Make a queue without attributes."""
    return cls.__new__(cls)


def set_queue(waiting: queue.Queue[Any], attributes: dict[str, Any]) -> None:
    """Give a queue its attributes."""
    vars(waiting).update({"is_shutdown": False} | attributes)


def reduce_main_thread(thread: threading.Thread, pickler: Pickler) -> Any:
    """Reduce the main thread to that of the new process."""
    return threading.main_thread, ()


REDUCERS: dict[type, Reducer] = {
    LockType: reduce_lock,
    RLock: reduce_rlock,
    type(threading.main_thread()): reduce_main_thread,
}
FAMILIES: list[tuple[type, Reducer]] = [(threading.local, reduce_local)]
