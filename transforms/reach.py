"""Which calls can lead to a boundary, over all user modules.

By name, to a fixed point: a function that holds a marked loop can reach a boundary, and so can
every function with a call that may mean one of these. A call through a variable, an attribute
that is assigned, or an expression may mean any function that is used as a value somewhere.
What this misses is found out at the boundary, and refused there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath

from .markers import Loop
from .scopes import FunctionNode, Scope, body_nodes, inner_scopes

_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__"})
_OF_MANAGERS = frozenset({"__enter__", "__exit__"})
_NO_MODULES = frozenset({"self", "cls"})
IMPORTS = frozenset({"import_module", "__import__"})
_PROPERTIES = frozenset({"property", "cached_property"})


@dataclass
class Calls:
    """What one scope calls: names, attributes, and whether it calls the value of an expression."""

    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    read_attributes: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    expressions: bool = False


@dataclass
class ModuleFacts:
    """What one module says about its names; ``name`` is the last part of its own."""

    name: str = ""
    with_marker: set[Scope] = field(default_factory=set)
    calls: dict[Scope, Calls] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    assigned_attributes: set[str] = field(default_factory=set)
    used_as_value: set[str] = field(default_factory=set)
    rebindable: set[str] = field(default_factory=set)


def module_facts(tree: ast.Module, marked: Iterable[Loop], filename: str = "") -> ModuleFacts:
    """Collect the facts of one module; ``marked`` are its marked loops."""
    path = PurePath(filename)
    facts = ModuleFacts(path.parent.name if path.stem == "__init__" else path.stem)
    _collect(tree, facts, set(marked))
    return facts


def _collect(scope: Scope, facts: ModuleFacts, marked: set[Loop]) -> None:
    body = list(body_nodes(scope))
    facts.calls[scope] = _calls(body)
    called = {id(node.func) for node in body if isinstance(node, ast.Call)}
    for node in body:
        if node in marked:
            facts.with_marker.add(scope)
        _collect_node(node, facts, called)
    for inner in inner_scopes(scope):
        if isinstance(inner, FunctionNode):
            facts.assigned |= {arg.arg for arg in _arguments(inner)}
        elif isinstance(inner, ast.ClassDef):
            facts.classes.add(inner.name)
        if not isinstance(inner, ast.Lambda | ast.Module):
            facts.defined.add(inner.name)
        _collect(inner, facts, marked)


def _calls(body: list[ast.AST]) -> Calls:
    calls = Calls()
    for node in body:
        match node:
            case ast.Call(func=ast.Name(id=name)):
                calls.names.add(name)
            case ast.Call(func=ast.Attribute(attr=name)):
                calls.attributes.add(name)
            case ast.Call():
                calls.expressions = True
            case ast.Attribute(attr=name, ctx=ast.Load()):
                calls.read_attributes.add(name)
            case ast.With():
                calls.attributes |= _OF_MANAGERS
            case ast.Import() | ast.ImportFrom():
                calls.imports |= imported_names(node)
    return calls


def imported_names(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The parts of the names of all modules that an import may begin to run."""
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names.append(node.module or "")
    return {part for name in names for part in name.split(".")}


def is_import_call(node: ast.AST) -> bool:
    """Whether ``node`` calls a function that imports a module."""
    return isinstance(node, ast.Call) and _last_name(node.func) in IMPORTS


def _arguments(node: FunctionNode) -> list[ast.arg]:
    args = node.args
    starred = [arg for arg in (args.vararg, args.kwarg) if arg]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *starred]


def _collect_node(node: ast.AST, facts: ModuleFacts, called: set[int]) -> None:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            if id(node) not in called:
                facts.used_as_value.add(name)
        case ast.Name(id=name):
            facts.assigned.add(name)
        case ast.Attribute(attr=name, ctx=ast.Load()):
            if id(node) not in called:
                facts.used_as_value.add(name)
        case ast.Attribute(value=owner, attr=name):
            facts.assigned_attributes.add(name)
            if not (isinstance(owner, ast.Name) and owner.id in _NO_MODULES):
                facts.rebindable.add(name)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            facts.rebindable.update(names)
        case ast.alias(name=name, asname=str(other)):
            facts.used_as_value.add(name)
            facts.assigned.add(other)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            facts.assigned.add(name)
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            facts.assigned.add(name)


