"""Which variables a block of code may read before it assigns them.

Forward, and on the safe side: a variable counts as assigned only where every way that leads there
assigns it, and whatever an inner function mentions counts as read where the function is made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .scopes import FunctionNode


def read_first(body: list[ast.stmt]) -> set[str]:
    """The names whose value on entry ``body`` may use."""
    reader = _Reader()
    reader.block(body, frozenset())
    return reader.found


_Names = frozenset[str]
_LEFT = None
"""What a block that never comes to its end has assigned: it does not matter."""


class _Reader:
    def __init__(self) -> None:
        self.found: set[str] = set()

    def block(self, body: Iterable[ast.AST], assigned: _Names) -> _Names | None:
        """Read ``body``; returns what is assigned after it, or `_LEFT`."""
        after: _Names | None = assigned
        for node in body:
            if after is None:
                break
            after = self._statement(node, after)
        return after

    def _read(self, nodes: Iterable[ast.AST | None], assigned: _Names) -> None:
        for root in nodes:
            for node in ast.walk(root) if root else ():
                if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
                    self._use(node.id, assigned)
                elif isinstance(node, FunctionNode | ast.ClassDef):
                    self._use_all_inside(node, assigned)

    def _use_all_inside(self, node: ast.AST, assigned: _Names) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                self._use(inner.id, assigned)

    def _use(self, name: str, assigned: _Names) -> None:
        if name not in assigned:
            self.found.add(name)

    def _statement(self, node: ast.AST, assigned: _Names) -> _Names | None:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self._read([test], assigned)
                return _both(self.block(body, assigned), self.block(orelse, assigned))
            case ast.For(target=target, iter=items, body=body, orelse=orelse):
                self._read([items], assigned)
                self._read([target], assigned)
                self.block(body, assigned | _stored([target]))
                self.block(orelse, assigned)
            case ast.While(test=test, body=body, orelse=orelse):
                self._read([test], assigned)
                self.block(body, assigned)
                self.block(orelse, assigned)
            case ast.With(items=items, body=body):
                self._with(items, body, assigned)
            case ast.Try() | ast.TryStar():
                return self._try(node, assigned)
            case ast.Match(subject=subject, cases=cases):
                self._read([subject], assigned)
                for case in cases:
                    inside = assigned | _bound(case.pattern)
                    self._read([case.pattern, case.guard], inside)
                    self.block(case.body, inside)
            case _:
                return self._simple(node, assigned)
        return assigned

    def _with(self, items: list[ast.withitem], body: list[ast.stmt], assigned: _Names) -> None:
        for item in items:
            self._read([item.context_expr], assigned)
            if item.optional_vars:
                self._read([item.optional_vars], assigned)
                assigned |= _stored([item.optional_vars])
        self.block(body, assigned)

    def _try(self, node: ast.Try | ast.TryStar, assigned: _Names) -> _Names | None:
        after = self.block(node.body, assigned)
        if after is not None:
            after = self.block(node.orelse, after)
        for handler in node.handlers:
            self._read([handler.type], assigned)
            inside = assigned | {handler.name} if handler.name else assigned
            handled = self.block(handler.body, inside)
            after = _both(after, None if handled is None else handled - {handler.name or ""})
        ended = self.block(node.finalbody, assigned)
        if ended is None or after is None:
            return None
        return after | ended

    def _simple(self, node: ast.AST, assigned: _Names) -> _Names | None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self._read([value], assigned)
                self._read(targets, assigned)
                return assigned | _stored(targets)
            case ast.AugAssign(target=target, value=value):
                self._read([value], assigned)
                self._read([target], assigned)
                for name in _stored([target]):
                    self._use(name, assigned)
                return assigned | _stored([target])
            case ast.AnnAssign(target=target, value=value):
                self._read([value, node.annotation], assigned)
                self._read([target], assigned)
                return assigned | _stored([target]) if value else assigned
            case ast.Delete(targets=targets):
                self._read(targets, assigned)
                return assigned - {name.id for name in targets if isinstance(name, ast.Name)}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                self._read([node], assigned)
                return assigned | {name}
            case ast.Return() | ast.Raise():
                self._read(ast.iter_child_nodes(node), assigned)
                return _LEFT
            case ast.Break() | ast.Continue():
                return _LEFT
        self._read(ast.iter_child_nodes(node), assigned)
        return assigned


def _both(one: _Names | None, other: _Names | None) -> _Names | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


def _stored(targets: list[ast.expr]) -> _Names:
    return frozenset(
        node.id
        for target in targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def _bound(pattern: ast.pattern) -> _Names:
    names = {getattr(node, "name", None) for node in ast.walk(pattern)}
    names |= {getattr(node, "rest", None) for node in ast.walk(pattern)}
    return frozenset(name for name in names if isinstance(name, str))
