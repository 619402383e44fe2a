"""What it takes to compile a source that the cache does not know."""

from __future__ import annotations

import ast
import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import resolve_name

from autoresume.recursion import room
from autoresume.transforms import SourceError
from autoresume.transforms import find_reach as find_reach
from autoresume.transforms import parse as parse
from autoresume.transforms import rewrite as rewrite
from autoresume.transforms.excerpts import outline as outline
from autoresume.transforms.scopes import all_statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


@contextmanager
def noting(filename: str, warned: Callable[[], None]) -> Iterator[None]:
    """Compile a file in this: nothing of it is garbage; ``warned`` is told of Python's warnings.

    Raises ``SourceError`` where this Python cannot look into what it can compile.
    """
    collects, show = gc.isenabled(), warnings.showwarning

    def noted(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        warned()
        show(message, category, filename, lineno, file, line)

    gc.disable()
    # Not by `catch_warnings`, after which the program's own would be given once more.
    warnings.showwarning = noted
    try:
        with room():
            yield
    except RecursionError:
        message = "an expression or a chain of elif is too long to be looked into; split it"
        raise SourceError(message, filename, 1) from None
    finally:
        warnings.showwarning = show
        if collects:
            gc.enable()


def imports_of(tree: ast.Module, package: str | None) -> Iterator[str]:
    """The modules that ``tree`` may import, packages around them first."""
    for node in all_statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            if base:
                yield from _with_parents(base)
                yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _base(node: ast.ImportFrom, package: str | None) -> str:
    try:
        return resolve_name("." * node.level + (node.module or ""), package or "")
    except ImportError:
        return ""


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
