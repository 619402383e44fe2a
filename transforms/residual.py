"""The residual program: the rest of a function from a position on.

`residual` takes a rewritten function and the node that one of its frames is evaluating, and makes
the function that does what remains. The active node becomes a call that resumes the next frame;
what was evaluated before it is read from the variables that `spill` assigned. Statements before
the active one are gone, branches not taken are gone, and a loop goes on in three steps:

    for x in it: body        for once in (None,): the rest of this iteration
    else: orelse        =>   else:
                                 for x in it: body
                                 else: orelse

`break` and `continue` in the first loop mean what they meant in the user's.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from types import CodeType
from typing import Any, TypeGuard, TypeVar

from . import quoting
from .boundary import is_boundary, is_generator
from .classes import rest_of_body, resumed_body
from .definitions import (
    Definition,
    changed_header,
    copied,
    header_parts,
    original,
    set_header_parts,
)
from .errors import Unresumable as Unresumable
from .implicit import ADVANCE
from .jumps import with_jumps
from .liveness import read_first
from .names import Names
from .nesting import nesting
from .operands import is_stable, operands, set_operands
from .pipeline import Function
from .positions import Position, running_range
from .records import field, record
from .scopes import (
    FunctionNode,
    Scope,
    all_codes,
    body_nodes,
    child_nodes_in_scope,
    code_start,
    is_seen_through,
    match_codes,
)
from .silence import quiet
from .spill import is_target
from .ways import go_on, keeps_way


class Link(StrEnum):
    """How the value of the active node comes from the frame below it."""

    RETURN = "return"
    """The frame's return value is the node's value."""
    YIELD = "yield"
    """There is none: the frame is a generator's, and whoever resumes it gives the value."""
    DELEGATE = "delegate"
    """The same, at a ``yield from`` that has not come to its end."""
    IMPORT = "import"
    """The frame is a module's, which is being imported; the node is evaluated again, and the
    module's residual program runs in place of its code."""
    CLASS = "class"
    """The frame is a class body; the node, a class statement, goes on with it and makes the
    class."""
    INIT = "init"
    """The frame is an ``__init__``; the node's value is the new instance."""
    AGAIN = "again"
    """The node is evaluated again, and enters the frame: as that of a generator that it advances,
    or because the function that it calls has been told to go on there."""


SUSPENDED = frozenset({Link.YIELD, Link.DELEGATE})
"""The links of a generator that is not running."""


@record
class Residual:
    """The rest of one function.

    ``code``: of a module, to be executed in its globals; of a function, to be called with
    ``parameters``, its ``co_freevars`` as closure; of a suspended generator, to be called with a
    mapping that has them, and advanced once. ``mentioned``: variables that it may use;
    ``read``: those of them that it may use before it assigns them. ``attributes``: the names of
    attributes in it. ``hidden``: generated
    variables that must have been kept. ``own``: local variables that are assigned and not imported.
    """

    code: CodeType
    parameters: list[str]
    mentioned: set[str]
    read: set[str]
    attributes: set[str]
    hidden: set[str]
    own: set[str]

    @property
    def sees_everything(self) -> bool:
        """Whether it may use variables without mentioning them."""
        return not LOOKS_AROUND.isdisjoint((self.mentioned - self.own) | self.attributes)


LOOKS_AROUND = frozenset(
    {"locals", "vars", "eval", "exec", "dir", "globals"}  # and libraries that look at frames
    | {"_getframe", "currentframe", "stack", "query", "evaluate"}
)
"""Functions and methods that may use variables which are not mentioned where they are called."""
T = TypeVar("T", bound=ast.AST)


def residual(
    function: Function, position: Position, link: Link, unbound: frozenset[str] = frozenset()
) -> Residual:
    """Make the residual program of ``function`` at ``position``.

    ``link`` says how the next frame gives the active node its value. ``unbound`` are those plain
    locals that have no value; they become no parameters. Raises `Unresumable`.
    """
    active = find_active(function, position)
    builder = _Builder(function, active, link)
    body = builder.body()
    has_none = isinstance(function.scope, ast.Module | ast.ClassDef)
    parameters = [] if has_none else _parameters(function, link)
    # Python 3.12 shows the variables of comprehensions among those of the function.
    elsewhere = _declared_global(function.scope)
    unbound -= elsewhere
    parameters = [name for name in parameters if name not in unbound | elsewhere]
    if is_generator(function.scope):
        # A generator is made before all of its variables are there, as they may lead back to it.
        if link not in SUSPENDED:
            body += quoting.statements("if False:\n    yield", function.scope)  # still a generator
        carrier = _carrier(function, body, parameters)
        whole = [*_taken(parameters, carrier, function), *body]
        tree = _assemble(function, whole, [carrier], sorted(unbound))
    else:
        tree = _assemble(function, body, parameters, sorted(unbound))
    nodes = [node for statement in body for node in ast.walk(statement)]
    mentioned = {node.id for node in nodes if isinstance(node, ast.Name)}
    _check_super(function, mentioned)
    return Residual(
        _compiled(tree, function),
        parameters,
        _as_variables(mentioned, function),
        _as_variables(read_first(body), function),
        {node.attr for node in nodes if isinstance(node, ast.Attribute)},
        builder.hidden,
        set(variables_of(function.code)).difference(_imported(function.scope)),
    )


