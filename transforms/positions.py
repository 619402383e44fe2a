"""Positions: stable names for the places where a frame can stand.

Within one function (or module, or lambda) statements are numbered in source order, and
expressions are numbered within their statement. Both numbers are the same on every Python
version, and do not change when other functions are edited. For an edited function, `relocate`
finds the place again by its chain of enclosing statements.
"""

from __future__ import annotations

import ast
import opcode
from collections.abc import Iterable
from functools import cached_property
from types import CodeType

from .hashing import blake2b
from .landmarks import Landmark as Landmark
from .records import NamedTuple, field, record
from .scopes import Scope, body_nodes, child_nodes_in_scope

Range = tuple[int, int, int, int]
"""First line, last line, first column, last column; lines from 1, columns in bytes from 0."""


class Position(NamedTuple):
    """A place in a function: a statement, and the expression that is being evaluated in it.

    ``expression`` is None at the boundary of ``statement``.
    """

    statement: int
    expression: int | None


@record
class Numbering:
    """The numbers of all statements and expressions of one scope."""

    scope: Scope
    statements: list[ast.AST] = field(default_factory=list)
    parents: list[tuple[int, str]] = field(default_factory=list)
    places: dict[ast.AST, Position] = field(default_factory=dict)

    @cached_property
    def chains(self) -> list[str]:
        """For each statement, a digest of the headers around it and its own."""
        chains: list[str] = []
        for node, (parent, name) in zip(self.statements, self.parents, strict=True):
            above = chains[parent] if parent >= 0 else ""
            chains.append(digest(f"{above}/{name}/{header_digest(node)}"))
        return chains

    def at(self, position: Position) -> ast.AST | None:
        """The node at ``position``; for a boundary, its statement."""
        return next((node for node, place in self.places.items() if place == position), None)

    def enclosing(self, statement: int) -> list[int]:
        """Numbers of the statements around ``statement``, outermost first, itself last."""
        found: list[int] = []
        while statement >= 0:
            found.append(statement)
            statement = self.parents[statement][0]
        return found[::-1]


def number(scope: Scope) -> Numbering:
    """Number the statements and expressions of ``scope``, which is not changed."""
    numbering = Numbering(scope)
    if isinstance(scope, ast.Lambda):
        _add_statement(numbering, scope, -1, "body", [scope.body])
    else:
        _number_block(numbering, scope.body, -1, "body")
    return numbering


def _number_block(numbering: Numbering, block: Iterable[ast.AST], parent: int, name: str) -> None:
    for node in block:
        expressions, blocks = _parts(node)
        own = _add_statement(numbering, node, parent, name, expressions)
        for inner_name, inner in blocks:
            _number_block(numbering, inner, own, inner_name)


def _add_statement(
    numbering: Numbering, node: ast.AST, parent: int, name: str, expressions: list[ast.AST]
) -> int:
    own = len(numbering.statements)
    numbering.statements.append(node)
    numbering.parents.append((parent, name))
    numbering.places[node] = Position(own, None)
    # Expressions in evaluation order of the tree; constants differ between versions.
    todo, count = expressions[::-1], 0
    while todo:
        each = todo.pop()
        if isinstance(each, ast.expr) and type(each) is not ast.Constant:
            numbering.places[each] = Position(own, count)
            count += 1
        todo += child_nodes_in_scope(each)[::-1]
    return own


def _parts(node: ast.AST) -> tuple[list[ast.AST], list[tuple[str, list[ast.AST]]]]:
    """The expressions of a statement's header, and its blocks by name."""
    if isinstance(node, Scope):
        return list(child_nodes_in_scope(node)), []
    expressions: list[ast.AST] = []
    blocks: list[tuple[str, list[ast.AST]]] = []
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            expressions.append(value)
        elif isinstance(value, list) and value and isinstance(value[0], ast.AST):
            if isinstance(value[0], ast.stmt | ast.excepthandler | ast.match_case):
                blocks.append((name, value))
            else:
                expressions += value
    return expressions, blocks


# -- digests -------------------------------------------------------------------------------


