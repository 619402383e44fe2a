"""Boundaries: the check at the top of each marked loop's body, and the cells of live frames."""

from __future__ import annotations

import ast

from . import quoting
from .errors import SourceError
from .markers import Loop
from .names import Names
from .scopes import Scope, body_nodes


# for x in xs: body   =>   for x in xs: if due: boundary(); body
def add_boundary(loop: Loop, names: Names) -> None:
    """Put the check in; it costs a look at a global as long as no snapshot is due."""
    check = quoting.statements(f"if {names.due}:\n    {names.boundary}()", loop)
    loop.body = [*quoting.zero_width(check, loop), *loop.body]


def is_boundary(node: ast.AST, names: Names) -> bool:
    """Whether ``node`` is the call made by `add_boundary`."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name == names.boundary
    return False


# def f(): body   =>   def f(): def cells(): return (a, b); body
def show_cells(function: ast.FunctionDef, variables: list[str], names: Names) -> None:
    """Make the cells of ``variables`` visible among the locals of ``function``.

    A frame shows the values of its cells, but not the cells, which closures share with it.
    """
    code = f"def {names.cells}(): return ({', '.join(variables)},)"
    new = quoting.zero_width(quoting.statements(code, function), function)
    start = 1 if ast.get_docstring(function, clean=False) is not None else 0
    function.body[start:start] = new


# lambda: body   =>   lambda: body if (cells := lambda: (a, b)) else None
def show_cells_of_lambda(function: ast.Lambda, variables: list[str], names: Names) -> None:
    """The same for a lambda; a function is always true."""
    code = f"body if ({names.cells} := lambda: ({', '.join(variables)},)) else None"
    function.body = quoting.expression(code, function.body, body=function.body)


def check_place(loop: Loop, scope: Scope, filename: str, line: str) -> None:
    """Refuse a marker where a snapshot could not be resumed."""
    place = _unsupported_place(loop, scope)
    if place:
        message = f"a marked loop inside {place} cannot be resumed yet"
        raise SourceError(message, filename, loop.lineno, loop.col_offset, line)


def _unsupported_place(loop: Loop, scope: Scope) -> str:
    if isinstance(loop, ast.AsyncFor) or isinstance(scope, ast.AsyncFunctionDef):
        return "an async function"
    return "a class body" if isinstance(scope, ast.ClassDef) else ""


def is_generator(scope: Scope) -> bool:
    """Whether calling ``scope`` makes a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in body_nodes(scope))
