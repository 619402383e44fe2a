"""Boundaries: the check in marked loops and in place of calls, and the cells of live frames."""

from __future__ import annotations

import ast
from collections.abc import Collection

from . import quoting
from .classes import unsupported_body
from .errors import SourceError
from .markers import Boundary, Loop
from .names import Names
from .scopes import Scope, body_nodes


def add_boundaries(
    tree: ast.Module, marked: set[Boundary], names: Names, own: Collection[int] = ()
) -> None:
    """Put the checks in; one costs a look at a global as long as no snapshot is due.

    ``own``: the lines of the loops that have a schedule, and so a flag, of their own.
    """
    calls = {node for node in marked if isinstance(node, ast.Expr)}
    if calls:
        _Around(calls, names).visit(tree)
    # for x in xs: body   =>   for x in xs: if due is not None: boundary(); body
    for loop in marked:
        if isinstance(loop, Loop):
            due = names.due_at(loop.lineno) if loop.lineno in own else names.due
            loop.body = [_check(loop, due, names), *loop.body]


def _check(node: Boundary, due: str, names: Names) -> ast.stmt:
    # Whether something is None takes one instruction less than whether it is true.
    code = f"if {due} is not None:\n    {names.boundary}()"
    (check,) = quoting.zero_width(ast.parse(code).body, node)
    return check


class _Around(ast.NodeTransformer):
    def __init__(self, calls: set[ast.Expr], names: Names) -> None:
        self.calls = calls
        self.names = names

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if node not in self.calls:
            return node
        return _around(_check(node, self.names.due, self.names), node)


# checkpoint()   =>   if due is not None: boundary()
def _around(check: ast.stmt, node: ast.Expr) -> ast.stmt:
    assert isinstance(check, ast.If) and isinstance(check.body[0], ast.Expr)
    node.value = check.body[0].value
    check.body = [node]
    return check


def is_boundary(node: ast.AST, names: Names) -> bool:
    """Whether ``node`` is the call made by `add_boundaries`."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name == names.boundary
    return False


# def f(): body   =>   def f(): def cells(): return (a, b); body
def show_cells(
    function: ast.FunctionDef | ast.ClassDef, variables: list[str], names: Names
) -> None:
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


def check_place(node: Boundary, scope: Scope, filename: str, line: str) -> None:
    """Refuse a mark where a snapshot could not be resumed."""
    place = unsupported_place(node, scope)
    if place:
        message = f"a boundary inside {place} cannot be resumed yet"
        raise SourceError(message, filename, node.lineno, node.col_offset, line)


def unsupported_place(node: Boundary, scope: Scope) -> str:
    """What it is that a boundary stands in and must not; "" if it can be resumed."""
    if isinstance(node, ast.AsyncFor) or isinstance(scope, ast.AsyncFunctionDef):
        return "an async function"
    return unsupported_body(scope) if isinstance(scope, ast.ClassDef) else ""


def is_generator(scope: Scope) -> bool:
    """Whether calling ``scope`` makes a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in body_nodes(scope))
