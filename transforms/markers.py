"""``# checkpoint`` comments, and the loops that they mark.

A marker stands behind a loop's header, or alone on the line above the loop.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from .errors import SourceError

MARKER = re.compile(r"#\s*checkpoint\b(?P<colon>\s*:)?\s*(?P<options>.*)$")
Loop = ast.For | ast.While | ast.AsyncFor
Boundary = Loop | ast.Expr
"""A statement with a boundary: a marked loop, at the top of its body, or a call that is one."""


@dataclass(frozen=True)
class Marker:
    """A marker comment: its place, its options as written, and whether it stands alone."""

    lineno: int
    column: int
    options: str
    alone: bool
    prose: bool
    line: str


def may_have_markers(source: bytes) -> bool:
    """A look at the bytes that spares most modules the tokenizer."""
    return b"checkpoint" in source


def find_markers(source: bytes) -> list[Marker]:
    """All marker comments of a module that parses; other comments are left alone."""
    if not may_have_markers(source):
        return []
    tokens = tokenize.tokenize(io.BytesIO(source).readline)
    found = (_marker(token) for token in tokens if token.type == tokenize.COMMENT)
    return [marker for marker in found if marker is not None]


def _marker(token: tokenize.TokenInfo) -> Marker | None:
    match = MARKER.match(token.string)
    if match is None:
        return None
    options = match["options"].strip()
    lineno, column = token.start
    alone = not token.line[:column].strip()
    prose = bool(options) and not match["colon"] and "=" not in options.split()[0]
    return Marker(lineno, column, options, alone, prose, token.line)


def marked_loops(tree: ast.Module, source: bytes, filename: str) -> dict[Loop, Marker]:
    """The marked loops of a module.

    Raises ``SourceError`` for a marker that is bound to no loop, and for one with an option
    that does not exist.
    """
    markers = find_markers(source)
    if not markers:
        return {}
    loops = [node for node in ast.walk(tree) if isinstance(node, Loop)]
    lines = source.splitlines()
    bound: dict[Loop, Marker] = {}
    for marker in markers:
        loop = _loop_of(marker, loops, lines)
        if marker.prose and (loop is None or marker.alone):
            continue  # a sentence that happens to start with the word
        if loop is None:
            raise _error(
                marker,
                "this marker belongs to no loop; put it behind `for …:` or `while …:`",
                filename,
            )
        if marker.options:
            raise _error(marker, f"unknown option {marker.options!r} in a marker", filename)
        bound[loop] = marker
    return bound


def _loop_of(marker: Marker, loops: list[Loop], lines: list[bytes]) -> Loop | None:
    if marker.alone:
        start = _next_code_line(marker.lineno, lines)
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


def _next_code_line(lineno: int, lines: list[bytes]) -> int:
    for number, line in enumerate(lines[lineno:], lineno + 1):
        if line.strip() and not line.strip().startswith(b"#"):
            return number
    return 0


def _error(marker: Marker, message: str, filename: str) -> SourceError:
    return SourceError(message, filename, marker.lineno, marker.column, marker.line)