def _check_super(function: Function, mentioned: set[str]) -> None:
    """Refuse what would find another instance: where the first parameter is a cell, a copy."""
    name = first_parameter(function.code)
    if "super" not in mentioned or name not in function.code.co_cellvars:
        return
    nodes = list(body_nodes(function.scope))
    for scope in list(nodes):
        nodes += ast.walk(scope) if isinstance(scope, FunctionNode) else []
    for node in nodes:
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            raise Unresumable(f"`super()` after `{name}` has changed cannot be resumed", node)


def _imported(scope: Scope) -> set[str]:
    """The names that imports in ``scope`` bind."""
    aliases = (node for node in body_nodes(scope) if isinstance(node, ast.alias))
    return {alias.asname or alias.name for alias in aliases}


def _carrier(function: Function, body: list[ast.stmt], parameters: list[str]) -> str:
    """The parameter that brings a generator its variables.

    `super()` takes the first parameter for the instance.
    """
    mentions_super = any(
        isinstance(node, ast.Name) and node.id == "super"
        for statement in body
        for node in ast.walk(statement)
    )
    first = first_parameter(function.code)
    if not mentions_super or first is None:
        return function.module.names.state
    return first if first in parameters else function.module.names.first


def _taken(variables: list[str], carrier: str, function: Function) -> list[ast.stmt]:
    names = function.module.names
    lines = [f"{name} = {names.state}[{name!r}]" for name in variables]
    if carrier != names.state:
        lines.insert(0, f"{names.state} = {carrier}")
    if carrier == names.first:
        lines.append(f"{carrier} = {names.state}.get({carrier!r})")
    return quoting.statements("\n".join([*lines, f"del {names.state}"]), function.scope)


def find_active(function: Function, position: Position) -> ast.AST:
    """The node at ``position`` in the rewritten tree; for a boundary, its statement."""
    node = function.numbering.at(position)
    if node is None:
        raise Unresumable("this place is not known", function.scope)
    return node


def _parameters(function: Function, link: Link) -> list[str]:
    names, code = function.module.names, function.code
    # `super()` takes the first parameter for the instance, and cannot if that is a cell.
    is_cell = first_parameter(code) in code.co_cellvars
    first = [names.first] if is_cell and not is_generator(function.scope) else []
    return [*first, *variables_of(code), *_SPECIAL[link](names)]


_SPECIAL: dict[Link, Callable[[Names], list[str]]] = {
    Link.RETURN: lambda names: [names.next],
    Link.INIT: lambda names: [names.next, names.instance],
    Link.AGAIN: lambda names: [names.next],
    Link.CLASS: lambda names: [names.next],
    Link.IMPORT: lambda names: [],
    Link.YIELD: lambda names: [],
    Link.DELEGATE: lambda names: [names.delegate],
}


# -- the body ------------------------------------------------------------------------------