@dataclass
class Reach:
    """The calls that can lead to a boundary, for all user modules together."""

    names: set[str] = field(default_factory=set)
    scopes: set[Scope] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    escapes: bool = False
    facts: ModuleFacts = field(default_factory=ModuleFacts)

    def may_reach(self, node: ast.AST) -> bool:
        """Whether evaluating this one node, its operands aside, can lead to a boundary."""
        if isinstance(node, ast.Attribute):
            return node.attr in self.properties and isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.With):
            return not self.names.isdisjoint(_OF_MANAGERS)
        if isinstance(node, ast.Import | ast.ImportFrom):
            return not imported_names(node).isdisjoint(self.modules)
        if is_import_call(node) and self.modules:
            return True
        return isinstance(node, ast.Call) and self._may_call(node.func)

    def _may_call(self, function: ast.expr) -> bool:
        if isinstance(function, ast.NamedExpr):
            return self._may_call(function.value)
        if isinstance(function, ast.Attribute):
            name, dynamic = function.attr, function.attr in self.facts.assigned_attributes
        elif isinstance(function, ast.Name):
            name, dynamic = function.id, function.id in self.facts.assigned
        else:
            name, dynamic = "", True
        return name in self.names or (dynamic and self.escapes)


def find_reach(modules: Iterable[ModuleFacts]) -> Reach:
    """Take the facts of all user modules together and follow the calls to a fixed point."""
    modules = list(modules)
    reach = Reach(facts=_merged(modules))
    for facts in modules:
        for scope in facts.with_marker:
            _add(reach, scope, facts)
    while _grow(reach, modules):
        pass
    return reach


def _merged(modules: list[ModuleFacts]) -> ModuleFacts:
    merged = ModuleFacts()
    for facts in modules:
        merged.classes |= facts.classes
        merged.defined |= facts.defined
        merged.assigned |= facts.assigned
        merged.assigned_attributes |= facts.assigned_attributes | facts.assigned
        merged.used_as_value |= facts.used_as_value
        merged.rebindable |= facts.rebindable
    return merged


def _grow(reach: Reach, modules: list[ModuleFacts]) -> bool:
    before = len(reach.scopes), len(reach.names), reach.escapes
    reach.escapes = reach.escapes or not reach.names.isdisjoint(reach.facts.used_as_value)
    names, attributes = set(reach.names), set(reach.names)
    if reach.escapes:
        names |= reach.facts.assigned
        attributes |= reach.facts.assigned_attributes
    for facts in modules:
        for scope, calls in facts.calls.items():
            if scope not in reach.scopes and not (
                calls.names.isdisjoint(names)
                and calls.attributes.isdisjoint(attributes)
                and calls.read_attributes.isdisjoint(reach.properties)
                and calls.imports.isdisjoint(reach.modules)
                and not (reach.modules and IMPORTS & (calls.names | calls.attributes))
                and not (calls.expressions and reach.escapes)
            ):
                _add(reach, scope, facts)
    return before != (len(reach.scopes), len(reach.names), reach.escapes)


def _add(reach: Reach, scope: Scope, facts: ModuleFacts) -> None:
    reach.scopes.add(scope)
    if isinstance(scope, ast.Module):
        reach.modules.add(facts.name)
    if isinstance(scope, ast.Lambda):
        reach.escapes = True
    elif isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        _add_function(reach, scope)


def _add_function(reach: Reach, scope: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    reach.names.add(scope.name)
    if scope.name in _CONSTRUCTORS:
        reach.names |= reach.facts.classes
        reach.escapes = True  # `cls(…)`
    decorators = {_last_name(decorator) for decorator in scope.decorator_list}
    if decorators & _PROPERTIES:
        reach.properties.add(scope.name)
    reach.escapes = reach.escapes or bool(decorators) or scope.name == "__call__"


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
