"""Code objects, as they lie in each other; without the tree they were compiled from."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType

_SEEN_THROUGH = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_INLINED = ("<listcomp>.", "<setcomp>.", "<dictcomp>.")
"""What Python 3.12 has no code for."""


def all_codes(code: CodeType) -> Iterator[CodeType]:
    """``code`` and all code objects below it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_codes(constant)


def plain_qualname(code: CodeType) -> str:
    """The qualified name without the comprehensions that Python 3.12 has no code for."""
    name = code.co_qualname
    if "comp>." in name:
        for part in _INLINED:
            name = name.replace(part, "")
    return name


def in_source_order(group: list[CodeType]) -> list[CodeType]:
    """Sort code objects of one qualified name by their place in the source."""
    return sorted(group, key=code_start) if len(group) > 1 else group


def is_seen_through(code: CodeType) -> bool:
    """Whether ``code`` belongs to a comprehension or a generic-parameter scope."""
    return code.co_name in _SEEN_THROUGH or code.co_name.startswith("<generic parameters")


def code_start(code: CodeType) -> tuple[int, int, int]:
    """First line, then line and column of the first expression: a place in the source."""
    places = [
        (line, column)
        for line, end_line, column, end_column in code.co_positions()
        if line is not None and column is not None and (line, column) != (end_line, end_column)
    ]
    return code.co_firstlineno, *min(places, default=(code.co_firstlineno, 0))
