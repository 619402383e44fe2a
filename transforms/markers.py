"""``# checkpoint`` comments, and the loops that they mark.

A marker stands behind a loop's header, or alone on the line above the loop. With the option
``rebuild`` it stands at an assignment instead, see `autoresume.transforms.rebuilds`.
"""

from __future__ import annotations

import ast
import io
import re
from typing import NamedTuple

from .errors import SourceError
from .every import Every, read_every
from .scopes import all_statements, top_level_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tokenize import TokenInfo

MARKER = re.compile(r"#\s*checkpoint\b(?P<colon>\s*:)?\s*(?P<options>.*)$")
_WORD = "checkpoint"
_REBUILD = "rebuild"
_OPTION = r"(exclude|every)\s*=\s*(.*)"
_IS_OPTION = r"\w+\s*="
Loop = ast.For | ast.While | ast.AsyncFor
Boundary = Loop | ast.Expr
"""A statement with a boundary: a marked loop, at the top of its body, or a call that is one."""


class Marker(NamedTuple):
    """A marker comment: its place, its options as written, and whether it stands alone."""

    lineno: int
    column: int
    options: str
    alone: bool
    prose: bool
    line: str

    @property
    def is_rebuild(self) -> bool:
        """Whether it stands at an assignment that is to run again, not at a loop."""
        return self.options == _REBUILD

    @property
    def excluded(self) -> tuple[str, ...]:
        """The variables that its option ``exclude=`` names."""
        return tuple(self._given().get("exclude", ()))

    @property
    def every(self) -> Every | None:
        """The schedule of the loop itself, where its option ``every=`` gives it one."""
        given = self._given().get("every")
        return read_every(given[0]) if given else None

    def check(self, filename: str) -> None:
        """Raise `SourceError` for options of a loop that cannot be followed."""
        try:
            self._check()
        except ValueError as error:
            raise self.error(str(error), filename) from None

    def _check(self) -> None:
        given = self._given()
        for name in given.get("exclude", ()):
            if not name.isidentifier():
                raise ValueError(f"exclude=: expected the name of a variable, not {name!r}")
        every = given.get("every")
        if every is None:
            return
        if len(every) > 1:
            raise ValueError(f"unknown option {every[1]!r} in a marker")
        try:
            read_every(every[0])
        except ValueError as error:
            raise ValueError(f"every=: {error}") from None

    def _given(self) -> dict[str, list[str]]:
        """The options, ``every=30s, exclude=a, b``, each with its values.

        Raises ValueError for one that does not exist, and for one that is given twice.
        """
        given: dict[str, list[str]] = {}
        values: list[str] | None = None
        for part in re.split(r"\s*,\s*", self.options) if self.options else ():
            option = re.fullmatch(_OPTION, part)
            if option is not None and option[1] in given:
                raise ValueError(f"{option[1]}= stands twice in a marker")
            if option is not None:
                values = given[option[1]] = [option[2]]
            elif values is not None and not re.match(_IS_OPTION, part):
                values.append(part)
            else:
                raise ValueError(f"unknown option {part!r} in a marker")
        return given

    def error(self, message: str, filename: str) -> SourceError:
        """An error with the place of the marker."""
        return SourceError(message, filename, self.lineno, self.column, self.line)


def may_have_markers(source: bytes) -> bool:
    """A look at the bytes that spares most modules the tokenizer."""
    return _WORD.encode() in source


def find_markers(source: bytes, tree: ast.Module) -> list[Marker]:
    """All marker comments of a module; other comments are left alone.

    Only statements in which the word occurs are read by the tokenizer, which takes its time.
    """
    if not may_have_markers(source):
        return []
    import tokenize  # here, because most modules have none, and the cache knows those that have

    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    lines = source.decode(encoding).split("\n")
    # Python ends a line at any carriage return, the tokenizer does not.
    is_odd = b"\r" in source or not tree.body
    parts = [(1, len(lines))] if is_odd else top_level_parts(tree, len(lines))
    found: list[Marker] = []
    for first, last in parts:
        text = "\n".join(lines[first - 1 : last])
        if _WORD in text:
            tokens = tokenize.generate_tokens(io.StringIO(f"{text}\n").readline)
            comments = (token for token in tokens if token.type == tokenize.COMMENT)
            found += [mark for mark in (_marker(one, first - 1) for one in comments) if mark]
    return found


def _marker(token: TokenInfo, lines_before: int) -> Marker | None:
    match = MARKER.match(token.string)
    if match is None:
        return None
    options = match["options"].strip()
    lineno, column = token.start
    alone = not token.line[:column].strip()
    plain = bool(options) and not match["colon"] and not re.match(_IS_OPTION, options)
    prose = plain and options != _REBUILD
    return Marker(lineno + lines_before, column, options, alone, prose, token.line)


def marked_loops(tree: ast.Module, source: bytes, filename: str) -> dict[Loop, Marker]:
    """The marked loops of a module.

    Raises ``SourceError`` for a marker that is bound to no loop, and for one with an option
    that does not exist.
    """
    markers = find_markers(source, tree)
    if not markers:
        return {}
    loops = [node for node in all_statements(tree) if isinstance(node, Loop)]
    lines = source.splitlines()
    bound: dict[Loop, Marker] = {}
    for marker in markers:
        if marker.is_rebuild:
            continue  # `find_rebuilds` sees to it
        loop = _loop_of(marker, loops, lines)
        if marker.prose and (loop is None or marker.alone):
            continue  # a sentence that happens to start with the word
        if loop is None:
            raise marker.error(
                "this marker belongs to no loop; put it behind `for …:` or `while …:`", filename
            )
        marker.check(filename)
        bound[loop] = marker
    return bound


def _loop_of(marker: Marker, loops: list[Loop], lines: list[bytes]) -> Loop | None:
    if marker.alone:
        start = next_code_line(marker.lineno, lines)
        return next((loop for loop in loops if loop.lineno == start), None)
    inside = (loop for loop in loops if loop.lineno <= marker.lineno <= _header_end(loop, lines))
    return max(inside, key=lambda loop: (loop.lineno, loop.col_offset), default=None)


def _header_end(loop: Loop, lines: list[bytes]) -> int:
    """The last line that a comment behind the header can stand on."""
    first = loop.body[0]
    decorators: list[ast.expr] = getattr(first, "decorator_list", [])
    start = min([first.lineno, *(decorator.lineno for decorator in decorators)])
    behind_header = lines[start - 1][: first.col_offset].strip() and not decorators
    return start if behind_header else start - 1


def next_code_line(lineno: int, lines: list[bytes]) -> int:
    """The number of the line that a marker alone on line ``lineno`` stands above."""
    for number, line in enumerate(lines[lineno:], lineno + 1):
        if line.strip() and not line.strip().startswith(b"#"):
            return number
    return 0
