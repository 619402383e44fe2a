"""Threads that the store has for itself: they are no part of the program, and it sees none.

They are bare threads, which `threading` does not know, and take no signals: one that came to such
a thread would not wake up the main one.
"""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

_lasting: set[int] = set()
_found: WeakSet[threading.Thread] = WeakSet()


def start(function: Callable[[], object]) -> int:
    """Run a function in a thread of its own, and return the ident of that. Raises: RuntimeError."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        return _thread.start_new_thread(function, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_lasting(function: Callable[[], object]) -> None:
    """Run a function that never ends in a thread of its own."""
    # Where it writes to a log after all, `threading` makes an object for it.
    _lasting.add(start(function))


@contextmanager
def taken_over() -> Iterator[None]:
    """Count the threads as ours that a library starts in this block; nobody else may start any."""
    before = set(threading.enumerate())
    yield
    _found.update(set(threading.enumerate()) - before)


def is_ours(thread: threading.Thread) -> bool:
    """Whether a thread is one of the store's."""
    return thread.ident in _lasting or thread in _found
