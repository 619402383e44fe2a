"""Calls of our own on top of the program's, which may have come near to the recursion limit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ROOM = 20_000 if sys.version_info >= (3, 12) else 3_000
"""Calls beyond the limit. Before Python 3.12 those of C count, and need a stack of 8 MiB."""

_given = 0


def limit() -> int:
    """Return the recursion limit as the program knows it."""
    return sys.getrecursionlimit() - _given


@contextmanager
def room() -> Iterator[None]:
    """Have room for calls in this: of a capture, and of passes over deeply nested source."""
    global _given
    before, given_before = sys.getrecursionlimit(), _given
    sys.setrecursionlimit(before + _ROOM)
    _given += _ROOM
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        _given = given_before
