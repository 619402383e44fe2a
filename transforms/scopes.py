"""Scopes: which function of the tree a code object was compiled from.

A *scope* is a node with a code object of its own that the user can name: a module, function,
lambda or class. Comprehensions and generic-parameter scopes are looked through: Python 3.12
compiles the first into their surroundings and adds the second.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import CodeType
from typing import Any

from .codes import all_codes as all_codes
from .codes import code_start as code_start
from .codes import in_source_order as in_source_order
from .codes import is_seen_through as is_seen_through
from .codes import plain_qualname as plain_qualname

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
SCOPES = frozenset({ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef})
"""The kinds of nodes that are a `Scope`."""

_Key = tuple[str, int]


_WITHOUT_NODES = frozenset(
    {"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "level", "lineno"}
    | {"module", "name", "op", "ops", "rest", "simple", "type_comment"}
)
"""Fields of nodes that hold no nodes, or only such as have no place in the source."""
_PLAIN_VALUES = frozenset({ast.Constant, ast.MatchSingleton, ast.Global, ast.Nonlocal})
_MIXED = frozenset({"keys", "kw_defaults"})
"""Lists of nodes and of nothing."""


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields that hold nodes, by the kind of node."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = () if kind in _PLAIN_VALUES else kind._fields
        left_out = _WITHOUT_NODES - {"name"} if kind.__name__ == "TypeAlias" else _WITHOUT_NODES
        self[kind] = tuple(name for name in fields if name not in left_out | {"kwd_attrs"})
        return self[kind]


_fields = _Fields()


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes below ``node``, as ``ast.iter_child_nodes``, without operators and contexts."""
    found: list[ast.AST] = []
    for name in _fields[type(node)]:
        value = getattr(node, name, None)
        if type(value) is not list:
            if value is not None:
                found.append(value)
        elif name in _MIXED:
            found += [item for item in value if item is not None]
        else:
            found += value
    return found


def all_nodes(node: ast.AST) -> list[ast.AST]:
    """``node`` and all nodes below it, level by level, as ``ast.walk``."""
    found = [node]
    for each in found:  # which grows meanwhile
        found += child_nodes(each)
    return found


_OF_STATEMENTS = ("body", "handlers", "orelse", "finalbody", "cases")


class _Blocks(dict[type[ast.AST], tuple[str, ...]]):
    """The fields that hold statements, by the kind of node."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        is_statement = not issubclass(kind, ast.expr)
        self[kind] = tuple(name for name in _OF_STATEMENTS if name in kind._fields and is_statement)
        return self[kind]


BLOCKS = _Blocks()


def all_statements(tree: ast.Module) -> list[ast.AST]:
    """The nodes of `all_nodes` that hold statements or are some: much fewer."""
    found: list[ast.AST] = [tree]
    for each in found:  # which grows meanwhile
        for name in BLOCKS[type(each)]:
            found += getattr(each, name)
    return found


def first_line(node: ast.stmt | ast.ExceptHandler) -> int:
    """The line on which a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def top_level_parts(tree: ast.Module, end: int) -> list[tuple[int, int]]:
    """The first and the last line of each statement at the top of a module of ``end`` lines.

    The lines between two statements are with the second, those behind all with the last.
    """
    parts: list[tuple[int, int]] = []
    for node in tree.body:
        last = node.end_lineno or node.lineno
        if parts and first_line(node) <= parts[-1][1]:
            parts[-1] = parts[-1][0], last
        else:
            parts.append((parts[-1][1] + 1 if parts else 1, last))
    if parts:
        parts[-1] = parts[-1][0], end
    return parts


def child_nodes_in_scope(node: ast.AST) -> Sequence[ast.AST]:
    """The children of ``node`` that run in the scope ``node`` stands in.

    Of a function, lambda or class that is its decorators, defaults, annotations and bases; a type
    alias is evaluated later, if at all.
    """
    kind = type(node)
    if kind in LEAVES:
        return ()
    if kind not in _OPENS_SCOPE:
        return child_nodes(node)
    if isinstance(node, ast.Lambda):
        return (node.args,)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    return ()


LEAVES = frozenset(
    {ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal, ast.alias}
)
"""The kinds of nodes with nothing below them, which do nothing that can lead to a boundary."""
_OPENS_SCOPE = frozenset(
    {ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}
    | {getattr(ast, name) for name in ("TypeAlias",) if hasattr(ast, name)}
)