@record
class _Builder:
    function: Function
    active: ast.AST
    link: Link
    hidden: set[str] = field(default_factory=set)
    path: set[ast.AST] = field(default_factory=set)

    @property
    def names(self) -> Names:
        return self.function.module.names

    def body(self) -> list[ast.stmt]:
        scope = self.function.scope
        if isinstance(scope, ast.Lambda):
            self._find_path(scope.body)
            return [ast.copy_location(ast.Return(self.expression(scope.body)), scope.body)]
        for statement in scope.body:
            self._find_path(statement)
        return self.block(scope.body)

    def _find_path(self, node: ast.AST) -> bool:
        """Fill ``path``: the nodes around the active one, and itself."""
        inside = [self._find_path(child) for child in child_nodes_in_scope(node)]
        if any(inside) or node is self.active:
            self.path.add(node)
        return node in self.path

    def on_path(self, nodes: list[ast.stmt]) -> bool:
        return any(node in self.path for node in nodes)

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        for index, node in enumerate(body):
            if node in self.path:
                return [*self.statement(node), *body[index + 1 :]]
        raise Unresumable("this place is not known", self.active)

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        if node is self.active and isinstance(node, ast.Expr):
            return self._boundary(node)
        for kind, handler in _STATEMENTS.items():
            if isinstance(node, kind):
                return handler(self, node)
        raise Unresumable(f"a boundary below `{type(node).__name__}` cannot be resumed yet", node)

    def hide(self, name: str) -> str:
        self.hidden.add(name)
        return name

    def _import(self, node: ast.stmt) -> list[ast.stmt]:
        """Modules that the statement has imported already, it finds again."""
        return [node]

    def _definition(self, node: Definition) -> list[ast.stmt]:
        parts = header_parts(node)
        if node is self.active:
            assert isinstance(node, ast.ClassDef)
            return self._class_again(node, [self._evaluated_part(part) for part in parts])
        current = next((n for n, part in enumerate(parts) if self._leads_on(part)), None)
        if current is None or getattr(node, "type_params", None):
            what = f"the definition of {node.name}, which has type parameters,"
            raise Unresumable(f"a boundary inside {what} cannot be resumed yet", node)
        part = parts[current]
        before = [self._evaluated_part(part) for part in parts[:current]]
        if part is self.active and isinstance(part, ast.Name | ast.NamedExpr):
            return self._decorated(node, before, self._resumed(part))
        rest = [*before, self._rest_of_part(part), *parts[current + 1 :]]
        return [changed_header(node, rest)]

    def _rest_of_part(self, part: ast.AST) -> ast.AST:
        if isinstance(part, ast.keyword):
            return _changed(part, value=self.expression(part.value))
        rest: ast.AST = self.expression(part)
        return rest

    # @a @b @c def f(): …   =>   f = a(b(resumed))
    def _decorated(
        self, node: Definition, decorators: Sequence[ast.AST], value: ast.expr
    ) -> list[ast.stmt]:
        for decorator in reversed(decorators):
            assert isinstance(decorator, ast.expr)
            value = ast.copy_location(ast.Call(decorator, [value], []), decorator)
        return quoting.statements(f"{node.name} = value", node, value=value)

    # @a class C(B, metaclass=M): …   =>   C = a(class_again(next, "C", B, metaclass=M)())
    def _class_again(self, node: ast.ClassDef, parts: Sequence[ast.AST]) -> list[ast.stmt]:
        header = copy.copy(node)
        set_header_parts(header, [*parts])
        code = f"{self.names.class_again}({self.names.next}, {node.name!r})()"
        value = quoting.expression(code, node)
        assert isinstance(value, ast.Call) and isinstance(value.func, ast.Call)
        value.func.args += header.bases
        value.func.keywords += header.keywords
        return self._decorated(node, header.decorator_list, value)

    # -- compound statements ---------------------------------------------------------------

    def _if(self, node: ast.If) -> list[ast.stmt]:
        if self.on_path(node.body):
            return self.block(node.body)
        if self.on_path(node.orelse):
            return self.block(node.orelse)
        return [_changed(node, test=self.expression(node.test))]

    def _for(self, node: ast.For) -> list[ast.stmt]:
        if self.on_path(node.orelse):
            return self.block(node.orelse)
        if node is not self.active and not self.on_path(node.body):
            return [_changed(node, iter=self.expression(node.iter))]
        statement = self.function.numbering.places[node].statement
        iterator = self.hide(self.names.iterator(statement))
        clean = _changed(node, iter=quoting.name(iterator, node.iter))
        if node is self.active and self.link is Link.AGAIN:
            return [*self._begin_again(node.iter), clean]
        return self._once(node, clean)

    def _while(self, node: ast.While) -> list[ast.stmt]:
        if self.on_path(node.orelse):
            return self.block(node.orelse)
        if node is self.active or self.on_path(node.body):
            return self._once(node, node)
        return self._while_test(node)

    # while test: …   =>   testing = True
    #                      while (resumed if testing and not (testing := False) else test): …
    def _while_test(self, node: ast.While) -> list[ast.stmt]:
        testing = self.names.testing
        begin = quoting.statements(f"{testing} = True", node.test)
        test = quoting.expression(
            f"resumed if {testing} and not ({testing} := False) else test",
            node.test,
            resumed=self.expression(node.test),
            test=node.test,
        )
        return [*begin, _changed(node, test=test)]

    def _once(self, node: ast.For | ast.While, clean: ast.stmt) -> list[ast.stmt]:
        """The rest of this iteration, then the loop."""
        header = node.iter if isinstance(node, ast.For) else node.test
        rest = self._loop_top(node) if node is self.active else self.block(node.body)
        return quoting.statements(
            f"for {self.names.once} in (None,):\n    rest\nelse:\n    clean",
            header,
            rest=rest,
            clean=[clean],
        )

    def _loop_top(self, node: ast.For | ast.While) -> list[ast.stmt]:
        """The body of a marked loop from its boundary on."""
        marked = isinstance(node.body[0], ast.If) and is_boundary(
            getattr(node.body[0].body[0], "value", node), self.names
        )
        return [*self._boundary(node), *node.body[marked:]]

    def _boundary(self, node: ast.stmt) -> list[ast.stmt]:
        return quoting.zero_width([ast.Expr(self._resumed(node))], node)

    def _try(self, node: ast.Try | ast.TryStar) -> list[ast.stmt]:
        if self.on_path(node.body):
            rest = [_changed(node, body=self.block(node.body))]
            return [*self._before(node), *rest]
        if self.on_path(node.orelse):
            # What an `else` raises, the handlers do not catch.
            nothing = quoting.statements("pass", node)
            return [_changed(node, body=nothing, orelse=self.block(node.orelse))]
        if self.on_path(node.finalbody):
            return self._finally(node)
        for handler in node.handlers:
            if handler.type in self.path and isinstance(node, ast.Try):
                return self._handlers_from(node, handler)
            if handler in self.path and self.on_path(handler.body):
                whole = isinstance(node, ast.Try)
                new = self._handler(handler) if whole else self._star_handler(node, handler)
                return self._with_final(node, new)
        place = "the exceptions that an `except` names"
        raise Unresumable(f"a boundary inside {place} cannot be resumed yet", node)

    # try: body; finally: final
    # =>   try: go on as body did; finally: handle_again(exc); the rest of final
    def _finally(self, node: ast.Try | ast.TryStar) -> list[ast.stmt]:
        names = self._way_of(node)
        if names is None:
            raise Unresumable("the way into this `finally` block was not kept", node)
        exc = names[1]
        around = self._ways_around(node)
        leave = go_on(node.body, names)
        read = {name.id for step in leave for name in ast.walk(step) if isinstance(name, ast.Name)}
        self.hidden |= {*around, *read}
        rest = self.block(node.finalbody)
        again = f"{self.names.handle_again}({exc})"
        code = "\n".join(around) + (
            f"\ntry:\n    go_on\nfinally:\n    if {exc} is not None:\n        {again}\n    rest"
        )
        return quoting.statements(code, node, go_on=leave, rest=rest)

    def _way_of(self, node: ast.AST) -> tuple[str, str] | None:
        """The variables that hold how the body of ``node`` was left, if it has any."""
        place = self.function.numbering.places.get(node)
        if place is None or not isinstance(node, ast.Try):
            return None
        names = self.names.way(place), self.names.exception(place)
        return names if keeps_way(node, names[0]) else None

    def _ways_around(self, node: ast.AST) -> list[str]:
        """The ways out of each `try` around ``node``: a jump sets them all before it goes."""
        around = (
            self._way_of(outer)
            for outer in self.path
            if isinstance(outer, ast.Try) and outer is not node and self.on_path(outer.body)
        )
        return sorted(names[0] for names in around if names)

    def _before(self, node: ast.AST) -> list[ast.stmt]:
        """Set the variables for the way out of ``node``, unless an inner jump has done so."""
        names = [name for name in self._way_of(node) or () if name not in self.hidden]
        return quoting.statements(f"{' = '.join(names)} = None", node) if names else []

    # try: body; except f(): a; except E: b
    # =>   try: raise exc; except (handle_again(exc), resumed)[1]: a; except E: b
    def _handlers_from(self, node: ast.Try, handler: ast.ExceptHandler) -> list[ast.stmt]:
        exception = self.hide(self.names.exception(self.function.numbering.places[handler]))
        code = f"({self.names.handle_again}({exception}), kind)[1]"
        kind = quoting.expression(code, node, kind=self.expression(handler.type))
        later = node.handlers[node.handlers.index(handler) + 1 :]
        again = quoting.statements(f"raise {exception}", node)
        handlers = [_changed(handler, type=kind), *later]
        return [_changed(node, body=again, handlers=handlers, orelse=[])]

    # except E as e: body
    # =>   try: raise exc; except: handle_again(exc); try: rest; finally: e = None; del e
    def _handler(self, handler: ast.ExceptHandler) -> list[ast.stmt]:
        place = self.function.numbering.places[handler]
        exception = self.hide(self.names.exception(place))
        at = handler.type or handler.body[0]
        rest = self.block(handler.body)
        if handler.name:
            code = f"try:\n    rest\nfinally:\n    {handler.name} = None\n    del {handler.name}"
            rest = quoting.statements(code, at, rest=rest)
        again = f"{self.names.handle_again}({exception})"
        code = f"try:\n    raise {exception}\nexcept:\n    {again}\n    rest"
        return quoting.statements(code, at, rest=rest)

    # except* E: body; except* F: later
    # =>   try: the rest of body; except: pass
    #      if group.matches(1, F): try: try: raise part; except: later; except: pass
    #      if group.left(): raise part
    def _star_handler(
        self, node: ast.Try | ast.TryStar, handler: ast.ExceptHandler
    ) -> list[ast.stmt]:
        group = self.names.group(self.function.numbering.places[node].statement)
        self.hide(group)
        # What the blocks raise, they have noted themselves.
        code = "try:\n    rest\nexcept:\n    pass"
        new = quoting.statements(code, handler, rest=self._handler(handler))
        for index in range(node.handlers.index(handler) + 1, len(node.handlers)):
            new += self._later_handler(
                node.handlers[index], f"{group}.matches({index}, kind)", group
            )
        code = (
            f"if {group}.left():\n    try:\n        raise {group}.part\n"
            f"    except:\n        {group}.handle()\n        raise"
        )
        return [*new, *quoting.statements(code, node)]

    def _later_handler(self, handler: ast.ExceptHandler, test: str, group: str) -> list[ast.stmt]:
        body, name = handler.body, handler.name
        if name:
            code = (
                f"{name} = {self.names.handled}()\n"
                f"try:\n    body\nfinally:\n    {name} = None\n    del {name}"
            )
            body = quoting.statements(code, handler, body=body)
        assert handler.type is not None
        return quoting.statements(
            f"if {test}:\n    try:\n        try:\n            raise {group}.part\n"
            f"        except:\n            {group}.handle()\n            body\n"
            "    except:\n        pass",
            handler,
            kind=handler.type,
            body=body,
        )

    def _with_final(self, node: ast.Try | ast.TryStar, body: list[ast.stmt]) -> list[ast.stmt]:
        if not node.finalbody:
            return body
        code = "try:\n    body\nfinally:\n    final"
        return quoting.statements(code, node, body=body, final=node.finalbody)

    def _with(self, node: ast.With) -> list[ast.stmt]:
        inside = [item in self.path for item in node.items]
        current = inside.index(True) if any(inside) else len(node.items)
        entered = [self._entered(node, index) for index in range(current)]
        if current == len(node.items):
            return [_changed(node, items=entered, body=self.block(node.body))]
        item = node.items[current]
        rest = _changed(item, context_expr=self.expression(item.context_expr))
        return [_changed(node, items=[*entered, rest, *node.items[current + 1 :]])]

    def _entered(self, node: ast.With, index: int) -> ast.withitem:
        statement = self.function.numbering.places[node].statement
        manager = self.hide(self.names.manager(statement, index))
        at = node.items[index].context_expr
        return ast.withitem(quoting.expression(f"{self.names.entered}({manager})", at))

    def _match(self, node: ast.Match) -> list[ast.stmt]:
        for index, case in enumerate(node.cases):
            if self.on_path(case.body):
                return self.block(case.body)
            if case.guard in self.path:
                return self._else_later(node, index, self.expression(case.guard))
            if case.pattern in self.path:
                return self._else_later(node, index, self._pattern(node, case))
        return [_changed(node, subject=self.expression(node.subject))]

    # match s: case p if g(): body; later   =>   if resumed: body; else: match s: later
    def _else_later(self, node: ast.Match, index: int, test: ast.expr) -> list[ast.stmt]:
        later = node.cases[index + 1 :]
        whole = ast.copy_location(ast.If(test, node.cases[index].body, []), test)
        if later:
            whole.orelse = [_changed(node, subject=self._subject(node), cases=later)]
        return [whole]

    # case a.b if g():   =>   s == resumed and g()
    def _pattern(self, node: ast.Match, case: ast.match_case) -> ast.expr:
        if not isinstance(case.pattern, ast.MatchValue):
            raise Unresumable("a boundary inside a pattern cannot be resumed yet", node)
        value = self.expression(case.pattern.value)
        test = quoting.expression("s == value", case.pattern, s=self._subject(node), value=value)
        if case.guard is None:
            return test
        return ast.copy_location(ast.BoolOp(ast.And(), [test, case.guard]), case.guard)

    def _subject(self, node: ast.Match) -> ast.expr:
        statement = self.function.numbering.places[node].statement
        return quoting.name(self.hide(self.names.subject(statement)), node.subject)

    # -- simple statements -----------------------------------------------------------------

    def _begin_again(self, at: ast.AST) -> list[ast.stmt]:
        return quoting.statements(f"{self.names.next}()", at)

    def _aug_assign(self, node: ast.AugAssign) -> list[ast.stmt]:
        if node is not self.active:
            return self._value(node)
        again = _changed(node, value=self.evaluated(node.value))
        return [*self._begin_again(node.target), again]

    def _value(self, node: ast.stmt) -> list[ast.stmt]:
        """`return`, an expression, or an augmented assignment to a variable."""
        if isinstance(node, ast.AugAssign) and not (
            isinstance(node.target, ast.Name) and is_stable(node.target, self.function.unstable)
        ):
            raise Unresumable("the value on the left was not kept", node)
        value: ast.expr = node.value  # type: ignore[attr-defined]
        return [_changed(node, value=self.expression(value))]

    def _assign(self, node: ast.Assign) -> list[ast.stmt]:
        if node.value in self.path:
            return self._value(node)
        number = next(n for n, target in enumerate(node.targets) if target in self.path)
        targets = [self.expression(node.targets[number]), *node.targets[number + 1 :]]
        return [_changed(node, targets=targets, value=self.evaluated(node.value))]

    def _ann_assign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        for name in ("value", "target", "annotation"):
            part = getattr(node, name)
            if part in self.path:
                return [_changed(node, **{name: self.expression(part)})]
        raise Unresumable("this place is not known", node)

    def _delete(self, node: ast.Delete) -> list[ast.stmt]:
        number = next(n for n, target in enumerate(node.targets) if target in self.path)
        rest = [self.expression(node.targets[number]), *node.targets[number + 1 :]]
        return [_changed(node, targets=rest)]

    def _assert(self, node: ast.Assert) -> list[ast.stmt]:
        if node.test in self.path:
            return [_changed(node, test=self.expression(node.test))]
        assert node.msg is not None
        message = self.expression(node.msg)
        return [ast.copy_location(ast.Assert(_constant(False, node), message), node)]

    def _raise(self, node: ast.Raise) -> list[ast.stmt]:
        assert node.exc is not None
        if node.exc in self.path:
            return [_changed(node, exc=self.expression(node.exc))]
        assert node.cause is not None
        exc = self.evaluated(node.exc)
        return [_changed(node, exc=exc, cause=self.expression(node.cause))]

    # -- expressions -----------------------------------------------------------------------

    def expression(self, node: Any) -> Any:
        """What is left of ``node`` to evaluate, with the active node resumed."""
        if node is self.active:
            return self._resumed(node)
        if isinstance(node, ast.IfExp):
            return self._if_expression(node)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            return self._comprehension(node)
        parts = operands(node)
        if parts is None:
            raise Unresumable(
                f"a boundary below `{type(node).__name__}` cannot be resumed yet", node
            )
        current = next((n for n, part in enumerate(parts) if self._leads_on(part)), None)
        if current is None:
            raise Unresumable("a boundary in this part of a statement cannot be resumed yet", node)
        if is_target(node):
            return self._target(node, current)
        if isinstance(node, ast.BoolOp):
            return self._bool_op(node, current)
        if isinstance(node, ast.Compare):
            return self._compare(node, current)
        before = [self._evaluated_part(part) for part in parts[:current]]
        changed = copied(node)
        set_operands(changed, [*before, self.expression(parts[current]), *parts[current + 1 :]])
        return changed

    def _target(self, node: ast.Tuple | ast.List, current: int) -> ast.expr:
        rest = node.elts[current + 1 :]
        return _changed(node, elts=[self.expression(node.elts[current]), *rest])

    def _leads_on(self, part: ast.AST) -> bool:
        return part in self.path or (isinstance(part, ast.keyword) and part.value in self.path)

    def _resumed(self, node: ast.AST) -> ast.expr:
        if self.link is Link.AGAIN:
            code = f"({self.names.next}(), again)[1]"
            return quoting.expression(code, node, again=self._again(node))
        if self.link is Link.IMPORT:
            assert isinstance(node, ast.Call)
            return self._again(node)
        code = f"{self.names.next}()"
        if self.link is Link.YIELD:
            code = "(yield)"
        elif self.link is Link.DELEGATE:
            code = f"(yield from {self._delegate(node)})"
        elif self.link is Link.INIT:
            # Both names are gone from a module when the call has arrived at the boundary.
            code = f"({self.names.instance}, {self.names.next}())[0]"
        return quoting.expression(code, _as_running(node) if isinstance(node, ast.expr) else node)

    def _delegate(self, node: ast.AST) -> str:
        """What a ``yield from`` goes on with, under the name that it has in the function."""
        value = getattr(node, "value", None)
        if isinstance(value, ast.NamedExpr) and self.names.is_generated(value.target.id):
            return f"({value.target.id} := {self.names.delegate})"
        return self.names.delegate

    def _again(self, node: ast.AST) -> ast.expr:
        """``node`` with its operands as they were evaluated."""
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            raise Unresumable("a boundary inside a chain of comparisons cannot be resumed", node)
        if isinstance(node, ast.Call) and _advances(node):
            # It has what was sent; a generator that is made anew can only be asked for more.
            code = f"{self.names.step}(method.__self__)"
            method = self._operand_again(node.func, node)
            assert isinstance(method, ast.expr)
            return quoting.expression(code, node, method=method)
        parts = [self._operand_again(part, node) for part in operands(node) or []]
        again = _changed(node)
        set_operands(again, parts)
        assert isinstance(again, ast.expr)
        return again

    def _operand_again(self, part: ast.AST, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Call) and part is node.func and isinstance(part, ast.Attribute):
            return _changed(part, value=self._evaluated_part(part.value))
        return self._evaluated_part(part)

    def _if_expression(self, node: ast.IfExp) -> ast.expr:
        if node.test in self.path:
            return _changed(node, test=self.expression(node.test))
        rest: ast.expr = self.expression(node.body if node.body in self.path else node.orelse)
        return rest

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> ast.expr:
        first, *others = node.generators
        if first.iter not in self.path:
            what = "a comprehension or generator expression"
            raise Unresumable(f"a boundary inside {what} cannot be resumed yet", node)
        first = _changed(first, iter=self.expression(first.iter))
        return _changed(node, generators=[first, *others])

    def _bool_op(self, node: ast.BoolOp, current: int) -> ast.expr:
        first = self.expression(node.values[current])
        rest = node.values[current + 1 :]
        return _changed(node, values=[first, *rest]) if rest else first

    def _compare(self, node: ast.Compare, current: int) -> ast.expr:
        if current == 0:
            return _changed(node, left=self.expression(node.left))
        index = current - 1
        left = node.comparators[index - 1] if index else node.left
        active = self.expression(node.comparators[index])
        return _changed(
            node,
            left=self.evaluated(left),
            ops=node.ops[index:],
            comparators=[active, *node.comparators[index + 1 :]],
        )

    def _evaluated_part(self, part: ast.AST) -> ast.AST:
        if is_stable(part, self.function.unstable):
            return part
        if isinstance(part, ast.keyword | ast.Starred | ast.FormattedValue):
            return _changed(part, value=self.evaluated(part.value))
        if isinstance(part, ast.Slice):
            bounds = [self._evaluated_part(bound) for bound in operands(part) or []]
            settled = _changed(part)
            set_operands(settled, bounds)
            return settled
        assert isinstance(part, ast.expr)
        return self.evaluated(part)

    def evaluated(self, node: ast.expr) -> ast.expr:
        """The value that ``node`` had when it was evaluated, before the active node."""
        if is_stable(node, self.function.unstable):
            return node
        if isinstance(node, ast.NamedExpr) and self.names.is_generated(node.target.id):
            return quoting.name(self.hide(node.target.id), node)
        text = ast.unparse(node)
        raise Unresumable(
            f"the value of `{text}` was not kept: the call was not seen to lead to a boundary",
            node,
        )


