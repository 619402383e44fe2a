"""Errors of the compiler, each with the place in the user's source that it is about."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast


class AutoresumeError(Exception):
    """Base of all errors that autoresume raises on its own account."""


class SourceError(AutoresumeError):
    """A construct that cannot be compiled, with its place.

    Parameters: ``message``, what is wrong and what to do; ``filename``; ``lineno``, from 1;
    ``column``, from 0; ``line``, the text of that line, for the caret.
    """

    def __init__(
        self, message: str, filename: str, lineno: int, column: int = 0, line: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.filename = filename
        self.lineno = lineno
        self.column = column
        self.line = line

    def __str__(self) -> str:
        place = f"{self.filename}:{self.lineno}: {self.message}"
        if not self.line:
            return place
        indent = "".join("\t" if char == "\t" else " " for char in self.line[: self.column])
        return f"{place}\n    {self.line.rstrip()}\n    {indent}^"


class Unresumable(Exception):
    """This position cannot be resumed; the message says why, ``node`` where."""

    def __init__(self, message: str, node: ast.AST) -> None:
        super().__init__(message)
        self.node = node
