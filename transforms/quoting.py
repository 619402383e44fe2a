"""New nodes from quoted code, with holes, placed at the source of an existing node."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TypeVar

from .scopes import all_nodes

Node = TypeVar("Node", bound=ast.AST)


def statements(code: str, at: ast.AST, **holes: ast.expr | list[ast.stmt]) -> list[ast.stmt]:
    """Parse ``code``; names in ``holes`` are replaced by nodes; the rest gets ``at``'s place.

    A hole for statements is an expression statement that consists of its name.
    """
    tree = ast.parse(code)
    _place(tree, at)
    return _Filler(holes).visit(tree).body if holes else tree.body


def expression(code: str, at: ast.AST, **holes: ast.expr | list[ast.stmt]) -> ast.expr:
    """Like `statements`, for one expression."""
    (statement,) = statements(code, at, **holes)
    assert isinstance(statement, ast.Expr)
    return statement.value


def name(identifier: str, at: ast.AST) -> ast.Name:
    """A use of a variable."""
    node = ast.Name(identifier, ast.Load())
    _place(node, at)
    return node


class _Filler(ast.NodeTransformer):
    def __init__(self, holes: dict[str, ast.expr | list[ast.stmt]]) -> None:
        self.holes = holes

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        hole = self.holes.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return hole if isinstance(hole, list) else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        hole = self.holes.get(node.id)
        return hole if isinstance(hole, ast.expr) else node


def _place(tree: ast.AST, at: ast.AST) -> None:
    """Give every node of ``tree`` the place of ``at``."""
    place = [(name, getattr(at, name)) for name in at._attributes if hasattr(at, name)]
    for node in all_nodes(tree):
        if node._attributes:
            for name, value in place:
                setattr(node, name, value)


def zero_width(nodes: Iterable[Node], at: ast.stmt) -> list[Node]:
    """Place new nodes at the start of ``at``, in a range that no other node has."""
    nodes = list(nodes)
    for root in nodes:
        for node in ast.walk(root):
            if isinstance(node, ast.expr | ast.stmt):
                node.lineno = node.end_lineno = at.lineno
                node.col_offset = node.end_col_offset = at.col_offset
    return nodes