def digest(text: str) -> str:
    """A short name for a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def function_digest(scope: Scope) -> str:
    """Changes with the code of ``scope`` itself, not with layout, comments or inner functions."""
    return digest(_dump(scope, with_body=True))


def header_digest(statement: ast.AST) -> str:
    """Changes with a statement, but not with the blocks inside it."""
    return digest(_dump(statement, with_body=False))


def _dump(node: object, *, with_body: bool) -> str:
    """Like ``ast.dump``, but the same on every Python version."""
    if isinstance(node, list):
        items = (_dump(item, with_body=with_body and not _is_inner(item)) for item in node)
        return f"[{','.join(items)}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, ast.JoinedStr):
        node = ast.JoinedStr([value for value in node.values if not _is_empty(value)])
    fields = [
        f"{name}={_dump(value, with_body=with_body)}"
        for name, value in ast.iter_fields(node)
        if value is not None and value != [] and not _is_left_out(node, name, value, with_body)
    ]
    return f"{type(node).__name__}({','.join(fields)})"


def _is_empty(value: ast.expr) -> bool:
    """Whether a part of a formatted string is no text, which Python 3.12 has at some ends."""
    return isinstance(value, ast.Constant) and value.value == ""


def _is_inner(value: object) -> bool:
    return isinstance(value, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _is_left_out(node: ast.AST, name: str, value: object, with_body: bool) -> bool:
    if name in {"type_comment", "kind", "type_params", "ctx"}:
        return True
    if with_body or not isinstance(value, list):
        return False
    return isinstance(value[0], ast.stmt | ast.excepthandler | ast.match_case)


# -- from a running frame to its position --------------------------------------------------


def lasti_range(code: CodeType, lasti: int) -> Range | None:
    """The source range of the instruction at byte offset ``lasti``."""
    for index, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if index == lasti // 2:
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return line, end_line, column, end_column
    return None


def yield_ranges(scope: Scope) -> dict[Range, ast.AST]:
    """Where a generator can be suspended: source range to the ``yield``."""
    nodes = (node for node in body_nodes(scope) if isinstance(node, ast.Yield | ast.YieldFrom))
    return {node_range(node): node for node in nodes}


def import_ranges(scope: Scope) -> dict[Range, ast.AST]:
    """Where in ``scope`` a module can begin to run: source range to the statement."""
    nodes = (node for node in body_nodes(scope) if isinstance(node, ast.Import | ast.ImportFrom))
    return {node_range(node): node for node in nodes}


def active_nodes(scope: Scope, operation: str) -> dict[Range, list[ast.AST]]:
    """Where in ``scope`` an instruction can enter another frame: source range to its nodes."""
    kinds = next((kinds for name, kinds in _ENTERED_BY.items() if operation.startswith(name)), ())
    found: dict[Range, list[ast.AST]] = {}
    for node in body_nodes(scope):
        if isinstance(node, kinds):
            for place in _ranges(node):
                found.setdefault(place, []).append(node)
        for decorator in getattr(node, "decorator_list", ()):
            if ast.Call in kinds and isinstance(decorator, ast.Name | ast.NamedExpr):
                found.setdefault(node_range(decorator), []).append(decorator)
    return found


_ENTERED_BY: dict[str, tuple[type[ast.AST], ...]] = {
    "FOR_ITER": (ast.For,),
    "SEND": (ast.YieldFrom,),
    "BINARY_OP": (ast.BinOp, ast.AugAssign),
    "BINARY_S": (ast.Subscript,),
    "COMPARE_OP": (ast.Compare,),
    "CONTAINS_OP": (ast.Compare,),
    "UNARY_": (ast.UnaryOp,),
    "CONVERT_": (ast.FormattedValue,),
    "FORMAT_": (ast.FormattedValue,),
    "LOAD_": (ast.Attribute,),
    # In a residual program also for a property; at a class for its body.
    "CALL": (ast.Call, ast.Attribute, ast.ClassDef),
    "PRECALL": (ast.Call, ast.Attribute),  # where Python 3.11 calls some functions of C
}
"""The nodes that an instruction may belong to, by how its name begins."""


def _ranges(node: ast.AST) -> set[Range]:
    if isinstance(node, ast.Call | ast.Attribute):
        return {node_range(node), running_range(node)}
    if isinstance(node, ast.For):  # Python 3.13 shows its iterable
        return {node_range(node), node_range(node.iter)}
    return {node_range(node)}  # type: ignore[arg-type]


def occurrence(code: CodeType, lasti: int) -> int:
    """How many instructions of the same name and source range come before that at ``lasti``."""
    place, name = lasti_range(code, lasti), operation(code, lasti)
    same = [
        index
        for index, other in enumerate(code.co_positions())
        if index < lasti // 2 and (other[0], other[1], other[2], other[3]) == place
    ]
    return sum(opcode.opname[code.co_code[2 * index]] == name for index in same)


def operation(code: CodeType, lasti: int) -> str:
    """The name of the instruction at byte offset ``lasti``, which may be in its cache."""
    while code.co_code[lasti] == 0 and lasti:
        lasti -= 2
    return opcode.opname[code.co_code[lasti]]


def running_range(node: ast.expr) -> Range:
    """The range of the instruction that enters another frame for ``node``.

    Where a method call or attribute goes over several lines, it starts at the attribute's name.
    """
    place = node_range(node)
    function = node.func if isinstance(node, ast.Call) else node
    if not isinstance(function, ast.Attribute) or function.lineno == function.end_lineno:
        return place
    _, line, _, column = node_range(function)
    if column < len(function.attr):  # generated, at the place of something else
        return place
    return line, place[1], column - len(function.attr), place[3]


def node_range(node: ast.expr | ast.stmt) -> Range:
    """The source range of a node."""
    return (
        node.lineno,
        node.end_lineno or node.lineno,
        node.col_offset,
        node.end_col_offset or node.col_offset,
    )


# -- edited functions ----------------------------------------------------------------------


def landmark(numbering: Numbering, statement: int) -> Landmark:
    """Describe the place of ``statement``."""
    chain = numbering.chains[statement]
    same = _with_chain(numbering, chain)
    enclosing = tuple(numbering.enclosing(statement))
    return Landmark(chain, enclosing, same.index(statement), len(same))


def relocate(mark: Landmark, numbering: Numbering) -> dict[int, int] | None:
    """New numbers of the statements around the place; None where it is gone or ambiguous."""
    same = _with_chain(numbering, mark.chain)
    if not same or len(same) != mark.total:
        return None
    return dict(zip(mark.enclosing, numbering.enclosing(same[mark.which]), strict=True))


def _with_chain(numbering: Numbering, chain: str) -> list[int]:
    return [number for number, other in enumerate(numbering.chains) if other == chain]
