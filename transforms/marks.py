"""Marks that are calls: ``autoresume.checkpoint()`` and ``for x in autoresume.loop(xs)``.

They are known by what a name is bound to by the imports of the module, not by how it is spelt.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NoReturn

from .errors import SourceError
from .markers import Boundary
from .records import field, record
from .scopes import FunctionNode, Scope, arguments, body_nodes, inner_scopes

PACKAGE = "autoresume"
_CHECKPOINT, _LOOP = "checkpoint", "loop"
_MARKS = frozenset({_CHECKPOINT, _LOOP})
_REMEDIES = {
    _CHECKPOINT: "`checkpoint()` of autoresume must be a statement of its own, without arguments; "
    "it cannot be part of an expression or be passed on",
    _LOOP: "`loop(…)` of autoresume must be all that a `for` statement goes over, as in "
    "`for x in autoresume.loop(xs):`, with one argument",
}
_AMBIGUOUS = "this name is bound to autoresume and to something else; give one of them another name"


def marking_calls(tree: ast.Module, source: bytes, filename: str) -> set[Boundary]:
    """The statements that calls mark: loops, and calls that are a boundary of their own.

    Raises `SourceError` where one of the two functions is used in another way.
    """
    if PACKAGE.encode() not in source:
        return set()
    finder = _Finder(source, filename)
    finder.search([tree])
    return finder.marked


@record
class _Bindings:
    """What the names of one scope are bound to; "" is the package itself."""

    ours: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)


@record
class _Finder:
    source: bytes
    filename: str
    marked: set[Boundary] = field(default_factory=set)
    known: dict[Scope, _Bindings] = field(default_factory=dict)

    def search(self, around: Sequence[Scope]) -> None:
        """Look at a scope, the last of ``around``, and at those inside it."""
        scope = around[-1]
        self.known[scope] = _bindings(scope)
        nodes = list(body_nodes(scope))
        allowed = {id(mark) for node in nodes for mark in self._marked_by(node, around)}
        for node in nodes:
            if id(node) not in allowed and (name := self._meaning(node, around)) in _MARKS:
                self._refuse(_REMEDIES[name], node)
        for inner in inner_scopes(scope):
            self.search([*around, inner])

    def _marked_by(self, node: ast.AST, around: Sequence[Scope]) -> Iterator[ast.AST]:
        """Note what ``node`` marks, and yield the function that it may call."""
        match node:
            case ast.Expr(value=ast.Call(func=function, args=[], keywords=[])):
                wanted = _CHECKPOINT
            case (
                ast.For(iter=ast.Call(func=function, args=[argument], keywords=[]))
                | ast.AsyncFor(iter=ast.Call(func=function, args=[argument], keywords=[]))
            ) if not isinstance(argument, ast.Starred):
                wanted = _LOOP
            case _:
                return
        if self._meaning(function, around) == wanted:
            self.marked.add(node)
            yield function

    def _meaning(self, node: ast.AST, around: Sequence[Scope]) -> str:
        """Which public name of the package an expression is; "" for anything else."""
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in _MARKS:
                return name if self._bound_to(owner, "", around, node) else ""
            case ast.Name(id=name):
                for mark in _MARKS:
                    if self._bound_to(name, mark, around, node):
                        return mark
        return ""

    def _bound_to(self, name: str, ours: str, around: Sequence[Scope], node: ast.AST) -> bool:
        bindings = self._home(name, around)
        if bindings is None or bindings.ours.get(name) != ours:
            return False
        if name in bindings.others:
            self._refuse(_AMBIGUOUS, node)
        return True

    def _home(self, name: str, around: Sequence[Scope]) -> _Bindings | None:
        """The bindings of the scope that a name belongs to."""
        own = self.known[around[-1]]
        if name in own.declared_global:
            return self.known[around[0]]
        for scope in reversed(around):
            found = self.known[scope]
            hidden = isinstance(scope, ast.ClassDef) and scope is not around[-1]
            bound = name in found.ours or name in found.others
            if bound and not hidden and name not in found.declared_nonlocal:
                return found
        return None

    def _refuse(self, message: str, node: ast.AST) -> NoReturn:
        assert isinstance(node, ast.expr)
        line = self.source.splitlines()[node.lineno - 1].decode("utf-8", "replace")
        raise SourceError(message, self.filename, node.lineno, node.col_offset, line)


def _bindings(scope: Scope) -> _Bindings:
    found = _Bindings()
    if isinstance(scope, FunctionNode):
        found.others |= {arg.arg for arg in arguments(scope)}
    fallbacks = _fallbacks(scope)
    for node in body_nodes(scope):
        _bind(node, found)
        if id(node) not in fallbacks:
            found.others |= set(_other_names(node))
    return found


def _fallbacks(scope: Scope) -> set[int]:
    """What stands in `except` blocks: a stand-in there is for where the package is missing."""
    handlers = (node for node in body_nodes(scope) if isinstance(node, ast.ExceptHandler))
    return {id(node) for handler in handlers for node in ast.walk(handler)}


def _bind(node: ast.AST, found: _Bindings) -> None:
    match node:
        case ast.Import(names=names):
            for alias in names:
                whole = alias.name == PACKAGE or not alias.asname
                if alias.name.partition(".")[0] == PACKAGE and whole:
                    found.ours[alias.asname or PACKAGE] = ""
        case ast.ImportFrom(module=module, names=names, level=0) if module == PACKAGE:
            for alias in names:
                marks = _MARKS if alias.name == "*" else {alias.name}
                found.ours |= {alias.asname or name: name for name in marks}
        case ast.Global(names=names):
            found.declared_global.update(names)
        case ast.Nonlocal(names=names):
            found.declared_nonlocal.update(names)


def _other_names(node: ast.AST) -> list[str]:
    """The names that a node binds to something that is not of this package."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return [name]
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return [name]
        case ast.Import(names=names):
            bound = (alias.asname or alias.name.partition(".")[0] for alias in names)
            return [name for name in bound if not _imports_us(node, name)]
        case ast.ImportFrom(module=module, names=names, level=level):
            ours = module == PACKAGE and level == 0
            return [] if ours else [alias.asname or alias.name for alias in names]
    return []


def _imports_us(node: ast.Import, name: str) -> bool:
    found = _Bindings()
    _bind(node, found)
    return name in found.ours
