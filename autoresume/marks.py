"""Marks that are calls. Under plain ``python`` they do nothing; the compiler knows them by name."""

from __future__ import annotations

from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Items = TypeVar("Items")


WRAPPERS: set[CodeType] = set()
"""Code of wrappers that do nothing but call what they wrap, with the arguments they get."""

in_command = False
"""Whether the process is a run of ``python -m autoresume``, whose root is the script."""


def checkpoint() -> None:
    """Let a snapshot be taken here, between two statements, if one is due.

    It has to be a statement of its own. Under plain ``python`` it does nothing.
    """


def loop(iterable: Items) -> Items:
    """Mark the loop ``for x in autoresume.loop(xs):``, as ``# checkpoint`` behind it would.

    It has to be all that a ``for`` statement goes over. Returns ``iterable`` itself, so an
    iteration costs nothing under plain ``python``.
    """
    return iterable
