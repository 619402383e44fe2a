"""Assignments that run again at a resume: ``data = load(path)  # checkpoint: rebuild``.

What such a statement made is not stored. It has to be certain that running it again does the same,
as far as the source can tell: nothing else assigns its targets, and the variables that it reads
are as they were when it ran.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from .boundary import is_generator
from .markers import Loop, Marker, find_markers, next_code_line
from .positions import Numbering
from .scopes import FunctionNode, Scope, arguments, body_nodes

REBUILD = b"rebuild"
Assignment = ast.Assign | ast.AnnAssign
_NO_ASSIGNMENT = (
    "`rebuild` belongs to an assignment to variables, such as `data = load(path)`, and stands "
    "behind it or above it"
)


class Rebuild(NamedTuple):
    """A marked assignment in ``scope``: what it assigns, and the variables that it reads."""

    statement: Assignment
    scope: ast.Module | ast.FunctionDef
    targets: tuple[str, ...]
    reads: frozenset[str]


def find_rebuilds(tree: ast.Module, source: bytes, filename: str) -> list[Rebuild]:
    """The marked assignments of a module, in source order.

    Raises `SourceError` for a marker on anything else, and for an assignment of which it is not
    certain what it has made.
    """
    if REBUILD not in source:
        return []
    markers = [marker for marker in find_markers(source, tree) if marker.is_rebuild]
    found = [_rebuild(marker, tree, source, filename) for marker in markers]
    return sorted(found, key=lambda rebuild: rebuild.statement.lineno)


def _rebuild(marker: Marker, tree: ast.Module, source: bytes, filename: str) -> Rebuild:
    statement = _statement_of(marker, tree, source.splitlines())
    targets = _targets(statement)
    if not isinstance(statement, Assignment) or not targets:
        raise marker.error(_NO_ASSIGNMENT, filename)
    scope = next(
        scope
        for scope in ast.walk(tree)
        if isinstance(scope, Scope) and any(node is statement for node in body_nodes(scope))
    )
    if not isinstance(scope, ast.Module | ast.FunctionDef) or is_generator(scope):
        raise marker.error(
            "`rebuild` cannot stand in a generator, class or async function", filename
        )
    problem = _problem(statement, scope, targets, tree)
    if problem:
        raise marker.error(problem, filename)
    return Rebuild(statement, scope, targets, _own_reads(statement, scope))


def _statement_of(marker: Marker, tree: ast.Module, lines: list[bytes]) -> ast.AST | None:
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    if marker.alone:
        start = next_code_line(marker.lineno, lines)
        found = [node for node in statements if node.lineno == start]
        return min(found, key=lambda node: node.col_offset, default=None)
    found = [node for node in statements if node.lineno <= marker.lineno <= (node.end_lineno or 0)]
    return max(found, key=lambda node: (node.lineno, node.col_offset), default=None)


def _targets(statement: ast.AST | None) -> tuple[str, ...]:
    """The names that an assignment binds; none if it does anything else as well."""
    match statement:
        case ast.Assign(targets=targets):
            parts = [node for target in targets for node in ast.walk(target)]
        case ast.AnnAssign(target=ast.Name() as target, value=value) if value:
            parts = [target]
        case _:
            return ()
    kinds = ast.Name | ast.Tuple | ast.List | ast.Starred | ast.expr_context
    if not all(isinstance(node, kinds) for node in parts):
        return ()
    return tuple(dict.fromkeys(node.id for node in parts if isinstance(node, ast.Name)))


def _problem(
    statement: Assignment, scope: Scope, targets: tuple[str, ...], tree: ast.Module
) -> str:
    """What makes it uncertain that the statement does again what it did; "" if nothing."""
    own, shared = bindings(scope), bindings(tree)
    elsewhere = _assigned_from_elsewhere(tree)
    for name in targets:
        if len(own[name]) > 1 or name in elsewhere:
            return f"`{name}` is assigned in another place too; give what is rebuilt its own name"
    for name in sorted(_reads(statement)):
        places = own[name] or shared[name]
        if len(places) > 1 or name in elsewhere:
            return f"this reads `{name}`, which is assigned in more than one place"
        if own[name] and own[name][0] >= statement.lineno:
            return f"this reads `{name}`, which is assigned behind it"
    return ""


def _assigned_from_elsewhere(tree: ast.Module) -> set[str]:
    """The names that a function assigns outside of itself."""
    return {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }


def bindings(scope: Scope) -> defaultdict[str, list[int]]:
    """The lines on which each variable of a scope gets a value; 0 for parameters."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    if isinstance(scope, FunctionNode):
        for arg in arguments(scope):
            found[arg.arg].append(0)
    for node in body_nodes(scope):
        for name in bound_by(node):
            found[name].append(getattr(node, "lineno", 0))
    return found


def bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a node itself gives a value."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)


def _reads(statement: Assignment) -> frozenset[str]:
    """The variables that the value of an assignment uses."""
    nodes = list(ast.walk(statement.value)) if statement.value else []
    inner = {name for node in nodes for name in bound_by(node)}
    inner |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name)) - inner


def _own_reads(statement: Assignment, scope: Scope) -> frozenset[str]:
    if isinstance(scope, ast.Module):
        return frozenset()
    return _reads(statement)


# -- variables that are not saved -----------------------------------------------------------------


def check_excluded(loops: dict[Loop, Marker], tree: ast.Module, filename: str) -> None:
    """Refuse an ``exclude=`` of what is no variable where the loop stands."""
    for loop, marker in loops.items():
        if not marker.excluded:
            continue
        known = set(bindings(tree))
        for scope in ast.walk(tree):
            if isinstance(scope, Scope) and any(node is loop for node in ast.walk(scope)):
                known |= bindings(scope).keys()
        for name in marker.excluded:
            if name not in known:
                raise marker.error(f"exclude=: there is no variable `{name}` here", filename)


# -- at a boundary -----------------------------------------------------------------------------


def is_current(rebuild: Rebuild, numbering: Numbering, position: int | None) -> bool:
    """Whether the variables that the statement reads are those that it read.

    ``position``: the number of the statement that is being executed; None: the scope has ended.
    A loop around the statement may have gone on since.
    """
    own = numbering.statements.index(rebuild.statement)
    chain = numbering.enclosing(own)
    around = [] if position is None else numbering.enclosing(position)
    reads = _reads(rebuild.statement)
    for depth, number in enumerate(chain[:-1]):
        loop = numbering.statements[number]
        if not isinstance(loop, Loop) or reads.isdisjoint(_bound_in(loop)):
            continue
        directly = numbering.parents[own] == (number, "body")
        inside = around[: depth + 1] == chain[: depth + 1] and len(around) > depth + 1
        if not (directly and inside):
            return False
        at = around[depth + 1]
        if at <= own or numbering.parents[at] != (number, "body"):
            return False
    return True


def _bound_in(loop: ast.AST) -> set[str]:
    return {name for node in ast.walk(loop) for name in bound_by(node)}
