"""Functions that run as they were written although they can be live at a boundary.

Where the value stack can be told at every place at which one of its frames may stand, the frame
needs no names for what lies there: a call of such a function costs what it costs plainly.
"""

from __future__ import annotations

import ast

from .errors import Unresumable
from .markers import Boundary
from .names import Names
from .reach import Reach
from .scopes import LEAVES, Scope, child_nodes_in_scope, nodes_by_kind
from .spill import is_super_call
from .valuestack import Kind, below

_READ = frozenset({Kind.ITERATOR, Kind.OPERAND, Kind.CALLEE, Kind.UNUSED})


def runs_as_written(scope: Scope, reach: Reach, marked: set[Boundary], names: Names) -> bool:
    """Whether frames of ``scope`` show all of their state without being spilled."""
    if not isinstance(scope, ast.FunctionDef):
        return False
    nodes = nodes_by_kind(scope)
    if nodes.of(ast.Yield, ast.YieldFrom):
        return False
    inner = nodes.of(ast.FunctionDef)
    if any(names.is_made(function.name) for function in inner):  # from a comprehension
        return False
    try:
        for statement in scope.body:
            _check(statement, reach, marked)
    except Unresumable:
        return False
    return True


def _check(node: ast.AST, reach: Reach, marked: set[Boundary]) -> bool:
    """Whether a frame may stand in ``node``; raises `Unresumable` where it would not show all."""
    is_live = node in marked
    for child in child_nodes_in_scope(node):
        if type(child) not in LEAVES and _check(child, reach, marked):
            is_live = True
            if any(slot.kind not in _READ for slot in below(node, child)):
                raise Unresumable("what is kept here needs a name", node)
    if reach.may_reach(node):
        is_live = True
        # The iterator of a loop lies on the stack when it is asked for an item, too.
        if not isinstance(node, ast.For) and not _shows_callee(node, reach):
            raise Unresumable("what this enters needs a name", node)
    return is_live


def _shows_callee(node: ast.AST, reach: Reach) -> bool:
    """Whether it is known what a call or an attribute calls, without a name for it."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name)
    if not isinstance(node, ast.Call) or reach.may_repeat(node) or reach.may_consume(node):
        return False
    match node.func:
        case ast.Name() | ast.Attribute(value=ast.Name()):
            return True
        case ast.Attribute(value=owner, attr=name):
            return is_super_call(owner) or reach.is_method(name)
    return False
