"""Comprehensions around a boundary become functions, whose frames can be resumed.

Python 3.11 runs a comprehension in a frame of its own, later versions run it in the frame around
it; both keep the growing list out of sight. Only comprehensions that may lead to a boundary are
changed, and generator expressions where a built-in function takes all of their items at once.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable

from . import quoting
from .names import Names
from .reach import inside
from .scopes import Nodes, Scope, all_nodes, body_nodes

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

_TAKES_ALL = frozenset({"dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"})
_STOPS_EARLY = {"any": "True", "all": "False"}


def numbered(tree: ast.Module) -> dict[Comprehension, int]:
    """The comprehensions of a module as it was parsed, numbered."""
    found = (node for node in all_nodes(tree) if isinstance(node, Comprehension))
    return {node: number for number, node in enumerate(found)}


def live_comprehensions(nodes: Nodes, may_reach: Callable[[ast.AST], bool]) -> set[Comprehension]:
    """The comprehensions among the nodes of a scope that may lead to a boundary inside of them.

    The first iterable of each is evaluated before it begins.
    """
    found = nodes.of(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    return {node for node in found if any(map(may_reach, inside(node)))}


def unroll(
    scope: Scope, chosen: set[Comprehension], shadowed: set[str], names: Names
) -> list[ast.FunctionDef]:
    """Turn the ``chosen`` comprehensions of ``scope`` into functions; returns these.

    ``shadowed`` are built-in names that mean something else in the program. Comprehensions that
    cannot be changed, in lambdas and as generator expressions that are more than an argument, stay.
    """
    if isinstance(scope, ast.Lambda):
        return []
    unroller = _Unroller(scope, chosen, shadowed, names)
    scope.body = unroller.block(scope.body)
    inner = [unroll(function, chosen, shadowed, names) for function in unroller.made]
    return [*unroller.made, *itertools.chain.from_iterable(inner)]


class _Unroller(ast.NodeTransformer):
    def __init__(
        self,
        scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        chosen: set[Comprehension],
        shadowed: set[str],
        names: Names,
    ) -> None:
        self.scope = scope
        self.chosen = chosen
        self.shadowed = shadowed
        self.names = names
        self.made: list[ast.FunctionDef] = []
        self.pending: list[ast.stmt] = []

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        new: list[ast.stmt] = []
        for node in body:
            if not isinstance(node, Scope):
                before = len(self.made)
                self._header(node)
                new += self._definitions(self.made[before:])
                self._blocks(node)
            new.append(node)
        return new

    def _definitions(self, made: list[ast.FunctionDef]) -> list[ast.stmt]:
        """The functions, and what makes sure that the variables they assign are there."""
        assigned = {
            name
            for function in made
            for node in function.body
            if isinstance(node, ast.Nonlocal)
            for name in node.names
        }
        if not assigned:
            return list(made)
        code = f"if False:\n    {' = '.join(sorted(assigned))} = None"
        return [*quoting.statements(code, made[0]), *made]

    def _blocks(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self.block(value))
            elif isinstance(value, list) and value:
                for item in value:
                    if isinstance(item, ast.excepthandler | ast.match_case):
                        self._blocks(item)

    def _header(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, name, self.visit(value))
            elif isinstance(value, list):
                setattr(node, name, [self._item(item) for item in value])

    def _item(self, item: object) -> object:
        if isinstance(item, ast.match_case):
            item.guard = item.guard and self.visit(item.guard)
        elif isinstance(item, ast.expr | ast.withitem | ast.keyword):
            return self.visit(item)
        return item

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Built-in functions that take all items of a generator expression."""
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.GeneratorExp() as items, *_]):
                if items not in self.chosen or name in self.shadowed:
                    pass
                elif name in _TAKES_ALL:
                    node.args[0] = self._as_list(items)
                elif name in _STOPS_EARLY and len(node.args) == 1:
                    return self._call(items, name)
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str()), attr="join"),
                args=[ast.GeneratorExp() as items],
            ):
                if items in self.chosen:
                    node.args[0] = self._as_list(items)
        return self.generic_visit(node)

    def _as_list(self, items: ast.GeneratorExp) -> ast.ListComp:
        new = ast.copy_location(ast.ListComp(items.elt, items.generators), items)
        self.chosen.add(new)
        return new

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._visit_comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._visit_comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._visit_comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._visit_comprehension(node)

    def _visit_comprehension(self, node: Comprehension) -> ast.AST:
        if node in self.chosen and not _is_async(node):
            return self._call(node, type(node).__name__.lower())
        node.generators[0].iter = self.visit(node.generators[0].iter)
        return node

    # [e for x in xs]   =>   comp(xs)   after   def comp(first): …
    def _call(self, node: Comprehension, kind: str) -> ast.expr:
        first = self.visit(node.generators[0].iter)
        function = self._function(node, kind)
        self.made.append(function)
        # A generator expression takes its iterator at once.
        argument = f"{self.names.iter}(first)" if kind == "generatorexp" else "first"
        return quoting.expression(f"{function.name}({argument})", node, first=first)

    def _function(self, node: Comprehension, kind: str) -> ast.FunctionDef:
        names = self.names
        result, item, first = (names.variable(name) for name in ("result", "item", "first"))
        innermost, empty, final = _innermost(kind, node, result, item)
        body = nested_loops(node, innermost, first)
        made = quoting.statements(
            f"def {names.variable(f'comp_{len(self.made)}')}({first}):\n"
            f"    {empty or 'pass'}\n    body\n    {final}",
            node,
            body=body,
        )
        function = made[0]
        assert isinstance(function, ast.FunctionDef)
        function.body[:0] = self._declarations(node)
        return function

    def _declarations(self, node: Comprehension) -> list[ast.stmt]:
        """Where `:=` in a comprehension assigns: in the scope around it."""
        assigned = {part.target.id for part in inside(node) if isinstance(part, ast.NamedExpr)}
        if isinstance(self.scope, ast.Module):
            shared = assigned
        else:
            declared = {
                name
                for other in body_nodes(self.scope)
                if isinstance(other, ast.Global)
                for name in other.names
            }
            shared = {name for name in assigned if _is_one_of(name, declared)}
        lines = [
            f"{kind} {', '.join(sorted(names))}"
            for kind, names in (("global", shared), ("nonlocal", assigned - shared))
            if names
        ]
        return quoting.statements("\n".join(lines), node)


