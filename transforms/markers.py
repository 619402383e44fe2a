"""``# checkpoint`` comments, and the loops that they mark.

A marker stands behind a loop's header, or alone on the line above the loop. With the option
``rebuild`` it stands at an assignment instead, see `autoresume.transforms.rebuilds`.
"""

from __future__ import annotations

import ast
import io
import itertools
import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .errors import SourceError
from .every import Every, read_every
from .scopes import BLOCKS, all_statements, first_line, top_level_parts

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

    Only where it is not obvious what is a comment, the tokenizer is asked, which takes its time.
    """
    if not may_have_markers(source):
        return []
    lines = _decoded(source).split("\n")
    # Python ends a line at any carriage return, the tokenizer does not.
    if b"\r" in source or not tree.body:
        return list(_tokenized(lines, 1, len(lines)))
    parts = top_level_parts(tree, len(lines))
    mentions = [place for place, line in enumerate(lines, 1) if _WORD in line]
    found: list[Marker] = []
    for index, places in itertools.groupby(
        mentions, lambda place: bisect_left(parts, place, key=operator.itemgetter(1))
    ):
        found += _in_part(parts[index], list(places), tree, lines)
    return found


def _in_part(
    part: tuple[int, int], places: list[int], tree: ast.Module, lines: list[str]
) -> Iterator[Marker]:
    """The markers on the lines of a part, which mention them at ``places``."""
    first, last = part
    statements = tree.body[bisect_left(tree.body, first, key=_line) :]
    statements = statements[: bisect_right(statements, last, key=_line)]
    inner = _inner_lines(ast.Module(statements, []), lines)
    if any(place in inner or _may_quote(lines[place - 1]) for place in places):
        return _tokenized(lines, first, last)
    marks = (_marker(place, f"{lines[place - 1]}\n") for place in places)
    return (mark for mark in marks if mark)


def _decoded(source: bytes) -> str:
    if source.isascii() and b"coding" not in b"".join(source.split(b"\n", 2)[:2]):
        return source.decode("ascii")
    from tokenize import detect_encoding  # here, because few modules need it

    return source.decode(detect_encoding(io.BytesIO(source).readline)[0])


def _inner_lines(tree: ast.Module, lines: list[str]) -> set[int]:
    """The lines that a string may reach into: all but the first of a statement or header."""
    found: set[int] = set()
    for node in all_statements(tree):
        if isinstance(node, ast.match_case):
            found.update(range(node.pattern.lineno + 1, _header_end(node, lines) + 1))
        elif isinstance(node, ast.stmt | ast.ExceptHandler):
            is_simple = not BLOCKS[type(node)]
            end = (node.end_lineno or 0) if is_simple else _header_end(node, lines)
            found.update(range(first_line(node) + 1, end + 1))
    return found


def _may_quote(line: str) -> bool:
    """Whether there may be a string before the first comment of a line."""
    code = line.partition("#")[0]
    return "'" in code or '"' in code


def _tokenized(lines: list[str], first: int, last: int) -> Iterator[Marker]:
    """The markers on some lines, which are whole statements."""
    import tokenize

    # Before a comment Python goes on behind a backslash as if it was not there.
    text = "\n".join(lines[first - 1 : last]).rstrip("\\")
    for token in tokenize.generate_tokens(io.StringIO(f"{text}\n").readline):
        if token.type == tokenize.COMMENT:
            lineno, column = token.start
            mark = _marker(lineno + first - 1, token.line, column)
            if mark is not None:
                yield mark


def _marker(lineno: int, line: str, column: int | None = None) -> Marker | None:
    """The marker in a line whose comment begins in that column, or else at the first ``#``."""
    column = line.find("#") if column is None else column
    match = MARKER.match(line[column:].rstrip("\n")) if column >= 0 else None
    if match is None:
        return None
    options = match["options"].strip()
    alone = not line[:column].strip()
    plain = bool(options) and not match["colon"] and not re.match(_IS_OPTION, options)
    prose = plain and options != _REBUILD
    return Marker(lineno, column, options, alone, prose, line)


def marked_loops(tree: ast.Module, source: bytes, filename: str) -> dict[Loop, Marker]:
    """The marked loops of a module.

    Raises ``SourceError`` for a marker that is bound to no loop, and for one with an option
    that does not exist.
    """
    markers = find_markers(source, tree)
    if not markers:
        return {}
    loops = sorted((node for node in all_statements(tree) if isinstance(node, Loop)), key=_line)
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
    line = next_code_line(marker.lineno, lines) if marker.alone else marker.lineno
    index = bisect_right(loops, line, key=_line) - 1
    if index < 0:
        return None
    last = loops[index].lineno if marker.alone else _header_end(loops[index], lines)
    return loops[index] if line <= last else None


def _line(node: ast.stmt) -> int:
    return node.lineno


def _header_end(node: ast.AST, lines: Sequence[bytes | str]) -> int:
    """The last line that a comment behind the header of a statement can stand on."""
    first = (getattr(node, "cases", None) or node.body)[0]  # type: ignore[attr-defined]
    if isinstance(first, ast.match_case):
        return first.pattern.lineno
    start = first_line(first)
    behind_header = start == first.lineno and lines[start - 1][: first.col_offset].strip()
    return start if behind_header else start - 1


def next_code_line(lineno: int, lines: list[bytes]) -> int:
    """The number of the line that a marker alone on line ``lineno`` stands above."""
    for number, line in enumerate(lines[lineno:], lineno + 1):
        if line.strip() and not line.strip().startswith(b"#"):
            return number
    return 0