_STATEMENTS: dict[type[ast.stmt], Callable[[_Builder, ast.stmt], list[ast.stmt]]] = {
    ast.If: _Builder._if,  # type: ignore[dict-item]
    ast.For: _Builder._for,  # type: ignore[dict-item]
    ast.While: _Builder._while,  # type: ignore[dict-item]
    ast.Try: _Builder._try,  # type: ignore[dict-item]
    ast.TryStar: _Builder._try,  # type: ignore[dict-item]
    ast.With: _Builder._with,  # type: ignore[dict-item]
    ast.Match: _Builder._match,  # type: ignore[dict-item]
    ast.Expr: _Builder._value,
    ast.Return: _Builder._value,
    ast.AugAssign: _Builder._aug_assign,  # type: ignore[dict-item]
    ast.Assign: _Builder._assign,  # type: ignore[dict-item]
    ast.AnnAssign: _Builder._ann_assign,  # type: ignore[dict-item]
    ast.Delete: _Builder._delete,  # type: ignore[dict-item]
    ast.Assert: _Builder._assert,  # type: ignore[dict-item]
    ast.Raise: _Builder._raise,  # type: ignore[dict-item]
    ast.FunctionDef: _Builder._definition,  # type: ignore[dict-item]
    ast.AsyncFunctionDef: _Builder._definition,  # type: ignore[dict-item]
    ast.ClassDef: _Builder._definition,  # type: ignore[dict-item]
    ast.Import: _Builder._import,
    ast.ImportFrom: _Builder._import,
}


