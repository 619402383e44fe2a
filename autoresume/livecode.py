"""The code of a program that runs as it stands, for the pickler.

Here the user modules are loaded from their source in the ordinary way before a snapshot is. Their
functions and classes are saved by name and found again by name. A function without a name of that
kind, a lambda or one made inside another function, is a value whose code has a place in the source.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from autoresume.errors import SourceChanged

_NOWHERE = object()


class LiveCode:
    """The code of the user modules ``user_modules`` of a running program, and its state object.

    ``state`` is the object that loading fills in place, so that references to it stay what they
    are; None where the state is the globals of a module.
    """

    def __init__(self, user_modules: Collection[str], state: object = None) -> None:
        self.user_modules = user_modules
        self._state = state

    def code_name(self, code: CodeType) -> tuple[Any, ...] | None:
        """Return the place of ``code`` in the source of a user module, or None."""
        for module in self.user_modules:
            for place, found in _codes(module).items():
                if found == code:
                    return (module, *place)
        return None

    def code_for(self, name: tuple[Any, ...]) -> CodeType:
        """Return the code that stands at a place. Raises: SourceChanged."""
        module, *place = name
        code = _codes(module).get((place[0], place[1]))
        if code is None:
            raise SourceChanged(
                f"the function {place[0]} of a snapshot is not in {module} any more"
            )
        return code

    def reference(self, value: object) -> tuple[str, ...] | None:
        """Return a name for the state object, or for a function or class of a user module."""
        if self._state is not None and value is self._state:
            return ()
        if isinstance(value, FunctionType | type) and value.__module__ in self.user_modules:
            name = (value.__module__, value.__qualname__)
            return name if _find(*name) is value else None
        return None

    def resolve(self, name: tuple[str, ...]) -> object:
        """Return what has the name that ``reference`` gave. Raises: SourceChanged."""
        if not name:
            return self._state
        value = _find(*name)
        if value is _NOWHERE:
            raise SourceChanged(f"{name[0]}.{name[1]}, which a snapshot refers to, is not there")
        return value


def _find(module: str, qualname: str) -> object:
    try:
        return attrgetter(qualname)(sys.modules[module])
    except (AttributeError, KeyError):
        return _NOWHERE


@cache
def _codes(module: str) -> dict[tuple[str, int], CodeType]:
    """Return all code objects of a module by qualified name and number among those with it."""
    filename = getattr(sys.modules[module], "__file__", None)
    if filename is None:
        return {}
    codes: dict[tuple[str, int], CodeType] = {}
    for code in _walk(compile(Path(filename).read_bytes(), filename, "exec", dont_inherit=True)):
        number = sum(name == code.co_qualname for name, _ in codes)
        codes[code.co_qualname, number] = code
    return codes


def _walk(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _walk(constant)
