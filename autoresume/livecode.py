"""The code of a program that runs as it stands, for the pickler.

Here the user modules are loaded from their source in the ordinary way before a snapshot is. Their
functions and classes are saved by name and found again by name. A function without a name of that
kind, a lambda or one made inside another function, is a value whose code has a place in the source.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType

from autoresume.errors import SourceChanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LiveCode:
    """The code of ``modules``, names of modules of a running program."""

    user_modules: Collection[str] = ()
    """None: the pickler saves what it finds by name in any other module by that name."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._modules = list(dict.fromkeys(modules))

    def code_name(self, code: CodeType) -> tuple[Any, ...] | None:
        """Return the place of ``code`` in the source of a module, or None."""
        for module in self._modules:
            for place, found in _codes(module).items():
                if found == code:
                    return (module, *place)
        return None

    def code_for(self, name: tuple[Any, ...]) -> CodeType:
        """Return the code that stands at a place. Raises: SourceChanged."""
        module, *place = name
        code = _codes(module).get(tuple(place))
        if code is None:
            raise SourceChanged(f"{place[0]} in {module}, which a snapshot uses, is not there now")
        return code


@cache
def _codes(module: str) -> dict[tuple[Any, ...], CodeType]:
    """Return the code objects of a module by qualified name, and which of how many with that."""
    filename = getattr(sys.modules[module], "__file__", None)
    if filename is None:
        return {}
    groups: dict[str, list[CodeType]] = {}
    for code in _walk(compile(Path(filename).read_bytes(), filename, "exec", dont_inherit=True)):
        groups.setdefault(code.co_qualname, []).append(code)
    return {
        (qualname, index, len(group)): code
        for qualname, group in groups.items()
        for index, code in enumerate(group)
    }


def _walk(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _walk(constant)