def _changed(node: T, **fields: object) -> T:
    """A shallow copy of ``node`` with other fields; trees share what did not change."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _as_running(node: ast.expr) -> ast.expr:
    """A copy at the place that tracebacks show while it runs."""
    line, end_line, column, end_column = running_range(node)
    lines = {"lineno": line, "end_lineno": end_line}
    return _changed(node, **lines, col_offset=column, end_col_offset=end_column)


def _constant(value: object, at: ast.AST) -> ast.expr:
    return ast.copy_location(ast.Constant(value), at)  # type: ignore[arg-type]


def _advances(node: ast.Call) -> bool:
    """Whether ``node`` calls a method that runs a generator."""
    function = node.func.value if isinstance(node.func, ast.NamedExpr) else node.func
    return isinstance(function, ast.Attribute) and function.attr in ADVANCE


# -- the function around the body -----------------------------------------------------------


def _assemble(
    function: Function, body: list[ast.stmt], parameters: list[str], unbound: list[str]
) -> ast.Module:
    """The module to compile: the body itself, or a function of the residual's name around it."""
    if isinstance(function.scope, ast.Module):
        # In a module `global` changes nothing, but the body of a loop may stand there twice.
        return ast.Module(_without(body, (ast.Global,)), [])
    if isinstance(function.scope, ast.ClassDef):
        return _assemble_class(function, function.scope, body)
    names = function.module.names
    cells = _free_names(function)
    # The class makes private names mangle and `super()` find its `__class__` as in the original,
    # and must not hide what its name means there. One without letters leaves private names alone.
    class_name = function.enclosing_class or "__"
    code = f"""
def {names.factory}({", ".join(cells)}):
    {"pass" if class_name in cells else f"global {class_name}"}
    class {class_name}:
        def {names.residual}():
            if False:
                {"".join(f"{name} = " for name in unbound)}None
            declarations
            body
"""
    tree = ast.Module(
        quoting.statements(
            code,
            function.scope,
            declarations=_declarations(function, cells),
            body=_without(body, (ast.Global, ast.Nonlocal, ast.AnnAssign)),
        ),
        [],
    )
    inner = tree.body[0].body[1].body[0]  # type: ignore[attr-defined]
    inner.args.posonlyargs = [ast.arg(name, lineno=1, col_offset=0) for name in parameters]
    ast.fix_missing_locations(tree)
    inner.lineno = function.code.co_firstlineno
    return tree