def body_nodes(scope: Scope) -> Iterator[ast.AST]:
    """Every node that runs in ``scope`` itself, inner scopes included but not entered."""
    todo: list[ast.AST] = [scope.body] if isinstance(scope, ast.Lambda) else list(scope.body)
    while todo:
        node = todo.pop()
        yield node
        kind = type(node)
        if kind not in LEAVES:
            todo += child_nodes_in_scope(node) if kind in _OPENS_SCOPE else child_nodes(node)


class Nodes(dict[type[ast.AST], list[Any]]):
    """The nodes of one scope by their kind."""

    def of(self, *kinds: type[ast.AST]) -> list[Any]:
        """Those of some kinds."""
        if len(kinds) == 1:
            return self.get(kinds[0], [])
        return [node for kind in kinds for node in self.get(kind, ())]

    @property
    def scopes(self) -> list[Scope]:
        """The scopes directly inside of it."""
        return self.of(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def nodes_by_kind(scope: Scope) -> Nodes:
    """All `body_nodes` of a scope, to be asked many questions."""
    found: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    todo: list[ast.AST] = [scope.body] if isinstance(scope, ast.Lambda) else list(scope.body)
    while todo:
        node = todo.pop()
        kind = type(node)
        found[kind].append(node)
        if kind not in LEAVES:
            todo += child_nodes_in_scope(node) if kind in _OPENS_SCOPE else child_nodes(node)
    return Nodes(found)


def inner_scopes(scope: Scope, *, has_lambdas: bool = True) -> list[Scope]:
    """The scopes directly inside ``scope``, in source order.

    Where it is known that there are no lambdas, only statements need to be looked at.
    """
    return scopes_among(body_nodes(scope) if has_lambdas else statements_in(scope))


def statements_in(scope: Scope) -> list[ast.AST]:
    """The statements among the `body_nodes` of a scope, and what else holds statements."""
    found: list[ast.AST] = [] if isinstance(scope, ast.Lambda) else [*scope.body]
    for each in found:  # which grows meanwhile
        if type(each) not in SCOPES:
            for name in BLOCKS[type(each)]:
                found += getattr(each, name)
    return found


def scopes_among(nodes: Iterable[ast.AST]) -> list[Scope]:
    """The scopes among the nodes of a scope, in source order."""
    inner = {node: None for node in nodes if type(node) in SCOPES}
    return sorted(inner, key=_node_start)  # type: ignore[arg-type]


def arguments(node: FunctionNode) -> list[ast.arg]:
    """All parameters of a function."""
    args = node.args
    starred = [arg for arg in (args.vararg, args.kwarg) if arg]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *starred]


def _node_start(node: Scope) -> tuple[int, int]:
    assert not isinstance(node, ast.Module)
    start = node.body if isinstance(node, ast.Lambda) else node
    return start.lineno, start.col_offset


def _node_key(node: Scope) -> _Key:
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    assert not isinstance(node, ast.Module)
    return node.name, first_line(node)


def inner_codes(code: CodeType) -> list[CodeType]:
    """The code objects of the scopes directly inside ``code``, in source order."""
    found: list[CodeType] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if is_seen_through(constant):
                found += inner_codes(constant)
            else:
                found.append(constant)
    if len({_code_key(inner) for inner in found}) == len(found):
        return sorted(found, key=lambda inner: inner.co_firstlineno)
    return sorted(found, key=code_start)


def _code_key(code: CodeType) -> _Key:
    return code.co_name, code.co_firstlineno


def match_codes(
    code: CodeType, scope: Scope, inner_of: Callable[[Scope], list[Scope]] = inner_scopes
) -> list[tuple[Scope, CodeType]]:
    """``scope`` and all scopes below it, each with its code object out of ``code``."""
    pairs = [(scope, code)]
    by_key: dict[_Key, list[CodeType]] = defaultdict(list)
    for inner in inner_codes(code):
        by_key[_code_key(inner)].append(inner)
    nodes: dict[_Key, list[Scope]] = defaultdict(list)
    for node in inner_of(scope):
        nodes[_node_key(node)].append(node)
    for key, group in nodes.items():
        for node, inner in _paired(group, by_key[key]):
            pairs += match_codes(inner, node, inner_of)
    return pairs


def _paired(nodes: list[Scope], codes: list[CodeType]) -> list[tuple[Scope, CodeType]]:
    """Nodes and code objects of one name and line, paired by where their code starts."""
    if len(nodes) == 1:
        return [(nodes[0], code) for code in codes]
    starts = sorted({code_start(code) for code in codes})
    if len(starts) != len(nodes):
        return []  # the compiler dropped one of them, as in `if False:`
    return [(nodes[starts.index(code_start(code))], code) for code in codes]
