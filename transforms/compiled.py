"""A module as the program runs it.

Of the analysis of a module an `Outline` is kept, which is plain data and can be stored, so that a
module that has been compiled before needs no pass. What is to be known of a function, to resume a
frame of it for example, is found out by `autoresume.transforms.excerpts` when somebody asks.
"""

from __future__ import annotations

import marshal
from functools import cached_property
from types import CodeType

from .names import Names, names_for
from .records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .every import Every
    from .excerpts import Excerpts
    from .pipeline import Function, Rewritten

Place = tuple[int, int]
"""Line and column where a statement or scope begins."""
Body = tuple[int, int, int, int, list[str]]


class Outline(NamedTuple):
    """What excerpts of a module are made by.

    ``parts``: the first and the last line of each statement at its top, with the lines before it
    that are part of nothing; none where excerpts would not do. ``bodies``: of functions that stand
    in no other, the first line, the first line of the body (0 where it has to stay), the last line,
    the column where that ends, and the names that it declares global, which concerns the module.
    ``closed``: the same of what can be left out where only the module itself is looked at: such
    functions, and classes with no boundary in their own bodies.
    ``imported``: the names that the module imports; Python compiles calls of them apart.
    ``features``: what it imports from `__future__`. ``marked``: where its boundaries are.
    ``reached``: the numbers and places of the scopes that can reach one. ``reach`` and ``facts``:
    the attributes of the `Reach`, and of its facts, that hold no nodes. ``definitions``: the names
    that definitions at its top bind.
    """

    parts: list[Place]
    bodies: list[Body]
    closed: list[Body]
    imported: list[str]
    features: list[str]
    marked: set[Place]
    reached: dict[int, Place]
    reach: dict[str, Any]
    facts: dict[str, Any]
    definitions: list[str]


class Compiled:
    """One module: its source, its code, and its functions as far as somebody has asked for them.

    ``own``: as in `Parsed`. ``outline``: marshalled. ``places``: what the runtime knows of where
    frames stood. ``reads_stack`` and ``switchable``: as for `rewrite`.
    """

    def __init__(
        self,
        source: bytes,
        filename: str,
        code: CodeType,
        own: dict[int, Every],
        outline: bytes,
        places: dict[tuple[str, int, int, int], tuple[Any, ...]],
        *,
        reads_stack: bool,
        switchable: bool,
    ) -> None:
        self.source = source
        self.filename = filename
        self.code = code
        self.own = own
        self.names: Names = names_for(source)
        self.places = places
        self._outline = outline
        self.reads_stack = reads_stack
        self.switchable = switchable
        self._excerpts: Excerpts | None = None

    @cached_property
    def outline(self) -> Outline:
        """What excerpts of it are made by."""
        return Outline(*marshal.loads(self._outline))

    @property
    def excerpts(self) -> Excerpts:
        """The models of its functions."""
        if self._excerpts is None:
            from .excerpts import Excerpts  # here, because it loads all passes

            self._excerpts = Excerpts(self)
        return self._excerpts

    def function(self, code: CodeType) -> Function | None:
        """The function that has this code object, which is one of the module's."""
        return self.excerpts.function(code)

    def functions_near(self, line: int) -> list[Function]:
        """The module itself, and the functions that may have something on that line."""
        return self.excerpts.near(line)

    @property
    def whole(self) -> Rewritten:
        """All of the module after all passes."""
        return self.excerpts.whole
