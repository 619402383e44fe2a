"""Models of functions that run as they were written, as if they had been rewritten.

Generators of libraries and generator expressions are not rewritten: their hidden state is on the
value stack. To make a residual program that can be saved again in the ordinary way, such a
function is spilled when it is needed, and only it.
"""

from __future__ import annotations
import __future__

import ast
import copy
from collections.abc import Iterator
from types import CodeType

from . import quoting
from .boundary import show_cells
from .comprehensions import nested_loops
from .names import Names, names_for
from .pipeline import Function, Parsed, Rewritten
from .positions import number
from .reach import ModuleFacts, Reach, module_facts
from .residual import Unresumable, cells_of, compiled_around, variables_of
from .scopes import Scope, body_nodes, code_start, first_line, is_seen_through, match_codes
from .spill import spill, unstable_names


class Library:
    """One module that is not rewritten; its statements are compiled when they are needed."""

    def __init__(self, source: bytes, filename: str) -> None:
        self.source = source
        self.filename = filename
        self.statements = ast.parse(source, filename).body
        self._names = names_for(source)
        self._flags = _future_flags(self.statements)
        self._imports = _imports(self.statements)
        self._parts: dict[int, Rewritten] = {}

    def at(self, line: int) -> list[Function]:
        """The functions of the statement at the module's top level that ``line`` belongs to."""
        numbers = enumerate(self.statements)
        found = [number for number, node in numbers if first_line(node) <= line]
        return self._part(found[-1]).functions if found else []

    def named(self, qualname: str) -> Iterator[Function]:
        """The functions with a qualified name."""
        top = qualname.partition(".")[0]
        for index, node in enumerate(self.statements):
            if top.startswith("<") or any(_defines(inner, top) for inner in ast.walk(node)):
                functions = self._part(index).functions
                yield from (one for one in functions if one.code.co_qualname == qualname)

    def _part(self, number: int) -> Rewritten:
        if number not in self._parts:
            tree = ast.Module([*self._imports, self.statements[number]], [])
            scopes = [node for node in ast.walk(tree) if isinstance(node, Scope)]
            parsed = Parsed(self.source, self.filename, tree, set(), module_facts(tree, ()), scopes)
            part = Rewritten(parsed, self._names)
            part.code = compile(tree, self.filename, "exec", self._flags, dont_inherit=True)
            _ = part.functions  # found now, because the tree is going to change
            self._parts[number] = part
        return self._parts[number]


def _future_flags(statements: list[ast.stmt]) -> int:
    flags = 0
    for node in statements:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    return flags


def _imports(statements: list[ast.stmt]) -> list[ast.stmt]:
    """An import of all that a module imports: Python compiles calls of its functions apart."""
    module = ast.Module(statements, [])
    names = {
        (alias.asname or alias.name).partition(".")[0]
        for node in body_nodes(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    } - {"*"}
    code = f"import {', '.join(sorted(names))}"
    return quoting.statements(code, statements[0]) if names else []


def _defines(node: ast.AST, name: str) -> bool:
    return getattr(node, "name", None) == name and isinstance(node, Scope)


# -- functions -------------------------------------------------------------------------------


def spilled(plain: Function) -> Function:
    """The model of a function of a `Library`, whose tree is changed."""
    scope, names, module = plain.scope, plain.module.names, plain.module
    if not isinstance(scope, ast.FunctionDef):
        raise Unresumable("a generator that is no `def` cannot be saved yet", scope)
    as_written = number(copy.deepcopy(scope))
    # The function as it is keeps the numbers that it has before its tree is changed.
    numbering, plain.numbering = number(scope), number(scope)
    rebindable = _not_local(scope, plain.code)
    unstable = unstable_names(scope, rebindable)
    spill(scope, numbering, Reach(facts=ModuleFacts(rebindable=rebindable)), set(), names)
    if cells_of(plain.code):
        show_cells(scope, sorted(cells_of(plain.code)), names)
    whole = compile(module.tree, module.filename, "exec", module.future_flags, dont_inherit=True)
    code = next(code for other, code in match_codes(whole, module.tree) if other is scope)
    function = Function(module, plain.index, scope, code)
    function.numbering, function.unstable = numbering, unstable
    function.as_written = as_written
    return function


def _not_local(scope: Scope, code: CodeType) -> set[str]:
    """The variables in ``scope`` that others can change."""
    names = {node.id for node in body_nodes(scope) if isinstance(node, ast.Name)}
    return names.difference(variables_of(code))


# -- generator expressions -------------------------------------------------------------------


def generator_expressions(function: Function) -> list[tuple[ast.GeneratorExp, CodeType]]:
    """The generator expressions in ``function``, in source order, each with its code."""
    nodes = {
        (node.lineno, node.col_offset): node
        for node in body_nodes(function.scope)
        if isinstance(node, ast.GeneratorExp)
    }
    found = {
        start: (nodes[start], code)
        for code in _seen_through(function.code)
        for start in [code_start(code)[1:]]
        if code.co_name == "<genexpr>" and start in nodes
    }
    return [found[start] for start in sorted(found)]


def _seen_through(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and is_seen_through(constant):
            yield constant
            yield from _seen_through(constant)


def as_function(node: ast.GeneratorExp, code: CodeType, around: Function) -> Function:
    """The model of a generator expression with that code, which stands in ``around``.

    It is a generator function whose parameter is the iterator of the first ``for``.
    """
    module = around.module
    scope = _generator_function(node, code, module.names)
    module.parents[scope] = around.scope
    as_written = number(_generator_function(node, code, module.names))
    numbering = number(scope)
    spill(scope, numbering, Reach(), set(), module.names)
    if cells_of(code):
        show_cells(scope, sorted(cells_of(code)), module.names)
    function = Function(module, -1, scope, code)
    function.numbering, function.unstable = numbering, set()
    function.code = compiled_around(function, [scope.args.args[0].arg])
    function.as_written = as_written
    return function


def _generator_function(node: ast.GeneratorExp, code: CodeType, names: Names) -> ast.FunctionDef:
    first = names.variable("first")
    made = quoting.statements(f"def {names.variable('genexpr')}({first}): body", node, body=[])
    function = made[0]
    assert isinstance(function, ast.FunctionDef)
    innermost = quoting.statements("yield element", _yield_place(code), element=node.elt)
    function.body = [*_globals(node, code), *nested_loops(node, innermost, first)]
    return function


def _yield_place(code: CodeType) -> ast.AST:
    """A node at the place where Python sees the ``yield`` of a generator expression."""
    import dis  # here, because few generators need it

    (found,) = (one for one in dis.get_instructions(code) if one.opname == "YIELD_VALUE")
    place = found.positions or dis.Positions()
    line, end_line, column, end_column = (number or 0 for number in place)
    return ast.Pass(lineno=line, end_lineno=end_line, col_offset=column, end_col_offset=end_column)


def _globals(node: ast.GeneratorExp, code: CodeType) -> list[ast.stmt]:
    """What `:=` inside assigns to is no variable of the generator expression."""
    nodes = [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
    assigned = sorted({inner.target.id for inner in nodes} & {*code.co_names})
    return quoting.statements(f"global {', '.join(assigned)}", node) if assigned else []
