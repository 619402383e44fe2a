"""Room for pickle to follow objects as deep as a program nests them.

The pickler of C calls itself for what an object holds. A list of 100,000 nodes, each with the next
one, needs more than the stack of a process, and more calls than Python lets C make. Here a dump
that has come to that end is made again on a stack of its own, in the same thread, so that locks,
contexts and the data of the thread are what they are.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")


SIZES = [4 << 30, 1 << 30, 1 << 28]
"""Bytes to ask for; what is not touched takes no memory, but may count against a limit."""

A_CALL = 4096
"""Bytes of stack for a call of C that Python counts; pickle needs about 200."""

SHALLOW = 20_000
"""Calls of pickle that an ordinary stack has room for."""

CONTEXT = 1 << 14
"""Bytes, more than enough, of a `ucontext_t`."""

WORDS = 48
"""Beginning of a `PyThreadState`, in words of 4 bytes, where the counts of calls are."""

MOST_OF_C = 10_000
"""Calls of C that Python 3.12 and 3.13 allow."""

NO_RESERVE = 0x4000
"""MAP_NORESERVE of Linux, for which Python 3.11 has no name."""

FLAGS = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_STACK | NO_RESERVE
LIBC = ctypes.PyDLL(None)


def deeply(call: Callable[[], T]) -> T:
    """Return what `call` returns; on a larger stack if it ends with a RecursionError."""
    with python_calls(max(sys.getrecursionlimit() + 1000, SHALLOW)):
        try:
            return call()
        except RecursionError:
            if not is_known():
                raise
    return on_large_stack(call)


@cache
def is_known() -> bool:
    """Tell whether this system and this Python are such that stacks can be changed."""
    known = sys.version_info < (3, 12) or counter() is not None
    return known and sys.platform == "linux" and hasattr(LIBC, "makecontext")


def on_large_stack(call: Callable[[], T]) -> T:
    """Return what `call` returns, which may go as deep as a stack of gigabytes lets it."""
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    with large_stack() as stack, calls(len(stack) // A_CALL):
        switch(stack, body)
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def large_stack() -> Iterator[mmap.mmap]:
    """Give the largest stack that there is room for."""
    for size in SIZES:
        try:
            stack = mmap.mmap(-1, size, flags=FLAGS)
        except OSError:
            continue
        with stack:
            yield stack
        return
    raise RecursionError("no room for a larger stack")


def switch(stack: mmap.mmap, body: Callable[[], None]) -> None:
    """Call `body` on another stack, by makecontext and swapcontext of POSIX.1-2001.

    The lowest page is closed, so that what goes too deep ends the process and overwrites nothing.
    """
    start = ctypes.addressof(ctypes.c_char.from_buffer(stack))
    LIBC.mprotect(ctypes.c_void_p(start), mmap.PAGESIZE, 0)
    here, there = (ctypes.create_string_buffer(CONTEXT) for _ in range(2))
    entry = ctypes.PYFUNCTYPE(None)(body)
    LIBC.getcontext(there)
    fields = Context.from_buffer(there)
    fields.link = ctypes.addressof(here)
    fields.start = start
    fields.size = len(stack)
    LIBC.makecontext(there, entry, 0)
    LIBC.swapcontext(here, there)


class Context(ctypes.Structure):
    """How a `ucontext_t` begins: flags, where to go on at the end, and a `stack_t`."""

    _fields_ = (
        ("flags", ctypes.c_ulong),
        ("link", ctypes.c_void_p),
        ("start", ctypes.c_void_p),
        ("stack_flags", ctypes.c_int),
        ("size", ctypes.c_size_t),
    )


@contextmanager
def calls(limit: int) -> Iterator[None]:
    """Let pickle call itself that often, before Python says that it goes too deep."""
    if sys.version_info < (3, 12):
        with python_calls(limit):
            yield
        return
    left = counter()
    assert left is not None
    before, left.value = left.value, limit
    try:
        yield
    finally:
        left.value = before


@contextmanager
def python_calls(limit: int) -> Iterator[None]:
    """Let calls go that deep; before Python 3.12, those of C are counted among them."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def counter() -> ctypes.c_int | None:
    """Return how many calls of C are left to this thread, to read and write.

    They are counted in the `PyThreadState` (Include/cpython/pystate.h of 3.12 and 3.13), right
    behind the limit of Python, which is recognized by changing it.
    """
    state = ctypes.pythonapi.PyThreadState_Get
    state.restype = ctypes.c_void_p
    words = (ctypes.c_int * WORDS).from_address(state())
    limit = sys.getrecursionlimit()
    before = list(words)
    with python_calls(limit + 1):
        after = list(words)
    for place, changed in enumerate(zip(before, after, strict=True)):
        if changed == (limit, limit + 1) and 0 < before[place + 1] <= MOST_OF_C:
            return ctypes.c_int.from_buffer(words, (place + 1) * ctypes.sizeof(ctypes.c_int))
    return None
