"""Which calls can lead to a boundary, over all user modules.

By name, to a fixed point: a function that holds a boundary can reach a boundary, and so can
every function with a call that may mean one of these. A call through a variable, an attribute
that is assigned, or an expression may mean any function that is used as a value somewhere. An
operator means the special methods of its name. Iterating over what is not known may mean any
generator that is kept somewhere. What this misses is found out at the boundary, and refused there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import PurePath
from typing import Any

from .implicit import (
    ADVANCE,
    BUILT_IN,
    CALL_SPECIAL_METHODS,
    CALLS_ARGUMENT,
    CALLS_LATER,
    COLLECTION_METHODS,
    CONSUMERS,
    GIVES_COLLECTION,
    LAZY,
    OPERATES,
    SPECIAL_METHODS,
    special_methods,
)
from .markers import Boundary
from .records import field, record
from .scopes import (
    FunctionNode,
    Nodes,
    Scope,
    all_nodes,
    arguments,
    child_nodes_in_scope,
    nodes_by_kind,
)

_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__"})
_OF_MANAGERS = frozenset({"__enter__", "__exit__"})
_ORDERING = frozenset({"__lt__", "__le__", "__gt__", "__ge__"})
_NO_MODULES = frozenset({"self", "cls"})
IMPORTS = frozenset({"import_module", "__import__"})
_PROPERTIES = frozenset({"property", "cached_property"})
_CALL_BACK = {
    "absl": {"run"},
    "click": {"forward", "invoke", "main"},
    "fire": {"Fire"},
    "plac": {"call"},
    "typer": {"forward", "invoke", "main", "run"},
}
"""What libraries call the program's functions by, for programs that import them."""


@record
class Calls:
    """What one scope calls: names, attributes, and whether it calls the value of an expression.

    ``specials``: the special methods of its operators; ``iterations``: the nodes that iterate.
    """

    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    read_attributes: set[str] = field(default_factory=set)
    specials: set[str] = field(default_factory=set)
    iterations: list[ast.AST] = field(default_factory=list)
    expressions: bool = False


class Body:
    """What runs in one scope; ``mentioned``: the names that are read, of variables and attributes.

    ``classes``: the classes whose bodies it runs; ``imports``: what it imports.
    """

    def __init__(self, nodes: Nodes, mentioned: set[str]) -> None:
        self.nodes = nodes
        self.mentioned = mentioned
        self.classes: list[ast.ClassDef] = nodes.of(ast.ClassDef)
        imports = map(imported_names, nodes.of(ast.Import, ast.ImportFrom))
        self.imports: set[str] = set().union(*imports)

    @cached_property
    def calls(self) -> Calls:
        """What it calls, which of most scopes nobody asks."""
        return _calls(self.nodes)


@record
class ModuleFacts:
    """What one module says about its names; ``name`` is the last part of its own."""

    name: str = ""
    boundaries: dict[Boundary, Scope] = field(default_factory=dict)
    """With the scope that each stands in."""
    bodies: dict[Scope, Body] = field(default_factory=dict)
    classes: dict[str, set[str]] = field(default_factory=dict)
    """With the names of their bases; "" stands for any class."""
    methods: dict[Scope, str] = field(default_factory=dict)
    """Functions in bodies of classes, with the name of the class."""
    defined: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    assigned_outside: set[str] = field(default_factory=set)
    """Those of the module itself and of classes."""
    assigned_attributes: set[str] = field(default_factory=set)
    used_as_value: set[str] = field(default_factory=set)
    rebindable: set[str] = field(default_factory=set)
    generators: set[Scope] = field(default_factory=set)
    kept: dict[str, list[ast.expr]] = field(default_factory=dict)
    """Calls and generator expressions whose value is not iterated over on the spot, by the name
    of what is called."""
    held: dict[str, list[ast.expr]] = field(default_factory=dict)
    """Those that are the value of a function's variable that is only iterated over, by its name."""


def module_facts(tree: ast.Module, marked: Iterable[Boundary], filename: str = "") -> ModuleFacts:
    """Collect the facts of one module; ``marked`` are its boundaries."""
    path = PurePath(filename)
    facts = ModuleFacts(path.parent.name if path.stem == "__init__" else path.stem)
    _collect(tree, facts, set(marked))
    return facts


