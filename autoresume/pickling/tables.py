"""What the pickler needs to know about the program, and the program of the load in progress."""

from __future__ import annotations

from _thread import RLock, _local
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from autoresume.pickling.pickler import Pickler
else:
    Protocol = object

Reducer = Callable[["Any", "Pickler"], "Any"]
"""Takes an object and the pickler at work; returns what `object.__reduce_ex__` may return."""


class CodeTable(Protocol):
    """Names the code objects of a program by their place in its source."""

    @property
    def user_modules(self) -> Collection[str]:
        """The names of the modules whose globals, functions and classes are state."""

    def code_name(self, code: CodeType) -> tuple[Any, ...] | None:
        """Return a picklable name of `code`, or None if it is not from the user's source."""

    def code_for(self, name: tuple[Any, ...]) -> CodeType:
        """Return the code object of that name; raises SourceChanged if there is none."""


COMPILING = RLock()
"""Held while source is read: two threads at it make Python 3.11 fail."""

Call = tuple[Callable[..., None], tuple["Any", ...]]


class _Loads(_local):
    """The loads that are under way in a thread, the innermost last.

    Of each, the program, and what is to be called at its end.
    """

    def __init__(self) -> None:
        self.tables: list[CodeTable] = []
        self.ends: list[list[Call]] = []


_loads = _Loads()


def at_the_end(function: Callable[..., None], *args: Any) -> None:
    """Call `function` when all that is being loaded is there, and filled."""
    _loads.ends[-1].append((function, args))


@contextmanager
def loading_with(table: CodeTable) -> Iterator[None]:
    """Make `table` the one that `code_named` asks, for the time of a load."""
    _loads.tables.append(table)
    _loads.ends.append([])
    try:
        yield
        for function, args in _loads.ends[-1]:
            function(*args)
    finally:
        _loads.tables.pop()
        _loads.ends.pop()


def table_in_use() -> CodeTable:
    """Return the program that is being loaded."""
    return _loads.tables[-1]


def code_named(name: tuple[Any, ...]) -> CodeType:
    """Return the code object of that name in the program that is being loaded."""
    with COMPILING:
        return table_in_use().code_for(name)
