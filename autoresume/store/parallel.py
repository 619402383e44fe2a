"""Work that several threads share, for what releases the GIL: hashing, writing and reading."""

from __future__ import annotations

import _thread
import itertools
from collections.abc import Callable, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

THREADS = 2
"""One hashes and copies while the other waits for the disk."""


ROW = 32
"""Chunks, 4 MiB: what is read or written in a row should lie in a row and be one's work."""


def in_rows(chunks: Sequence[Any]) -> list[Any]:
    """Return slices of `ROW`."""
    return [chunks[n : n + ROW] for n in range(0, len(chunks), ROW)]


def in_parallel(works: Sequence[Callable[[Any], None]], items: Sequence[Any]) -> None:
    """Let each of `works` take items, one by one, until there are none; the first in this thread.

    Raises what the first failing work has raised, when all have ended.
    """
    # Bare threads: those of `threading` can be seen by the program, and count its names up.
    turns = itertools.count()
    errors: list[BaseException] = []

    def run(work: Callable[[Any], None]) -> None:
        try:
            while not errors and (turn := next(turns)) < len(items):
                work(items[turn])
        except BaseException as error:
            errors.append(error)

    def run_and_release(work: Callable[[Any], None], done: _thread.LockType) -> None:
        run(work)
        done.release()

    locks = []
    for work in works[1 : len(items)]:
        done = _thread.allocate_lock()
        done.acquire()
        _thread.start_new_thread(run_and_release, (work, done))
        locks.append(done)
    run(works[0])
    for done in locks:
        done.acquire()
    if errors:
        raise errors[0]