def _collect(scope: Scope, facts: ModuleFacts, marked: set[Boundary]) -> None:
    nodes = nodes_by_kind(scope)
    _collect_names(scope, nodes, facts)
    _collect_kept(scope, nodes, facts)
    for kind, group in nodes.items():
        if kind in _BINDING:
            for node in group:
                _BINDING[kind](node, facts)
        elif kind in _BOUNDARIES:
            facts.boundaries |= {node: scope for node in group if node in marked}
        elif kind in _YIELDS:
            facts.generators.add(scope)
    for inner in nodes.scopes:
        _collect_definition(scope, inner, facts)
        _collect(inner, facts, marked)


_LOAD = ast.Load
_YIELDS = frozenset({ast.Yield, ast.YieldFrom})
_BOUNDARIES = frozenset({ast.For, ast.While, ast.AsyncFor, ast.Expr})


def _collect_names(scope: Scope, nodes: Nodes, facts: ModuleFacts) -> None:
    """What is read, and of that what is used in another way than by calling it at once."""
    called = {call.func for call in nodes.of(ast.Call)}
    names: list[ast.Name] = []
    stored: list[ast.Name] = []
    for node in nodes.of(ast.Name):
        (names if type(node.ctx) is _LOAD else stored).append(node)
    attributes = [node for node in nodes.of(ast.Attribute) if type(node.ctx) is _LOAD]
    facts.used_as_value.update([node.id for node in names if node not in called])
    facts.used_as_value.update([node.attr for node in attributes if node not in called])
    facts.assigned.update([node.id for node in stored])
    if not isinstance(scope, FunctionNode):
        facts.assigned_outside |= {node.id for node in stored if type(node.ctx) is ast.Store}
        facts.assigned_outside |= {node.asname for node in nodes.of(ast.alias) if node.asname}
    mentioned = {node.id for node in names}
    mentioned.update([node.attr for node in attributes])
    facts.bodies[scope] = Body(nodes, mentioned)


def _collect_definition(scope: Scope, inner: Scope, facts: ModuleFacts) -> None:
    if isinstance(inner, FunctionNode):
        facts.assigned |= {arg.arg for arg in arguments(inner)}
        if isinstance(scope, ast.ClassDef):
            facts.methods[inner] = scope.name
    elif isinstance(inner, ast.ClassDef):
        is_inner = isinstance(scope, FunctionNode)
        bases = {"" if is_inner else _name_of_base(base) for base in inner.bases}
        facts.classes.setdefault(inner.name, set()).update(bases)
    if not isinstance(inner, ast.Lambda | ast.Module):
        facts.defined.add(inner.name)