def _assemble_class(function: Function, scope: ast.ClassDef, body: list[ast.stmt]) -> ast.Module:
    """The module to compile for the rest of a class body."""
    names, cells = function.module.names, _free_names(function)
    code = f"""
def {names.factory}({", ".join(cells)}):
    {"pass" if scope.name in cells else f"global {scope.name}"}
    class {scope.name}:
        declarations
        body
"""
    rest = _without(body, (ast.Global, ast.Nonlocal))
    whole = quoting.statements(
        code,
        scope,
        declarations=_own_declarations(scope),
        body=rest_of_body(rest, scope, cells_of(function.code), names),
    )
    return ast.fix_missing_locations(ast.Module(whole, []))


def _free_names(function: Function) -> list[str]:
    return [name for name in cells_of(function.code) if name != "__class__"]


def _own_declarations(scope: ast.ClassDef) -> list[ast.stmt]:
    """All `global` and `nonlocal` statements of a class body."""
    declared = (node for node in body_nodes(scope) if isinstance(node, ast.Global | ast.Nonlocal))
    return list(declared) or quoting.statements("pass", scope)


def _declarations(function: Function, cells: list[str]) -> list[ast.stmt]:
    """`global` and `nonlocal` for the whole residual; they may have stood in what is gone."""
    scope = function.scope
    new: list[ast.stmt] = []
    global_names = _declared_global(scope)
    if global_names:
        new += quoting.statements(f"global {', '.join(sorted(global_names))}", scope)
    if cells:
        new += quoting.statements(f"nonlocal {', '.join(cells)}", scope)
    return new or quoting.statements("pass", scope)


