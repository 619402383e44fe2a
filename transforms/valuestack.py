"""What CPython keeps on the value stack of a frame that stands at a ``yield``, call or boundary.

Read off the tree alone: the constructs around that node tell which objects wait below it, from
the bottom up. It is the same on Python 3.11 to 3.13 for all that is described here; for the rest
`layout` raises `Unresumable`.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from .errors import Unresumable
from .operands import operands
from .scopes import Scope, body_nodes, child_nodes_in_scope


class Kind(StrEnum):
    """What an object on the value stack is."""

    ITERATOR = "iterator"
    """The iterator of the ``for`` loop ``node``."""
    EXIT = "exit"
    """The bound ``__exit__`` of an item of a ``with``; ``node`` is what was entered."""
    HANDLED = "handled"
    """The exception that was being handled when the ``except`` block ``node`` began, or None."""
    OPERAND = "operand"
    """The value of the expression ``node``."""
    CALLEE = "callee"
    """The called object of a call: itself, or the function and the object of a method."""
    UNUSED = "unused"
    """Something that the residual program does not need."""
    DELEGATE = "delegate"
    """What the ``yield from`` ``node`` takes its items from."""


class Slot(NamedTuple):
    """One object; of a ``CALLEE``, one or two."""

    kind: Kind
    node: ast.AST


def layout(scope: Scope, active: ast.AST) -> list[Slot]:
    """The value stack of a frame of ``scope`` that stands at ``active``, from the bottom up.

    ``scope`` is as written. Raises `Unresumable`.
    """
    path = _path(scope, active)
    slots = [slot for node, child in itertools.pairwise(path) for slot in below(node, child)]
    if isinstance(active, ast.YieldFrom):
        slots.append(Slot(Kind.DELEGATE, active))
    elif isinstance(active, ast.For):  # at its boundary, or asking for the next item
        slots.append(Slot(Kind.ITERATOR, active))
    return slots


def shows_all(scope: Scope) -> bool:
    """Whether the value stack of a generator can be told wherever it is suspended."""
    suspensions = [n for n in body_nodes(scope) if isinstance(n, ast.Yield | ast.YieldFrom)]
    try:
        for suspended in suspensions:
            layout(scope, suspended)
    except Unresumable:
        return False
    return True


def _path(scope: Scope, target: ast.AST) -> list[ast.AST]:
    """The nodes around ``target``, outermost first, and itself."""
    body: Sequence[ast.AST] = [scope.body] if isinstance(scope, ast.Lambda) else scope.body
    todo: list[list[ast.AST]] = [[node] for node in body]
    while todo:
        path = todo.pop()
        if path[-1] is target:
            return path
        todo += [[*path, child] for child in child_nodes_in_scope(path[-1])]
    raise Unresumable("this place is not known", target)


def below(node: ast.AST, child: ast.AST) -> Iterator[Slot]:
    """What ``node`` keeps on the stack while ``child``, one of its parts, is run."""
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        yield from handler(node, child)
    elif isinstance(node, ast.expr):
        yield from _operands_before(node, child)
    elif not isinstance(node, _TRANSPARENT) or child not in _only_value(node):
        raise _unknown(node)


_TRANSPARENT = (
    ast.While | ast.If | ast.Expr | ast.Return | ast.Assign | ast.AnnAssign | ast.match_case
    | ast.Match | ast.keyword | ast.Assert
)  # fmt: skip


def _only_value(node: ast.AST) -> list[ast.AST]:
    """The parts of a statement during which the statement keeps nothing on the stack."""
    match node:
        case (
            ast.While(test=test, body=body, orelse=orelse)
            | ast.If(test=test, body=body, orelse=orelse)
        ):
            return [test, *body, *orelse]
        case ast.Match(subject=subject, cases=cases):
            return [subject, *cases]
        case ast.match_case(body=body):
            return [*body]
        case ast.Assert(test=test):
            return [test]
    value = getattr(node, "value", None)
    return [value] if value else []


def _unknown(node: ast.AST) -> Unresumable:
    kind = type(node).__name__
    return Unresumable(f"what Python keeps for a `yield` inside this `{kind}` is not known", node)


# -- statements ------------------------------------------------------------------------------


def _for(node: ast.For, child: ast.AST) -> Iterator[Slot]:
    if child in node.body:
        yield Slot(Kind.ITERATOR, node)
    elif child is node.target:
        raise _unknown(node)


def _with(node: ast.With, child: ast.AST) -> Iterator[Slot]:
    entered = node.items.index(child) if isinstance(child, ast.withitem) else len(node.items)
    for item in node.items[:entered]:
        yield Slot(Kind.EXIT, item.context_expr)


def _withitem(node: ast.withitem, child: ast.AST) -> Iterator[Slot]:
    if child is not node.context_expr:
        raise _unknown(node)
    yield from ()


def _try(node: ast.Try, child: ast.AST) -> Iterator[Slot]:
    if child in node.finalbody:
        # The same lines run with different stacks: after the body, an exception, or a `return`.
        what = "a `yield` inside a `finally` block of code that is not the user's"
        raise Unresumable(f"{what} cannot be resumed", child)
    yield from ()


def _except_handler(node: ast.ExceptHandler, child: ast.AST) -> Iterator[Slot]:
    if child is node.type:
        raise _unknown(node)
    yield Slot(Kind.HANDLED, node)


def _aug_assign(node: ast.AugAssign, child: ast.AST) -> Iterator[Slot]:
    target = node.target
    if child is not node.value or isinstance(getattr(target, "slice", None), ast.Slice):
        raise _unknown(node)
    if isinstance(target, ast.Attribute | ast.Subscript):
        yield Slot(Kind.OPERAND, target.value)
    if isinstance(target, ast.Subscript):
        yield Slot(Kind.OPERAND, target.slice)
    yield Slot(Kind.OPERAND, target)


def _raise(node: ast.Raise, child: ast.AST) -> Iterator[Slot]:
    if child is node.cause and node.exc:
        yield Slot(Kind.OPERAND, node.exc)


# -- expressions -----------------------------------------------------------------------------

_MOST_OPERANDS = 14
"""Displays and calls with more operands than about this many are put together in another way."""


def _operands_before(node: ast.expr, child: ast.AST) -> Iterator[Slot]:
    parts = operands(node)
    if parts is None or child not in parts or isinstance(node, ast.Dict):
        raise _unknown(node)
    if len(parts) > _MOST_OPERANDS or any(map(_is_unpacked, parts)) or _is_target(node):
        raise _unknown(node)
    for part in parts[: parts.index(child)]:
        yield Slot(Kind.OPERAND, part.value if isinstance(part, ast.keyword) else part)


def _is_unpacked(part: ast.AST) -> bool:
    starred = isinstance(part, ast.Starred)
    return starred or (isinstance(part, ast.keyword) and part.arg is None)


def _is_target(node: ast.expr) -> bool:
    return not isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _bin_op(node: ast.BinOp, child: ast.AST) -> Iterator[Slot]:
    # The compiler makes a formatted string out of `"…" % (a, b)`.
    if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
        raise _unknown(node)
    yield from _operands_before(node, child)


def _call(node: ast.Call, child: ast.AST) -> Iterator[Slot]:
    for slot in _operands_before(node, child):
        yield Slot(Kind.CALLEE, slot.node) if slot.node is node.func else slot


def _compare(node: ast.Compare, child: ast.AST) -> Iterator[Slot]:
    parts = [node.left, *node.comparators]
    number = next(index for index, part in enumerate(parts) if part is child)
    if number:
        yield Slot(Kind.OPERAND, parts[number - 1])


def _one_at_a_time(node: ast.expr, child: ast.AST) -> Iterator[Slot]:
    yield from ()


def _slice(node: ast.Slice, child: ast.AST) -> Iterator[Slot]:
    for bound in (node.lower, node.upper, node.step):
        if bound is child:
            return
        yield Slot(Kind.OPERAND, bound) if bound else Slot(Kind.UNUSED, node)


def _formatted_value(node: ast.FormattedValue, child: ast.AST) -> Iterator[Slot]:
    if child is not node.value:
        raise _unknown(node)
    yield from ()


_HANDLERS: dict[type[ast.AST], Callable[..., Iterator[Slot]]] = {
    ast.For: _for,
    ast.With: _with,
    ast.withitem: _withitem,
    ast.Try: _try,
    ast.ExceptHandler: _except_handler,
    ast.AugAssign: _aug_assign,
    ast.Raise: _raise,
    ast.BinOp: _bin_op,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.BoolOp: _one_at_a_time,
    ast.IfExp: _one_at_a_time,
    ast.Slice: _slice,
    ast.FormattedValue: _formatted_value,
}