def _name_of_base(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):  # as in `Generic[T]`
        return _name_of_base(node.value)
    return last_name(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _calls(nodes: Nodes) -> Calls:
    calls = Calls()
    for call in nodes.of(ast.Call):
        if isinstance(call.func, ast.Name):
            calls.names.add(call.func.id)
        elif isinstance(call.func, ast.Attribute):
            calls.attributes.add(call.func.attr)
        else:
            calls.expressions = True
    read = [node for node in nodes.of(ast.Attribute) if type(node.ctx) is ast.Load]
    calls.read_attributes = {node.attr for node in read}
    calls.iterations = _iterations(nodes)
    if nodes.of(ast.With):
        calls.attributes |= _OF_MANAGERS
    for definition in nodes.of(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        _add_decorators(calls, definition.decorator_list)
    for name in BUILT_IN.keys() & calls.names:
        calls.specials.update(BUILT_IN[name])
    for node in [*_operations(nodes), *read[:1]]:
        calls.specials.update(special_methods(node))
    return calls


def _iterations(nodes: Nodes) -> list[ast.AST]:
    """The nodes that iterate over something."""
    found: list[ast.AST] = nodes.of(ast.For, ast.comprehension, ast.YieldFrom, ast.Starred)
    for node in nodes.of(ast.Assign):
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple | ast.List):
            found.append(node)
    return found + [call for call in nodes.of(ast.Call) if last_name(call.func) in _ITERATE]


def _operations(nodes: Nodes) -> Iterator[ast.AST]:
    """Nodes that call special methods, one of all that call the same."""
    for kind in (ast.BinOp, ast.AugAssign, ast.UnaryOp):
        yield from {type(node.op): node for node in nodes.of(kind)}.values()
    yield from nodes.of(ast.Compare)
    yield from {type(node.ctx): node for node in nodes.of(ast.Subscript)}.values()
    yield from nodes.of(ast.FormattedValue)[:1]


def _add_decorators(calls: Calls, decorators: list[ast.expr]) -> None:
    for decorator in decorators:
        match decorator:
            case ast.Name(id=name):
                calls.names.add(name)
            case ast.Attribute(attr=name):
                calls.attributes.add(name)
            case _:
                calls.expressions = True


def imported_names(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The parts of the names of all modules that an import may begin to run."""
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names.append(node.module or "")
    return {part for name in names for part in name.split(".")}


_ITERATE = CONSUMERS | ADVANCE | {"next"}


def _collect_kept(scope: Scope, nodes: Nodes, facts: ModuleFacts) -> None:
    consumed = _consumed(nodes)
    held = _held(scope, nodes, consumed)
    for node, name in held.items():
        facts.held.setdefault(name, []).append(node)
    for made in nodes.of(ast.Call, ast.GeneratorExp):
        if made not in consumed and made not in held:
            facts.kept.setdefault(last_name(made), []).append(made)


def _consumed(nodes: Nodes) -> set[ast.AST]:
    """The expressions that are iterated over on the spot."""
    consumed: set[ast.AST] = set()
    for loop in nodes.of(ast.For, ast.comprehension):
        _consume(loop.iter, consumed)
    for node in nodes.of(ast.YieldFrom, ast.Starred):
        _consume(node.value, consumed)
    for call in nodes.of(ast.Call):
        if last_name(call) in _TAKE_ALL:
            for items in call.args:
                _consume(items, consumed)
    return consumed


_TAKE_ALL = CONSUMERS - LAZY


def _consume(items: ast.expr, consumed: set[ast.AST]) -> None:
    consumed.add(items)
    if isinstance(items, ast.Call) and last_name(items.func) in LAZY:
        for argument in items.args:
            _consume(argument, consumed)


def _held(scope: Scope, nodes: Nodes, consumed: set[ast.AST]) -> dict[ast.expr, str]:
    """What is assigned to variables of a function that are iterated over and nothing else."""
    assigned = {
        node.value: node.targets[0].id
        for node in nodes.of(ast.Assign)
        if isinstance(node.targets[0], ast.Name)
        if isinstance(node.value, ast.Call | ast.GeneratorExp) and len(node.targets) == 1
    }
    if not assigned or not isinstance(scope, ast.FunctionDef):
        return {}
    used = (node for node in nodes.of(ast.Name) if type(node.ctx) is ast.Load)
    other = {node.id for node in used if node not in consumed}
    for node in nodes.of(ast.Global, ast.Nonlocal):
        other.update(node.names)
    for inner in nodes.scopes:
        other |= {node.id for node in all_nodes(inner) if isinstance(node, ast.Name)}
    if not other.isdisjoint(_SEE_ALL):
        return {}
    return {node: name for node, name in assigned.items() if name not in other}


_SEE_ALL = frozenset({"eval", "exec", "locals", "vars"})


def stored_names(scope: Scope) -> set[str]:
    """The names that a scope may assign outside of itself."""
    nodes = nodes_by_kind(scope)
    attributes = {node.attr for node in nodes.of(ast.Attribute) if type(node.ctx) is not ast.Load}
    return attributes.union(*(node.names for node in nodes.of(ast.Global)))


def _collect_attribute(node: ast.Attribute, facts: ModuleFacts) -> None:
    if type(node.ctx) is not ast.Load:
        facts.assigned_attributes.add(node.attr)
        if not (isinstance(node.value, ast.Name) and node.value.id in _NO_MODULES):
            facts.rebindable.add(node.attr)


def _collect_keywords(node: ast.Call, facts: ModuleFacts) -> None:
    """As in `SimpleNamespace(step=f)`."""
    variable = (one for one in node.keywords if not isinstance(one.value, ast.Constant))
    facts.assigned_attributes |= {one.arg for one in variable if one.arg}


def _collect_alias(node: ast.alias, facts: ModuleFacts) -> None:
    if node.asname:
        facts.used_as_value.add(node.name)
        facts.assigned.add(node.asname)


def _collect_declared(node: ast.Global | ast.Nonlocal, facts: ModuleFacts) -> None:
    facts.rebindable.update(node.names)


def _collect_bound(node: ast.ExceptHandler | ast.MatchAs, facts: ModuleFacts) -> None:
    if node.name:
        facts.assigned.add(node.name)


def _collect_rest(node: ast.MatchMapping, facts: ModuleFacts) -> None:
    if node.rest:
        facts.assigned.add(node.rest)


_BINDING: dict[type[ast.AST], Callable[[Any, ModuleFacts], None]] = {
    ast.Attribute: _collect_attribute,
    ast.Call: _collect_keywords,
    ast.alias: _collect_alias,
    ast.Global: _collect_declared,
    ast.Nonlocal: _collect_declared,
    ast.ExceptHandler: _collect_bound,
    ast.MatchAs: _collect_bound,
    ast.MatchStar: _collect_bound,
    ast.MatchMapping: _collect_rest,
}


_MAY_REACH = CALL_SPECIAL_METHODS | {
    *(ast.Call, ast.Attribute, ast.For, ast.comprehension, ast.YieldFrom, ast.Starred, ast.Assign),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.With, ast.Import, ast.ImportFrom),
}
"""The kinds of nodes whose evaluation can lead to a boundary."""


@record
class Reach:
    """The calls that can lead to a boundary, for all user modules together.

    ``generators``: the names of those functions in ``names`` that make generators; ``iterates``:
    whether iterating over a value that is not known may run one of them; ``holders``: the names of
    variables of which that is true in any case. ``repeated``: the names that may mean a wrapper
    around one of the functions; ``wraps``: whether any name may. ``callers``: the names of
    functions of libraries that may call them.
    """

    names: set[str] = field(default_factory=set)
    scopes: set[Scope] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)
    generators: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    callers: set[str] = field(default_factory=set)
    escapes: bool = False
    iterates: bool = False
    holders: set[str] = field(default_factory=set)
    wraps: bool = False
    facts: ModuleFacts = field(default_factory=ModuleFacts)

    def may_reach(self, node: ast.AST) -> bool:
        """Whether evaluating this one node, its operands aside, can lead to a boundary."""
        kind = type(node)
        if kind not in _MAY_REACH:
            return False
        if not self.names.isdisjoint(special_methods(node)):
            return True
        match node:
            case ast.Call():
                return (
                    self._may_call(node.func)
                    or self.may_consume(node)
                    or self._advances(node)
                    or (bool(self.modules) and last_name(node.func) in IMPORTS)
                )
            case ast.Attribute(attr=name, ctx=ast.Load()):
                return name in self.properties
            case ast.For(iter=items) | ast.comprehension(iter=items):
                return self.may_iterate(items)
            case ast.YieldFrom(value=items) | ast.Starred(value=items, ctx=ast.Load()):
                return self.may_iterate(items)
            case ast.Assign(targets=[ast.Tuple() | ast.List()], value=items):
                return self.may_iterate(items)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return self.runs_body(node) or any(map(self.may_apply, node.decorator_list))
            case ast.With():
                return not self.names.isdisjoint(_OF_MANAGERS)
            case ast.Import() | ast.ImportFrom():
                return not imported_names(node).isdisjoint(self.modules)
        return False

    def may_repeat(self, node: ast.AST) -> bool:
        """Whether this node may be evaluated again on its operands, to get into its callee."""
        if not isinstance(node, ast.Call):
            return not isinstance(node, ast.Attribute | ast.YieldFrom | ast.Starred)
        name = last_name(node.func)
        by_name = BUILT_IN.keys() | ADVANCE | IMPORTS | self.repeated
        return name in by_name or self.wraps

    def is_method(self, name: str) -> bool:
        """Whether calling an attribute of that name surely calls a function as it was defined."""
        other = (
            self.facts.classes.keys()
            | self.facts.assigned_attributes
            | self.repeated
            | self.callers
        )
        return name in self.facts.defined - other and not self.wraps

    def runs_body(self, node: ast.AST) -> bool:
        """Whether ``node`` is a class in whose body there may be a boundary."""
        return isinstance(node, ast.ClassDef) and node in self.scopes

    def may_apply(self, decorator: ast.expr) -> bool:
        """Whether calling the value of ``decorator`` can lead to a boundary."""
        return self._may_call(decorator)

    def _may_call(self, function: ast.expr) -> bool:
        if isinstance(function, ast.NamedExpr):
            return self._may_call(function.value)
        if isinstance(function, ast.Attribute):
            name, dynamic = function.attr, function.attr in self.facts.assigned_attributes
        elif isinstance(function, ast.Name):
            name, dynamic = function.id, function.id in self.facts.assigned
        else:
            name, dynamic = "", True
        return name in self.names or name in self.callers or (dynamic and self.escapes)

    # -- iteration -------------------------------------------------------------------------

    def may_iterate(self, node: ast.AST) -> bool:
        """Whether iterating over the value of ``node`` can lead to a boundary."""
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.List() | ast.Tuple() | ast.Set():
                return False
            case ast.Dict() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                return False
            case ast.GeneratorExp():
                return any(map(self.may_reach, inside(node)))
            case ast.Starred(value=value) | ast.NamedExpr(value=value):
                return self.may_iterate(value)
            case ast.IfExp(body=body, orelse=orelse):
                return self.may_iterate(body) or self.may_iterate(orelse)
            case ast.Call():
                return self._may_iterate_call(node)
            case ast.Name(id=name):
                return self.iterates or name in self.holders
        return self.iterates

    def _may_iterate_call(self, node: ast.Call) -> bool:
        name = last_name(node.func)
        own = name in self.facts.defined or name in self.facts.assigned
        if name in self.generators:
            return True
        if name in LAZY:
            # Also by another name for itself, as in `islice = itertools.islice`.
            passes_on = any(map(self.may_iterate, node.args)) or self._calls_later(node)
            if passes_on or not own:
                return passes_on
        builtin = GIVES_COLLECTION if isinstance(node.func, ast.Name) else COLLECTION_METHODS
        return self.iterates and (own or name not in builtin)

    def _calls_later(self, node: ast.Call) -> bool:
        name, args = last_name(node.func), node.args
        if name not in CALLS_LATER or len(args) < 2:
            return False
        return self._may_be_called(args[0])

    def _may_be_called(self, argument: ast.expr) -> bool:
        """Whether a function that is given as an argument may lead to a boundary."""
        if isinstance(argument, ast.Lambda):
            return argument in self.scopes
        if isinstance(argument, ast.Call):
            return self.escapes
        return self._may_call(argument) if isinstance(argument, ast.Name | ast.Attribute) else False

    def may_consume(self, node: ast.Call) -> bool:
        """Whether ``node`` may go through items, or call an argument, and so reach a boundary."""
        name = last_name(node.func)
        if name not in CONSUMERS:
            return False
        if name in CALLS_ARGUMENT and any(map(self._may_be_called, _called_by(name, node))):
            return True
        if any(method in self.names for method in OPERATES.get(name, ())):
            return True
        if name in _COMPARE and len(node.args) > 1:
            return False
        # What asks its first argument first can be asked again.
        return any(map(self.may_iterate, node.args[_ASKED_FIRST.get(name, 0) :]))

    def _advances(self, node: ast.Call) -> bool:
        match node.func:
            case ast.Name(id="next"):
                return any(map(self.may_iterate, node.args[:1]))
            case ast.Attribute(attr=name):
                return name in ADVANCE and self.iterates
        return False


def inside(node: ast.AST) -> list[ast.AST]:
    """The nodes of a comprehension that are evaluated as it runs: not its first iterable."""
    first = node.generators[0].iter  # type: ignore[attr-defined]
    todo = list(ast.iter_child_nodes(node))
    found: list[ast.AST] = []
    while todo:
        part = todo.pop()
        if part is not first:
            found.append(part)
            todo.extend(child_nodes_in_scope(part))
    return found


def find_reach(modules: Iterable[ModuleFacts]) -> Reach:
    """Take the facts of all user modules together and follow the calls to a fixed point."""
    modules = list(modules)
    reach = Reach(facts=_merged(modules))
    for facts in modules:
        for scope in facts.boundaries.values():
            _add(reach, scope, facts)
    if reach.scopes:
        reach.callers = {name for facts in modules for name in _callers(facts)}
    while _grow(reach, modules):
        pass
    wrappers = (node for name in _WRAPPERS for node in reach.facts.kept.get(name, ()))
    reach.wraps = reach.escapes and any(map(_makes_wrapper, wrappers))
    return reach


def _callers(facts: ModuleFacts) -> set[str]:
    """The names by which libraries that a module imports call functions of the program."""
    imported = {name for body in facts.bodies.values() for name in body.imports}
    return {name for library in imported & _CALL_BACK.keys() for name in _CALL_BACK[library]}


def _makes_wrapper(node: ast.expr) -> bool:
    """Whether a call wraps a function, as `lru_cache` does, other than as a decorator."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in _WRAPPERS:
        return False
    return any(isinstance(arg, ast.Name | ast.Attribute | ast.Lambda) for arg in node.args)


_COMPARE = frozenset({"max", "min"})
"""Functions that take items of their argument only where it is the only one."""

_BY_KEY = _COMPARE | {"sort", "sorted"}
"""Functions that call no argument but ``key``."""


def _called_by(name: str, node: ast.Call) -> list[ast.expr]:
    """The arguments that a function of `CALLS_ARGUMENT` may call."""
    if name in _BY_KEY:
        return [keyword.value for keyword in node.keywords if keyword.arg in {"key", None}]
    return node.args[:1]


_ASKED_FIRST = {"filter": 2, "map": 2, "zip": 1}
"""How many arguments of a lazy function need no twin."""

_WRAPPERS = frozenset({"cache", "lru_cache", "singledispatch"})


def _merged(modules: list[ModuleFacts]) -> ModuleFacts:
    merged = ModuleFacts()
    for facts in modules:
        for name, bases in facts.classes.items():
            merged.classes.setdefault(name, set()).update(bases)
        merged.methods |= facts.methods
        merged.defined |= facts.defined
        merged.assigned |= facts.assigned
        merged.assigned_outside |= facts.assigned_outside
        merged.assigned_attributes |= facts.assigned_attributes | facts.assigned_outside
        merged.assigned_attributes |= facts.rebindable
        merged.used_as_value |= facts.used_as_value
        merged.rebindable |= facts.rebindable
        merged.generators |= facts.generators
        for name, nodes in facts.kept.items():
            merged.kept.setdefault(name, []).extend(nodes)
        for name, nodes in facts.held.items():
            merged.held.setdefault(name, []).extend(nodes)
    return merged


def _grow(reach: Reach, modules: list[ModuleFacts]) -> bool:
    before = _progress(reach)
    reach.escapes = reach.escapes or not reach.names.isdisjoint(reach.facts.used_as_value)
    reach.iterates = reach.iterates or _iterates(reach)
    held = ((name, nodes) for name, nodes in reach.facts.held.items() if name not in reach.holders)
    reach.holders |= {name for name, nodes in held if any(map(reach.may_iterate, nodes))}
    sought = _Sought(reach)
    for facts in modules:
        for scope, body in facts.bodies.items():
            if scope not in reach.scopes and sought.is_in(body):
                _add(reach, scope, facts)
    return before != _progress(reach)


class _Sought:
    """What a scope must have that can reach a boundary, as far as it is known by now."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.names = reach.names | reach.callers
        self.attributes = set(self.names)
        if reach.escapes:
            self.names |= reach.facts.assigned
            self.attributes |= reach.facts.assigned_attributes
        self.iterated = _names_of_iterated(reach)
        self.mentioned = self.names | self.attributes | self.iterated | reach.properties | IMPORTS
        # What needs no name in the source.
        self.is_anywhere = (
            reach.escapes or reach.iterates or not reach.names.isdisjoint(SPECIAL_METHODS)
        )

    def is_in(self, body: Body) -> bool:
        """Whether a scope has something of it."""
        reach = self.reach
        if not (body.imports.isdisjoint(reach.modules) and reach.scopes.isdisjoint(body.classes)):
            return True
        if not self.is_anywhere and body.mentioned.isdisjoint(self.mentioned):
            return False  # most need no closer look
        calls = body.calls
        return not (
            calls.names.isdisjoint(self.names)
            and calls.attributes.isdisjoint(self.attributes)
            and calls.specials.isdisjoint(reach.names)
            and calls.read_attributes.isdisjoint(reach.properties)
            and not (reach.modules and IMPORTS & (calls.names | calls.attributes))
            and not (calls.expressions and reach.escapes)
            and not self._is_iterated_in(body)
        )

    def _is_iterated_in(self, body: Body) -> bool:
        if not self.reach.iterates and body.mentioned.isdisjoint(self.iterated):
            return False
        return any(map(self.reach.may_reach, body.calls.iterations))


def _names_of_iterated(reach: Reach) -> set[str]:
    """The names of which every iteration that may lead to a boundary has one.

    That holds until any value may be one that runs user code when it is iterated over.
    """
    names = reach.names | reach.callers | reach.generators | reach.holders
    names |= {name for name, methods in OPERATES.items() if not reach.names.isdisjoint(methods)}
    return names | CALLS_LATER | CALLS_ARGUMENT if reach.escapes else names


def _progress(reach: Reach) -> tuple[int, ...]:
    return (len(reach.scopes), len(reach.names), reach.escapes, reach.iterates, len(reach.holders))


def _iterates(reach: Reach) -> bool:
    """Whether there may be a value somewhere that runs user code when it is iterated over."""
    if not reach.names.isdisjoint({"__next__", "__iter__"}):
        return True
    if not reach.generators.isdisjoint(reach.facts.used_as_value):
        return True
    # Other calls return what runs none, as far as is known by now.
    kept = reach.facts.kept.keys() & (reach.generators | LAZY | {""})
    return any(reach.may_iterate(node) for name in kept for node in reach.facts.kept[name])


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
        made = _derived(reach.facts, reach.facts.methods.get(scope, ""))
        reach.names |= made
        reach.escapes = True  # `cls(…)`
        if scope.name == "__new__":
            reach.repeated |= made | {"cls"}
    if scope in reach.facts.generators:
        reach.generators.add(scope.name)
        reach.iterates = reach.iterates or bool(scope.decorator_list)
    elif scope.decorator_list:
        reach.repeated.add(scope.name)
    decorators = {last_name(decorator) for decorator in scope.decorator_list}
    if "contextmanager" in decorators:
        reach.names |= _OF_MANAGERS
    if scope.name in _OF_MANAGERS or "contextmanager" in decorators:
        reach.names.add("enter_context")
    if scope.name in _ORDERING and "total_ordering" in reach.facts.used_as_value:
        reach.names |= _ORDERING
    for decorator in scope.decorator_list:
        registered = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(registered, ast.Attribute) and isinstance(registered.value, ast.Name):
            # What it is registered with may call it, as in `functools.singledispatch`.
            reach.names.add(registered.value.id)
            reach.repeated.add(registered.value.id)
    if decorators & _PROPERTIES:
        reach.properties.add(scope.name)
    reach.escapes = reach.escapes or bool(decorators) or scope.name == "__call__"


def _derived(facts: ModuleFacts, name: str) -> set[str]:
    """The names of a class, "" for any, and of all that may be derived from it."""
    found = {name}
    unknown = {"", *facts.assigned_outside, *facts.rebindable}
    todo = {other: bases for other, bases in facts.classes.items() if other != name}
    while more := {
        other
        for other, bases in todo.items()
        if name == "" or not bases.isdisjoint(found | unknown)
    }:
        found |= more
        todo = {other: bases for other, bases in todo.items() if other not in more}
    return found - {""}


def last_name(node: ast.expr) -> str:
    """The name by which a function or decorator is called."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return last_name(node.func) if isinstance(node, ast.Call) else ""