def _declared_global(scope: Scope) -> set[str]:
    return {
        name for node in body_nodes(scope) if isinstance(node, ast.Global) for name in node.names
    }


def _without(body: list[ast.stmt], kinds: tuple[type[ast.stmt], ...]) -> list[ast.stmt]:
    """``body`` without what must not stand beside the declarations of the whole residual."""
    new: list[ast.stmt] = []
    for node in body:
        if isinstance(node, kinds) and isinstance(node, ast.Global | ast.Nonlocal):
            new.append(ast.copy_location(ast.Pass(), node))
        elif _is_annotated_name(node) and type(node) in kinds:
            new.append(_without_annotation(node))
        elif any(isinstance(inner, kinds) for inner in _in_scope(node)):
            new.append(_without_inside(node, kinds))
        else:
            new.append(node)
    return new


def _is_annotated_name(node: ast.stmt) -> TypeGuard[ast.AnnAssign]:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


def _without_annotation(node: ast.AnnAssign) -> ast.stmt:
    """In a function, the annotation of a variable is not evaluated."""
    plain = ast.Assign([node.target], node.value) if node.value else ast.Pass()
    return ast.copy_location(plain, node)


def _in_scope(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in child_nodes_in_scope(node):
        yield from _in_scope(child)


def _without_inside(node: T, kinds: tuple[type[ast.stmt], ...]) -> T:
    changed = copy.copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            setattr(changed, name, _without(value, kinds))
        elif isinstance(value, list) and value and isinstance(value[0], ast.AST):
            setattr(changed, name, [_without_inside(item, kinds) for item in value])
    return changed


def variables_of(code: CodeType) -> list[str]:
    """The plain locals of a function, parameters first."""
    return [name for name in code.co_varnames if name not in code.co_cellvars]


def cells_of(code: CodeType) -> list[str]:
    """The cell and free variables of a function."""
    return [*code.co_cellvars, *code.co_freevars]


def first_parameter(code: CodeType) -> str | None:
    """The parameter that `super()` takes for the instance."""
    return code.co_varnames[0] if code.co_argcount else None


# -- the code object ------------------------------------------------------------------------


def compiled_around(function: Function, parameters: list[str]) -> CodeType:
    """The code of a whole function with all of its cells around it."""
    assert isinstance(function.scope, ast.FunctionDef)
    return _compiled(_assemble(function, function.scope.body, parameters, []), function)


def _compiled(tree: ast.Module, function: Function) -> CodeType:
    module = function.module
    with quiet(), nesting(module.source, module.filename):
        code = compile(tree, module.filename, "exec", module.future_flags, dont_inherit=True)
    if module.switchable:
        code = with_jumps(code, module.names)
    code = with_clean_codes(code, tree, function)
    if isinstance(function.scope, ast.Module):
        return code
    if isinstance(function.scope, ast.ClassDef):
        inner = _find(code, function.scope.name)
        assert inner is not None
        inner = resumed_body(inner, function.code, module.names)
    else:
        inner = _find(code, module.names.residual)
        assert inner is not None
    return inner.replace(co_name=function.code.co_name, co_qualname=function.code.co_qualname)


def with_clean_codes(code: CodeType, tree: ast.Module, function: Function) -> CodeType:
    """Give inner functions of ``code``, compiled from ``tree``, the code they have in the module.

    So a function made by a residual program is the function that the plain program makes.
    """
    return _replaced(code, _clean_codes(code, tree, function))


def _clean_codes(code: CodeType, tree: ast.Module, function: Function) -> dict[int, CodeType]:
    clean = {id(other.scope): other.runs for other in function.module.functions}
    pairs = [(inner, clean.get(id(original(scope)))) for scope, inner in match_codes(code, tree)]
    pairs += [
        (inner, function.module.running.seen_through.get(code_start(inner)))
        for inner in all_codes(code)
        if is_seen_through(inner)
    ]
    found: dict[int, CodeType] = {}
    for inner, own in pairs:
        if own is None:
            continue
        if own.co_freevars != inner.co_freevars:
            raise Unresumable("an inner function would see other variables", function.scope)
        found[id(inner)] = own
    return found


def _replaced(code: CodeType, clean: dict[int, CodeType]) -> CodeType:
    constants = tuple(
        clean.get(id(constant)) or _replaced(constant, clean)
        if isinstance(constant, CodeType)
        else constant
        for constant in code.co_consts
    )
    return code.replace(co_consts=constants)


def _find(code: CodeType, name: str) -> CodeType | None:
    if code.co_name == name:
        return code
    inner = (_find(c, name) for c in code.co_consts if isinstance(c, CodeType))
    return next((found for found in inner if found), None)


def _as_variables(names: set[str], function: Function) -> set[str]:
    """The variables that names in the source stand for."""
    names = set(names)
    if function.enclosing_class:
        class_name = function.enclosing_class.lstrip("_")
        private = {name for name in names if name.startswith("__")}
        names |= {f"_{class_name}{name}" for name in private}
    if "super" in names:
        names |= {"__class__", first_parameter(function.code) or ""}
    return names