def _is_one_of(name: str, declared: set[str]) -> bool:
    """Whether a variable is declared, be it by its private or by its full name."""
    full = {other for other in declared if other.startswith("__") and name.endswith(other)}
    private = {other for other in declared if name.startswith("__") and other.endswith(name)}
    return name in declared or bool(full | private)


def nested_loops(node: Comprehension, innermost: list[ast.stmt], first: str) -> list[ast.stmt]:
    """The loops of a comprehension as statements, the first over the variable ``first``."""
    body = innermost
    outermost = node.generators[0]
    for part in reversed(node.generators):
        for test in reversed(part.ifs):
            body = [ast.copy_location(ast.If(test, body, []), test)]
        items = quoting.name(first, part.iter) if part is outermost else part.iter
        body = [ast.copy_location(ast.For(part.target, items, body, []), part.iter)]
    return body


def _is_async(node: Comprehension) -> bool:
    parts = (part for root in ast.iter_child_nodes(node) for part in ast.walk(root))
    return any(
        isinstance(part, ast.Await) or (isinstance(part, ast.comprehension) and part.is_async)
        for part in parts
    )


def _innermost(
    kind: str, node: Comprehension, result: str, item: str
) -> tuple[list[ast.stmt], str, str]:
    """What the innermost loop does, what comes before all loops, and what comes after them."""
    if isinstance(node, ast.DictComp):
        code = f"{item} = key\n{result}[{item}] = value"
        # The key comes first, as in a comprehension; an assignment would begin with the value.
        return (
            quoting.statements(code, node, key=node.key, value=node.value),
            f"{result} = {{}}",
            f"return {result}",
        )
    if kind in _STOPS_EARLY:
        found = _STOPS_EARLY[kind]
        code = f"if {'' if kind == 'any' else 'not '}element:\n    return {found}"
        final = "return False" if kind == "any" else "return True"
        return quoting.statements(code, node, element=node.elt), "", final
    if kind == "generatorexp":
        return quoting.statements("yield element", node, element=node.elt), "", "pass"
    add, empty = ("add", "{*()}") if kind == "setcomp" else ("append", "[]")
    code = f"{item} = element\n{result}.{add}({item})"
    return (
        quoting.statements(code, node, element=node.elt),
        f"{result} = {empty}",
        f"return {result}",
    )
