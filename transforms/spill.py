"""Spilling: hidden state gets a name among the locals.

What CPython keeps on its value stack at a call that can reach a boundary is assigned to a
generated name as well, in the functions that can be live there and nowhere else. The program
computes the same things in the same order as before.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Sequence

from . import quoting
from .definitions import Definition, annotations_of, header_parts, set_header_parts
from .managers import write_out
from .markers import Boundary
from .names import Names
from .operands import is_stable, operands, set_operands
from .positions import Numbering, Position, running_range
from .reach import Reach
from .scopes import LEAVES, Scope, all_nodes, body_nodes, child_nodes_in_scope
from .ways import keep_way

_SIMPLE = ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete | ast.Assert


def spill(
    scope: Scope,
    numbering: Numbering,
    reach: Reach,
    marked: set[Boundary],
    names: Names,
    *,
    postponed: bool = False,
) -> None:
    """Spill the hidden state of ``scope`` in place.

    ``postponed``: no annotation in the module is evaluated where it stands.
    """
    spiller = _Spiller(scope, numbering, reach, marked, names)
    spiller.postponed = postponed
    if isinstance(scope, ast.Lambda):
        scope.body = spiller.expression(scope.body)
    else:
        scope.body = spiller.block(scope.body)


def unstable_names(scope: Scope, rebindable: set[str]) -> set[str]:
    """Variables of ``scope`` that can change while one of its expressions is evaluated."""
    walrus = {node.target.id for node in body_nodes(scope) if type(node) is ast.NamedExpr}
    return rebindable | walrus


class _Spiller:
    def __init__(
        self,
        scope: Scope,
        numbering: Numbering,
        reach: Reach,
        marked: set[Boundary],
        names: Names,
    ) -> None:
        self.numbering = numbering
        self.names = names
        self.postponed = False
        self.reach = reach
        self.marked = marked
        self.unstable = unstable_names(scope, reach.facts.rebindable)
        self.live: set[ast.AST] = set()
        self.reaching: set[ast.AST] = set()
        self.consuming: set[ast.AST] = set()
        for node in [scope.body] if isinstance(scope, ast.Lambda) else scope.body:
            self._find_live(node)

    def _find_live(self, node: ast.AST) -> bool:
        """Fill ``live``: nodes during whose evaluation a snapshot may be taken.

        And ``reaching``: those of them that do not only wait for others; ``consuming``: calls that
        may go through items or call an argument.
        """
        children = (child for child in child_nodes_in_scope(node) if type(child) not in LEAVES)
        inside = [self._find_live(child) for child in children]
        suspends = isinstance(node, ast.Yield | ast.YieldFrom)
        if self.reach.may_reach(node):
            self.reaching.add(node)
            if isinstance(node, ast.Call) and self.reach.may_consume(node):
                self.consuming.add(node)
        if any(inside) or suspends or node in self.marked or node in self.reaching:
            self.live.add(node)
        return node in self.live

    def _any_live(self, nodes: list[ast.stmt] | list[ast.expr]) -> bool:
        return any(node in self.live for node in nodes)

    # -- statements ------------------------------------------------------------------------

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [new for node in body for new in self._statement(node)]

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        is_call = isinstance(node, ast.Expr) and node in self.marked
        if node not in self.live or is_call:
            return [node]
        if isinstance(node, Definition):
            return self._definition(node)
        self._inner_blocks(node)
        match node:
            case ast.For():
                return self._for(node)
            case ast.With():
                return self._with(node)
            case ast.Try():
                return self._try(node)
            case ast.TryStar():
                return self._try_star(node)
            case ast.Match():
                return self._match(node)
            case ast.AugAssign():
                return self._aug_assign(node)
            case ast.Assign():
                return self._assign(node)
            case ast.AnnAssign():
                return self._ann_assign(node)
            case ast.Raise():
                return self._raise(node)
            case ast.If() | ast.While():
                return self._test(node)
        self._header(node)
        return self._cleaned(node, [node])

    def _inner_blocks(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if not isinstance(value, list) or not value:
                continue
            if isinstance(value[0], ast.stmt):
                setattr(node, name, self.block(value))
            elif isinstance(value[0], ast.excepthandler | ast.match_case):
                for inner in value:
                    self._inner_blocks(inner)

    def _header(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, name, self.expression(value))
            elif isinstance(value, list) and value and isinstance(value[0], ast.expr):
                setattr(node, name, [self.expression(item) for item in value])

    def _cleaned(self, node: ast.stmt, new: list[ast.stmt]) -> list[ast.stmt]:
        """Drop the operands of a simple statement when it is done: they may be large."""
        if not isinstance(node, _SIMPLE):
            return new
        return [*new, *self._drop(self._spilled(new), node)]

    def _spilled(self, body: Sequence[ast.AST]) -> list[str]:
        """The generated variables that ``body`` assigns."""
        spilled = {
            node.id: None
            for statement in body
            for node in all_nodes(statement)
            if type(node) is ast.Name and type(node.ctx) is ast.Store
            if self.names.is_generated(node.id)
        }
        return list(spilled)

    def _drop(self, generated: list[str], at: ast.AST) -> list[ast.stmt]:
        """Forget generated variables, of which some may not have been assigned."""
        if not generated:
            return []
        code = f"{' = '.join(generated)} = None"
        if isinstance(self.numbering.scope, ast.Module | ast.ClassDef):
            # They would show among the globals, or the attributes.
            code += f"\ndel {', '.join(generated)}"
        return quoting.statements(code, at)

    # if f(a(), g()): body   =>   if f((op := a()), g()): op = None; body; else: op = None
    def _test(self, node: ast.If | ast.While) -> list[ast.stmt]:
        node.test = self.expression(node.test)
        spilled = self._spilled([ast.Expr(node.test)])
        if spilled:
            node.body = [*self._drop(spilled, node.test), *node.body]
            node.orelse = [*self._drop(spilled, node.test), *node.orelse]
        return [node]

    # for x in xs: …   =>   it = iter(xs); try: for x in it: …; finally: it = None
    def _for(self, node: ast.For) -> list[ast.stmt]:
        node.iter = self.expression(node.iter)
        if node.target in self.live:
            self._set_in_body(node)
        if not self._any_live(node.body) and node not in self.marked | self.reaching:
            return [node]
        name = self.names.iterator(self.numbering.places[node].statement)
        code = f"{name} = {self.names.iter}(xs)"
        begin = quoting.statements(code, _place_of_iter(node), xs=node.iter)
        node.iter = quoting.name(name, node.iter)
        # An iterator goes when its loop is left, however that is: it may be a generator, whose
        # `finally` blocks run then.
        loop = quoting.statements(
            "try:\n    loop\nfinally:\n    drop",
            _place_of_iter(node),
            loop=[node],
            drop=self._drop([name], node.iter),
        )
        self.live.update(loop)
        return [*self._cleaned_header(begin, name), *loop]

    # for a[f()] in xs: body   =>   for op in xs: a[f()] = op; body
    def _set_in_body(self, node: ast.For) -> None:
        target, name = node.target, self._operand_name(node.target)
        bind = self._stored(target, name)
        node.target = ast.copy_location(ast.Name(name, ast.Store()), target)
        self.live.update(bind)
        node.body = [*bind, *self._drop(self._spilled([node.target, *bind]), target), *node.body]

    def _cleaned_header(self, begin: list[ast.stmt], kept: str) -> list[ast.stmt]:
        return [*begin, *self._drop([n for n in self._spilled(begin) if n != kept], begin[0])]

    # with a() as x, b(): …   =>   with (cm_0 := a()) as x, (cm_1 := b()): …
    def _with(self, node: ast.With) -> list[ast.stmt]:
        targets = [item.optional_vars for item in node.items if item.optional_vars]
        if self.reach.may_reach(node) or self._any_live(targets):
            return self._written_out(node)
        statement = self.numbering.places[node].statement
        generated = []
        for index, item in enumerate(node.items):
            name = self.names.manager(statement, index)
            value = self.expression(item.context_expr)
            item.context_expr = self._without_operands(self._named(name, value), name)
            generated.append(name)
        return [node, *self._drop(generated, node.items[0].context_expr)]

    def _written_out(self, node: ast.With) -> list[ast.stmt]:
        body = node.body
        for index in reversed(range(len(node.items))):
            body = self._item_written_out(node, index, body)
            self.live.update(body)
        return body

    def _item_written_out(self, node: ast.With, index: int, body: list[ast.stmt]) -> list[ast.stmt]:
        value = node.items[index].context_expr
        node.items[index].context_expr = self.expression(value)
        statement = self.numbering.places[node].statement
        call = self.names.special(statement, index)
        body = [*self._bound(node.items[index].optional_vars, call, value), *body]
        item = write_out(node, index, body, self.numbering, self.names)
        self.live.update([item.outer, *item.inner.handlers[0].body, *item.outer.finalbody])
        self._keep_handled(item.inner)
        kept = [self.names.manager(statement, index), call]
        operands = [name for name in self._spilled(item.before) if name not in kept]
        begin = [*item.before, *self._drop(operands, value)]
        return [*begin, *self._keep_way(item.outer), *self._drop(kept, value)]

    def _bound(self, target: ast.expr | None, call: str, at: ast.expr) -> list[ast.stmt]:
        """``as target``: the value is what the call before has been assigned to."""
        drop = self._drop([call], at)
        if target is None:
            return drop
        bind = ast.copy_location(ast.Assign([target], quoting.name(call, at)), target)
        return [*(self._assign(bind) if target in self.live else [bind]), *drop]

    # except E: body   =>   except E: exc = handled(); try: body; finally: exc = None
    def _try(self, node: ast.Try) -> list[ast.stmt]:
        for handler in node.handlers:
            if handler.type in self.live:
                handler.type = self._asked_about(handler, handler.type)
        self._keep_handled(node)
        return self._keep_way(node)

    def _keep_handled(self, node: ast.Try | ast.TryStar) -> None:
        for handler in node.handlers:
            if self._any_live(handler.body):
                name = self.names.exception(self.numbering.places[handler])
                at = handler.body[0]
                # Kept no longer than Python keeps it: an exception holds on to frames.
                handler.body = quoting.statements(
                    f"{name} = {self.names.handled}()\ntry:\n    body\nfinally:\n    drop",
                    at,
                    body=handler.body,
                    drop=self._drop([name], at),
                )

    # except f(): …   =>   except (exc := handled(), f(), exc := None)[1]: …
    def _asked_about(self, handler: ast.ExceptHandler, kind: ast.expr) -> ast.expr:
        """What an ``except`` names; the exception must be there to be raised once more."""
        exception = self.names.exception(self.numbering.places[handler])
        kind = self.expression(kind)
        done = [exception, *self._spilled([ast.Expr(kind)])]
        forgotten = ", ".join(f"{name} := None" for name in done)
        code = f"({exception} := {self.names.handled}(), kind, {forgotten})[1]"
        return quoting.expression(code, kind, kind=kind)

    def _keep_way(self, node: ast.Try) -> list[ast.stmt]:
        if not self._any_live(node.finalbody):
            return [node]
        place = self.numbering.places[node]
        variables = self.names.way(place), self.names.exception(place)
        drop = self._drop([*variables], node.finalbody[0])
        return keep_way(node, variables, self.names, drop)

    # try: body; except* E: handler   =>   group = handling(); try:
    #     try: try: body; except: group.begin(); raise
    #     except* E: group.enter(); try: handler; except: group.caught(); raise
    # finally: group = None
    def _try_star(self, node: ast.TryStar) -> list[ast.stmt]:
        new: list[ast.stmt] = [node]
        if any(self._any_live(handler.body) for handler in node.handlers):
            self._keep_handled(node)
            new = self._keep_group(node)
        if not self._any_live(node.finalbody):
            return new
        whole = ast.copy_location(ast.Try([node], [], [], node.finalbody), node)
        whole.body, node.finalbody = new, []
        # What is asked about the statement is asked about its `finally` block.
        self.numbering.places[whole] = self.numbering.places[node]
        self.live.add(whole)
        return self._keep_way(whole)

    def _keep_group(self, node: ast.TryStar) -> list[ast.stmt]:
        name = self.names.group(self.numbering.places[node].statement)
        code = "try:\n    body\nexcept:\n    {0}.{1}()\n    raise"
        node.body = quoting.statements(code.format(name, "begin"), node, body=node.body)
        for index, handler in enumerate(node.handlers):
            handler.body = quoting.statements(
                f"{name}.enter({index})\n{code.format(name, 'caught')}",
                handler.body[0],
                body=handler.body,
            )
        whole = quoting.statements(
            f"{name} = {self.names.handling}()\ntry:\n    body\nfinally:\n    drop",
            node,
            body=[node],
            drop=self._drop([name], node),
        )
        self.live.update(whole)
        return whole

    # match s: case p if g(): …   =>   match (subject := s): …
    def _match(self, node: ast.Match) -> list[ast.stmt]:
        node.subject = self.expression(node.subject)
        tests = [test for case in node.cases for test in (case.pattern, case.guard)]
        if self.live.isdisjoint(filter(None, tests)):
            return [node]
        for case in node.cases:
            case.guard = case.guard and self.expression(case.guard)
        name = self.names.subject(self.numbering.places[node].statement)
        node.subject = self._without_operands(self._named(name, node.subject), name)
        return [node, *self._drop([name], node.subject)]

    # a(b(), c())   =>   (a((op := b()), c()), op := None)[0]
    def _without_operands(self, node: ast.expr, kept: str) -> ast.expr:
        """``node``, whose operands are forgotten when it is evaluated."""
        spilled = [name for name in self._spilled([ast.Expr(node)]) if name != kept]
        if not spilled:
            return node
        forgotten = ", ".join(f"{name} := None" for name in spilled)
        return quoting.expression(f"(value, {forgotten})[0]", node, value=node)

    # @a() def f(x=b(), y: t=g()): …   =>   @(op_1 := a()) def f(x=(op_2 := b()), y: t=g()): …
    def _definition(self, node: Definition) -> list[ast.stmt]:
        parts = header_parts(node)
        for annotation in annotations_of(node) if self.postponed else ():
            self.live.difference_update(ast.walk(annotation))
        live = [self._is_live(part) for part in parts]
        # A decorator is needed until it has been applied, after those below it.
        applied = [self.reach.may_apply(decorator) for decorator in node.decorator_list]
        inside = self.reach.runs_body(node)
        new = [
            self._part(part, inside or any(live[index + 1 :]) or any(applied[index:]))
            for index, part in enumerate(parts)
        ]
        set_header_parts(node, new)
        for index, decorator in enumerate(node.decorator_list):
            if isinstance(decorator, ast.NamedExpr) and applied[index]:
                # Python reports the call at the decorator, which may be a call itself.
                decorator.col_offset -= 1
                statement = self.numbering.places[node].statement
                self.numbering.places[decorator] = Position(statement, -1 - index)
        return [node, *self._drop(self._spilled(new), node)]

    # a[f()] = g()   =>   value = g(); a[f()] = value
    def _assign(self, node: ast.Assign) -> list[ast.stmt]:
        node.value = self.expression(node.value)
        target = node.targets[0]
        if node in self.reaching and isinstance(target, ast.Tuple | ast.List):
            starred = any(isinstance(part, ast.Starred) for part in target.elts)
            node.value = self._items(target, node.value, None if starred else len(target.elts) + 1)
        if not self._any_live(node.targets):
            return self._cleaned(node, [node])
        if any(target in self.live and is_target(target) for target in node.targets):
            return self._cleaned(node, self._unpacked(node))
        node.targets = [self.expression(target) for target in node.targets]
        if is_stable(node.value, self.unstable):
            return self._cleaned(node, [node])
        name = self._operand_name(node.value)
        begin = quoting.statements(f"{name} = value", node.value, value=node.value)
        node.value = quoting.name(name, node.value)
        return self._cleaned(node, [*begin, node])

    # a[f()], b = c = g()   =>   value = g(); op_1, op_2 = value; a[f()] = op_1; b = op_2; c = value
    def _unpacked(self, node: ast.Assign) -> list[ast.stmt]:
        name = self._operand_name(node.targets[0])
        new = quoting.statements(f"{name} = value", node.value, value=node.value)
        for target in node.targets:
            new += self._stored(target, name)
        self.live.update(new)
        return new

    def _stored(self, target: ast.expr, name: str) -> list[ast.stmt]:
        """Assign the variable ``name`` to ``target``, whose parts are taken apart if need be."""
        value = quoting.name(name, target)
        if target not in self.live or not isinstance(target, ast.Tuple | ast.List):
            target = self.expression(target)
            return [ast.copy_location(ast.Assign([target], value), target)]
        parts = [self._operand_name(part) for part in target.elts]
        names: list[ast.expr] = [
            _stored_in(name, part) for name, part in zip(parts, target.elts, strict=True)
        ]
        whole = ast.copy_location(ast.Tuple(names, ast.Store()), target)
        new: list[ast.stmt] = [ast.copy_location(ast.Assign([whole], value), target)]
        for name, part in zip(parts, target.elts, strict=True):
            new += self._stored(part.value if isinstance(part, ast.Starred) else part, name)
        return new

    # x[f()]: T = g()   =>   x[f()] = g(); T   where Python evaluates T at all
    def _ann_assign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        kept = isinstance(self.numbering.scope, ast.Module | ast.ClassDef)
        evaluated = kept and not self.postponed
        if not evaluated:  # nor can anything be assigned within it
            self.live.difference_update(ast.walk(node.annotation))
        live = self._any_live([node.target, node.annotation])
        if node.value is None or not live:
            self._header(node)
            return self._cleaned(node, [node])
        bind = ast.copy_location(ast.Assign([node.target], node.value), node)
        new = self._assign(bind)
        if node.simple:
            node.value, node.annotation = None, self.expression(node.annotation)
            return [*new, *self._cleaned(node, [node])]
        if evaluated:
            said = ast.copy_location(ast.Expr(self.expression(node.annotation)), node.annotation)
            new += self._cleaned(said, [said])
        return new

    # raise a() from g()   =>   raise (op := a()) from g()
    def _raise(self, node: ast.Raise) -> list[ast.stmt]:
        self._header(node)
        if node.exc and node.cause in self.live and not is_stable(node.exc, self.unstable):
            node.exc = self._named_operand(node.exc, node.exc)
        return [node]

    # o.a += g()   =>   old = o.a; old += g(); o.a = old
    def _aug_assign(self, node: ast.AugAssign) -> list[ast.stmt]:
        node.value = self.expression(node.value)
        if node in self.reaching and not is_stable(node.value, self.unstable):
            node.value = self._named_operand(node.value, node.value)
        if isinstance(node.target, ast.Name) and is_stable(node.target, self.unstable):
            return self._cleaned(node, [node])
        before: list[ast.stmt] = []
        target = self._settled_target(node.target, before)
        name = self._operand_name(node.target)
        old = _loaded(target)
        before += quoting.statements(f"{name} = old", node.target, old=old)
        after = quoting.statements("x = y", node.target, y=quoting.name(name, node.target))
        assert isinstance(after[0], ast.Assign)
        after[0].targets = [target]
        node.target = ast.copy_location(ast.Name(name, ast.Store()), node.target)
        return self._cleaned(node, [*before, node, *after])

    def _settled_target(
        self, target: ast.Name | ast.Attribute | ast.Subscript, before: list[ast.stmt]
    ) -> ast.Name | ast.Attribute | ast.Subscript:
        """The same target with all that it takes to reach it evaluated into ``before``."""
        if isinstance(target, ast.Attribute | ast.Subscript):
            target.value = self._settled(target.value, before)
        if isinstance(target, ast.Subscript):
            target.slice = self._settled(target.slice, before)
        return target

    def _settled(self, node: ast.expr, before: list[ast.stmt]) -> ast.expr:
        if is_stable(node, self.unstable):
            return node
        if isinstance(node, ast.Slice | ast.Tuple):
            parts = [self._settled(part, before) for part in operands(node) or []]  # type: ignore[arg-type]
            set_operands(node, list(parts))
            return node
        name = self._operand_name(node)
        before += quoting.statements(f"{name} = value", node, value=self.expression(node))
        return quoting.name(name, node)

    # -- expressions -----------------------------------------------------------------------

    def expression(self, node: ast.expr) -> ast.expr:
        """``node`` with every operand that waits for a live call assigned to a name."""
        if node not in self.live:
            return node
        if operands(node) is None:
            self._branches(node)
            return node
        place = running_range(node)
        self._spill_operands(node)
        if node in self.reaching:
            self._show(node)
        if isinstance(node, ast.Call):
            # Of a named method the compiler does not see that it has a line of its own.
            node.lineno, node.end_lineno, node.col_offset, node.end_col_offset = place
        return node

    def _spill_operands(self, node: ast.AST) -> None:
        parts = operands(node) or []
        live = [self._is_live(part) for part in parts]
        again = node in self.reaching and node not in self.consuming and self.reach.may_repeat(node)
        new = [
            self._part(
                part,
                (again and not _is_callee(part, node)) or _waits(node, live[number + 1 :]),
                late=_is_unpacked_late(part, node) and not again and part not in self.reaching,
            )
            for number, part in enumerate(parts)
        ]
        set_operands(node, new)

    def _show(self, node: ast.expr) -> None:
        """Let the variables tell what ``node`` calls."""
        if isinstance(node, ast.Attribute):
            self._show_owner(node)
        elif isinstance(node, ast.YieldFrom):
            code = f"{self.names.yields_from}(x)"
            items = quoting.expression(code, node.value, x=node.value)
            node.value = self._named_operand(node.value, items)
        elif isinstance(node, ast.Starred):
            node.value = self._items(node, node.value, None)
        elif node in self.consuming:
            assert isinstance(node, ast.Call)
            # list(xs)   =>   call(list, xs)
            node.args.insert(0, node.func)
            node.func = quoting.name(self.names.call, node.func)
        elif isinstance(node, ast.Call):
            self._show_callee(node)

    # *xs   =>   *items(xs, None);   a, b = xs   =>   a, b = items(xs, 3)
    def _items(self, at: ast.expr, value: ast.expr, most: int | None) -> ast.expr:
        """The items that Python takes from ``value`` at ``at``, which can be resumed."""
        call = quoting.expression(f"{self.names.items}(x, {most})", at, x=value)
        place = self.numbering.places[at]
        # Numbers that no node of the source has.
        number = -100 - (place.expression or 0)
        self.numbering.places[call] = Position(place.statement, number)
        return call

    def _show_owner(self, node: ast.Attribute) -> None:
        """Name the object whose property this is, where the variables do not tell."""
        if not isinstance(node.value, ast.Name | ast.NamedExpr | ast.Constant):
            node.value = self._named_operand(node.value, node.value)

    def _show_callee(self, node: ast.Call) -> None:
        """Name the called object where the variables of the frame do not tell what it is."""
        function = node.func
        if isinstance(function, ast.Attribute):
            plain = isinstance(function.value, ast.Name) or is_super_call(function.value)
        else:
            plain = isinstance(function, ast.Name | ast.NamedExpr | ast.Constant)
        if not plain:
            node.func = self._named_operand(function, function)

    def _is_live(self, part: ast.AST) -> bool:
        # The `**mapping` of a dict display has no node of its own in the tree.
        return part in self.live or (isinstance(part, ast.keyword) and part.value in self.live)

    def _branches(self, node: ast.expr) -> None:
        """Expressions whose parts do not wait for each other."""
        if isinstance(node, ast.IfExp):
            node.test = self.expression(node.test)
            node.body = self.expression(node.body)
            node.orelse = self.expression(node.orelse)

    def _part(self, part: ast.AST, waits: bool, *, late: bool = False) -> ast.AST:
        if late and isinstance(part, ast.Starred):
            part.value = self._part(part.value, waits)  # type: ignore[assignment]
            return part
        if isinstance(part, ast.keyword):
            self._spill_operands(part)
        elif isinstance(part, ast.expr):
            part = self.expression(part)
        return self._wrapped(part) if waits and not is_stable(part, self.unstable) else part

    # f(a(), *b, **c, g())   =>   f((op := a()), *(op := (*b,)), **(op := {**c}), g())
    def _wrapped(self, part: ast.AST) -> ast.AST:
        match part:
            case ast.Starred(value=value):
                part.value = self._named_operand(part, quoting.expression("(*x,)", value, x=value))
            case ast.Slice():
                self._name_bounds(part)
            case ast.keyword(arg=None, value=value):
                part.value = self._named_operand(value, quoting.expression("{**x}", value, x=value))
            case ast.keyword(value=value):
                part.value = self._named_operand(value, value)
            case ast.FormattedValue():
                text = ast.copy_location(ast.JoinedStr([part]), part)
                named = self._named_operand(part, text)
                return ast.copy_location(ast.FormattedValue(named, -1, None), part)
            case ast.expr():
                return self._named_operand(part, part)
        return part

    # a[b():c(), g()]   =>   a[(op := b()):(op := c()), g()]
    def _name_bounds(self, node: ast.Slice) -> None:
        bounds = (node.lower, node.upper, node.step)
        node.lower, node.upper, node.step = (b and self._settled_bound(b) for b in bounds)

    def _settled_bound(self, node: ast.expr) -> ast.expr:
        # One that waits for a later bound has a name already.
        done = is_stable(node, self.unstable) or node not in self.numbering.places
        return node if done else self._named_operand(node, node)

    def _named_operand(self, node: ast.expr, value: ast.expr) -> ast.expr:
        return self._named(self._operand_name(node), value)

    def _operand_name(self, node: ast.expr) -> str:
        place = self.numbering.places[node]
        assert place.expression is not None
        return self.names.operand(place.statement, place.expression)

    def _named(self, name: str, value: ast.expr) -> ast.expr:
        target = ast.copy_location(ast.Name(name, ast.Store()), value)
        return ast.copy_location(ast.NamedExpr(target, value), value)


def _place_of_iter(node: ast.For) -> ast.AST:
    """Where Python reports an object that cannot be iterated over."""
    return node.iter if sys.version_info >= (3, 13) else node


def _is_callee(part: ast.AST, node: ast.AST) -> bool:
    """Whether ``part`` is the called object, which `_show_callee` sees to."""
    return isinstance(node, ast.Call) and part is node.func


def _waits(node: ast.AST, later_live: list[bool]) -> bool:
    """Whether an operand of ``node`` is still needed when a later, live one is evaluated."""
    if isinstance(node, ast.BoolOp) or is_target(node):
        return False
    if isinstance(node, ast.Compare):
        return any(later_live[:1])
    return any(later_live)


def _is_unpacked_late(part: ast.AST, node: ast.AST) -> bool:
    """Whether ``part`` is a lone ``*x``, which Python unpacks after the keyword arguments."""
    return isinstance(part, ast.Starred) and isinstance(node, ast.Call) and len(node.args) == 1


def is_target(node: ast.AST) -> bool:
    """Whether ``node`` is the left side of an unpacking assignment, or a `del` of several."""
    return isinstance(node, ast.Tuple | ast.List) and not isinstance(node.ctx, ast.Load)


def is_super_call(node: ast.expr) -> bool:
    """Whether ``node`` is ``super()`` without arguments."""
    match node:
        case ast.Call(func=ast.Name(id="super"), args=[], keywords=[]):
            return True
    return False


def _stored_in(name: str, part: ast.expr) -> ast.expr:
    """The variable that takes ``part`` of what is unpacked; several items where it is starred."""
    target: ast.expr = ast.copy_location(ast.Name(name, ast.Store()), part)
    if isinstance(part, ast.Starred):
        target = ast.copy_location(ast.Starred(target, ast.Store()), part)
    return target


def _loaded(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    """The expression that reads what ``target`` is assigned to."""
    copied = copy.copy(target)
    copied.ctx = ast.Load()
    return copied
