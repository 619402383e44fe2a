"""From source to code: the passes, in order.

`parse` reads one module. `find_reach` looks at all user modules together. `rewrite` turns one
parsed module into code whose live frames show all of their state.
"""

from __future__ import annotations
import __future__

import ast
import functools
import gc
import operator
from functools import cached_property
from types import CodeType

from .boundary import (
    add_boundaries,
    check_place,
    show_cells,
    show_cells_of_lambda,
    unsupported_place,
)
from .classes import choose_body, plain_body, unsupported_body
from .comprehensions import live_comprehensions, numbered, unroll
from .every import Every
from .jumps import with_jumps
from .markers import Boundary, Loop, marked_loops
from .marks import marking_calls
from .names import Names, names_for
from .nesting import nesting
from .positions import Numbering, function_digest, number
from .reach import ModuleFacts, Reach, find_reach, module_facts
from .rebuilds import REBUILD, Rebuild, check_excluded, find_rebuilds
from .records import field, record, replace
from .scopes import (
    SCOPES,
    Nodes,
    Scope,
    all_codes,
    all_nodes,
    all_statements,
    body_nodes,
    code_start,
    inner_scopes,
    is_seen_through,
    match_codes,
    nodes_by_kind,
    scopes_among,
    statements_in,
)
from .silence import quiet
from .spill import spill, unstable_names
from .unspilled import runs_as_written
from .valuestack import shows_all
from .visible import hide_generated, may_show

__all__ = ["Function", "Parsed", "Rewritten", "find_reach", "parse", "rewrite", "rewrite_module"]


_FUTURE_FLAGS: int = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)


@record
class Parsed:
    """One user module as written.

    ``own``: the schedules that markers give to their loops, by the line where the loop begins.
    ``prelude``: statements that stand in the tree, and not in the source, before all others.
    """

    source: bytes
    filename: str
    tree: ast.Module
    marked: set[Boundary]
    facts: ModuleFacts
    scopes: list[Scope]
    own: dict[int, Every] = field(default_factory=dict)
    prelude: str = ""

    def nodes(self, scope: Scope) -> Nodes:
        """The nodes of a scope as written."""
        body = self.facts.bodies.get(scope)
        return body.nodes if body else nodes_by_kind(scope)


def parse(source: bytes, filename: str, *, every_loop: bool = False) -> Parsed:
    """Parse a module and bind its marks; ``every_loop``: loops that can have a boundary need none.

    Raises ``SyntaxError`` as Python does, and ``SourceError`` for marks in the wrong place.
    """
    tree = ast.parse(source, filename)
    scopes = _scopes(tree, b"lambda" in source)
    loops = marked_loops(tree, source, filename)
    check_excluded(loops, tree, filename)
    find_rebuilds(tree, source, filename)
    marked: set[Boundary] = {*loops}
    marked |= marking_calls(tree, source, filename)
    if every_loop:
        marked |= _loops(scopes)
    facts = module_facts(tree, marked, filename)
    lines = source.splitlines() if marked else []
    for node, scope in sorted(facts.boundaries.items(), key=lambda one: one[0].lineno):
        line = lines[node.lineno - 1].decode("utf-8", "replace")
        check_place(node, scope, filename, line)
    own = {loop.lineno: marker.every for loop, marker in loops.items() if marker.every}
    _grow_old()
    return Parsed(source, filename, tree, marked, facts, scopes, own)


def _grow_old() -> None:
    """Spare the garbage collector the look at young objects that will be needed: a syntax tree."""
    if not gc.get_freeze_count():  # else the program would not find its own as it left them
        gc.freeze()
        gc.unfreeze()


def parse_again(
    source: bytes,
    filename: str,
    marked: set[tuple[int, int]],
    own: dict[int, Every],
    prelude: str = "",
) -> Parsed:
    """Parse what has been parsed before, or a part of it; no facts but its generators.

    ``marked``: the lines and columns at which its boundaries stand.
    """
    with quiet():
        tree = ast.parse(source, filename)
    scopes = _scopes(tree, b"lambda" in source)
    statements = (node for node in all_statements(tree) if isinstance(node, Boundary))
    boundaries = {node for node in statements if (node.lineno, node.col_offset) in marked}
    may_yield = scopes if b"yield" in source else []
    generators = {scope for scope in may_yield if any(map(_is_yield, body_nodes(scope)))}
    tree.body[:0] = ast.parse(prelude).body
    facts = ModuleFacts(generators=generators)
    return Parsed(source, filename, tree, boundaries, facts, scopes, own, prelude)


def _is_yield(node: ast.AST) -> bool:
    return isinstance(node, ast.Yield | ast.YieldFrom)


def _loops(scopes: list[Scope]) -> set[Loop]:
    """The loops that can be resumed."""
    return {
        node
        for scope in scopes
        for node in statements_in(scope)
        if isinstance(node, Loop) and not unsupported_place(node, scope)
    }


def _scopes(tree: ast.Module, has_lambdas: bool = True) -> list[Scope]:
    nodes = all_nodes(tree) if has_lambdas else all_statements(tree)
    return [node for node in nodes if type(node) in SCOPES]  # type: ignore[misc]


@record
class Function:
    """One scope of a rewritten module, with what it takes to resume a frame of it.

    ``index`` is its place among all scopes of the module; ``scope`` has been rewritten.
    """

    module: Rewritten
    index: int
    scope: Scope
    code: CodeType

    @cached_property
    def numbering(self) -> Numbering:
        """The numbers of its nodes, which it got before it was rewritten.

        One that runs as written has none of its own: its checks are nodes too. Its model has.
        """
        assert self.scope not in self.module.as_written
        return self.module.numberings.get(self.scope) or number(self.scope)

    @cached_property
    def unstable(self) -> set[str]:
        """The variables that may change under an expression."""
        return unstable_names(self.scope, self.module.rebindable)

    @property
    def model(self) -> Function:
        """The same function with what it keeps on the value stack under names, to resume it."""
        spilled = self.module.spilled if self.scope in self.module.as_written else None
        return spilled.by_index[self.index] if spilled else self

    @property
    def runs(self) -> CodeType:
        """The code that the program runs it with; another one than ``code`` for some models."""
        running = self.module.running
        return self.code if running is self.module else running.by_index[self.index].code

    @property
    def is_module(self) -> bool:
        """Whether this is the code of the module itself."""
        return isinstance(self.scope, ast.Module)

    @property
    def enclosing_class(self) -> str | None:
        """The name of the class whose private names this function shares."""
        scope: Scope | None = self.module.parents.get(self.scope)
        while scope is not None and not isinstance(scope, ast.ClassDef):
            scope = self.module.parents.get(scope)
        return scope.name if scope else None

    @property
    def is_rewritten(self) -> bool:
        """Whether its frames give names to what they keep on the value stack."""
        return self.scope in self.module.numberings

    @cached_property
    def as_written(self) -> Numbering:
        """The numbering of this function in the user's own tree."""
        return number(self.module.pristine_scopes[self.index])

    @cached_property
    def rebuilding(self) -> set[str]:
        """The variables that its assignments which run again at a resume have to do with."""
        scope = self.as_written.scope
        found = (rebuild for rebuild in self.module.rebuilds if rebuild.scope is scope)
        return {name for rebuild in found for name in (*rebuild.targets, *rebuild.reads)}

    def excluded(self, statement: int) -> set[str]:
        """The variables that the marked loops around a statement keep out of snapshots."""
        numbering, excluded = self.as_written, self.module.exclusions
        loops = (numbering.statements[number] for number in numbering.enclosing(statement))
        return {name for loop in loops for name in excluded.get(loop, ())}

    @cached_property
    def digest(self) -> str:
        """Changes when the user edits this function."""
        return function_digest(self.as_written.scope)


class Rewritten:
    """A module after all passes: its tree, its code, and its functions.

    ``as_written``: those of its functions that are live at boundaries and were not spilled.
    ``spilled`` is the module in which all are, and whose ``origin`` is this one. ``own``: as in
    `Parsed`. ``switchable``: its checks are jumps, see `autoresume.transforms.jumps`.
    """

    def __init__(self, parsed: Parsed, names: Names) -> None:
        self._parsed = parsed
        self._reach = Reach()
        self.as_written: set[Scope] = set()
        self.origin: Rewritten | None = None
        self.source = parsed.source
        self.filename = parsed.filename
        self.own = parsed.own
        self.names = names
        self.tree = parsed.tree
        self.scopes = parsed.scopes
        self.numberings: dict[Scope, Numbering] = {}
        self.unrolled: set[int] = set()
        self.shadowed: set[str] = set()
        self.rebindable: set[str] = set()
        self.switchable = False
        self.code: CodeType

    @property
    def future_flags(self) -> int:
        """The flags of its `from __future__` imports, for `compile`."""
        return self.code.co_flags & _FUTURE_FLAGS

    @cached_property
    def spilled(self) -> Rewritten:
        """The same module with every function spilled that can be live at a boundary."""
        old = self._parsed
        marked = {(node.lineno, node.col_offset) for node in old.marked}
        new = parse_again(old.source, old.filename, marked, old.own, old.prelude)
        both = zip(old.scopes, new.scopes, strict=True)
        live = {other for scope, other in both if scope in self._reach.scopes}
        reach = replace(self._reach, scopes=live)
        with quiet():
            spilled = rewrite(new, reach, switchable=self.switchable, names=self.names)
        spilled.origin = self
        return spilled

    def run_by(self, code: CodeType) -> None:
        """Take the code that the program runs, which is the same, for what was compiled here."""
        self.code = code
        for name in ("functions", "by_index", "seen_through"):
            vars(self).pop(name, None)

    @property
    def running(self) -> Rewritten:
        """The module that the program runs, of which this may be the form to resume it."""
        return self.origin or self

    @cached_property
    def by_index(self) -> dict[int, Function]:
        """The functions by their place among all scopes."""
        return {function.index: function for function in self.functions}

    @cached_property
    def pristine_scopes(self) -> list[Scope]:
        """The scopes of the source as written, in the order of ``scopes``.

        "As written" but for comprehensions, which have become functions here too.
        """
        if self.origin is not None and self.origin.unrolled == self.unrolled:
            return self.origin.pristine_scopes
        with quiet():
            tree = ast.parse(self.source, self.filename)
        unrolled = numbered(tree).items() if self.unrolled else []
        chosen = {node for node, index in unrolled if index in self.unrolled}
        for scope in _scopes(tree) if chosen else []:
            unroll(scope, chosen, self.shadowed, self.names)
        return _scopes(tree, bool(chosen) or b"lambda" in self.source)

    @cached_property
    def rebuilds(self) -> list[Rebuild]:
        """The assignments in `pristine_scopes` that run again at a resume."""
        if REBUILD not in self.source:
            return []
        return find_rebuilds(self._pristine, self.source, self.filename)

    @cached_property
    def exclusions(self) -> dict[ast.AST, tuple[str, ...]]:
        """The variables that are not saved inside of loops of `pristine_scopes`."""
        if b"exclude" not in self.source:
            return {}
        loops = marked_loops(self._pristine, self.source, self.filename)
        return {loop: marker.excluded for loop, marker in loops.items() if marker.excluded}

    @property
    def _pristine(self) -> ast.Module:
        tree = self.pristine_scopes[0]
        assert isinstance(tree, ast.Module)
        return tree

    @cached_property
    def parents(self) -> dict[Scope, Scope]:
        """For each scope the one that it stands in."""
        return {inner: scope for scope in self.scopes for inner in self._inner_scopes[scope]}

    @cached_property
    def _inner_scopes(self) -> dict[Scope, list[Scope]]:
        has_lambdas = b"lambda" in self.source
        return {scope: inner_scopes(scope, has_lambdas=has_lambdas) for scope in self.scopes}

    @cached_property
    def functions(self) -> list[Function]:
        """All scopes that have a code object."""
        indices = {scope: index for index, scope in enumerate(self.scopes)}
        pairs = match_codes(self.code, self.tree, self._scopes_in)
        return [
            Function(self, indices[scope], scope, code) for scope, code in pairs if scope in indices
        ]

    def _scopes_in(self, scope: Scope) -> list[Scope]:
        known = self._inner_scopes.get(scope)
        return inner_scopes(scope) if known is None else known  # of one that a pass has put in

    @cached_property
    def seen_through(self) -> dict[tuple[int, int, int], CodeType]:
        """The code objects of comprehensions and generator expressions, by where they start."""
        return {code_start(code): code for code in all_codes(self.code) if is_seen_through(code)}


def rewrite_module(source: bytes, filename: str, *, reads_stack: bool = False) -> Rewritten:
    """Rewrite a module that stands alone, see `rewrite`."""
    parsed = parse(source, filename)
    return rewrite(parsed, find_reach([parsed.facts]), reads_stack=reads_stack)


def rewrite(
    parsed: Parsed,
    reach: Reach,
    *,
    reads_stack: bool = False,
    switchable: bool = False,
    names: Names | None = None,
) -> Rewritten:
    """Run the passes over one module, whose tree is changed in place.

    ``reads_stack``: the value stack of running frames can be read, so that what it shows needs no
    names. ``switchable``: the checks can be jumps. ``names``: those of the module of which this is
    an excerpt.
    """
    rewritten = Rewritten(parsed, names or names_for(parsed.source))
    rewritten.switchable = switchable
    rewritten._reach = reach
    rewritten.rebindable = reach.facts.rebindable
    marked = set(parsed.marked)
    plain = _plain_bodies(parsed, reach, rewritten.names)
    # First, because all that follows treats the functions made here like the user's.
    _unroll_comprehensions(parsed, rewritten, reach)
    scopes = [scope for scope in rewritten.scopes if _is_rewritable(scope, parsed, reach)]
    if reads_stack:
        rewritten.as_written = {
            scope for scope in scopes if runs_as_written(scope, reach, marked, rewritten.names)
        }
    spilled = [scope for scope in scopes if scope not in rewritten.as_written]
    # The cells can only be read off compiled code, and only before other passes add names.
    may_share = any(_may_have_cells(scope, parsed.tree) for scope in spilled)
    cells = _cells(parsed, rewritten) if may_share else {}
    for scope in spilled:
        # Numbers come first: they name places of the source as written.
        rewritten.numberings[scope] = number(scope)
    postponed, shows = _postpones_annotations(parsed.tree), may_show(parsed.source)
    for scope in spilled:
        if scope in parsed.facts.bodies:
            _ = parsed.facts.bodies[scope].calls  # for other modules, before it is changed
        numbering = rewritten.numberings[scope]
        spill(scope, numbering, reach, marked, rewritten.names, postponed=postponed)
        if isinstance(scope, ast.FunctionDef | ast.ClassDef) and cells.get(scope):
            show_cells(scope, cells[scope], rewritten.names)
        elif isinstance(scope, ast.Lambda) and cells.get(scope):
            show_cells_of_lambda(scope, cells[scope], rewritten.names)
        if shows:
            hide_generated(scope, rewritten.shadowed, rewritten.names)
    # After spilling, which must not take the check for a call of the user's.
    add_boundaries(parsed.tree, marked, rewritten.names, parsed.own)
    for scope, body in plain.items():
        choose_body(scope, body, rewritten.names)
    with nesting(parsed.source, parsed.filename):
        code: CodeType = compile(parsed.tree, parsed.filename, "exec", dont_inherit=True)
    rewritten.code = with_jumps(code, rewritten.names) if switchable else code
    return rewritten


def _is_rewritable(scope: Scope, parsed: Parsed, reach: Reach) -> bool:
    is_function = isinstance(scope, ast.FunctionDef)
    if is_function and scope in parsed.facts.generators and scope not in reach.scopes:
        # It may be suspended at any boundary; then its value stack tells as much as names would.
        return bool(reach.scopes) and not shows_all(scope)
    if scope not in reach.scopes:
        return False
    if isinstance(scope, ast.ClassDef):
        return not unsupported_body(scope)
    return isinstance(scope, ast.Module | ast.FunctionDef | ast.Lambda)


def _postpones_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


def _plain_bodies(parsed: Parsed, reach: Reach, names: Names) -> dict[ast.ClassDef, list[ast.stmt]]:
    """The bodies of classes that will be rewritten, with their boundaries only."""
    bodies: dict[ast.ClassDef, list[ast.stmt]] = {}
    for scope in parsed.scopes:
        if isinstance(scope, ast.ClassDef) and _is_rewritable(scope, parsed, reach):
            module, copies = plain_body(scope, parsed.marked)
            add_boundaries(module, copies, names, parsed.own)
            bodies[scope] = module.body
    return bodies


def _unroll_comprehensions(parsed: Parsed, rewritten: Rewritten, reach: Reach) -> None:
    scopes = [scope for scope in parsed.scopes if _is_rewritable(scope, parsed, reach)]
    live = {scope: live_comprehensions(parsed.nodes(scope), reach.may_reach) for scope in scopes}
    rewritten.shadowed = reach.facts.assigned | reach.facts.defined
    if not any(live.values()):
        return
    index = numbered(parsed.tree)
    chosen = index.keys() & set().union(*live.values())
    rewritten.unrolled = {index[node] for node in chosen}
    for scope in (scope for scope in scopes if live[scope]):
        for function in unroll(scope, chosen, rewritten.shadowed, rewritten.names):
            reach.scopes.add(function)
            reach.names.add(function.name)
    rewritten.scopes = _scopes(parsed.tree)


def _may_have_cells(scope: Scope, tree: ast.Module) -> bool:
    """Whether a scope may share variables with others, before anything is compiled."""
    if isinstance(scope, ast.Module):
        return False
    shares = Scope | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    return scope not in tree.body or any(isinstance(node, shares) for node in body_nodes(scope))


def _cells(parsed: Parsed, rewritten: Rewritten) -> dict[Scope, list[str]]:
    """The cell and free variables of each scope."""

    def inner(scope: Scope) -> list[Scope]:
        is_changed = bool(rewritten.unrolled)
        return inner_scopes(scope) if is_changed else scopes_among(parsed.nodes(scope).scopes)

    with quiet():
        plain = compile(parsed.tree, parsed.filename, "exec", dont_inherit=True)
    return {
        scope: sorted({*code.co_cellvars, *code.co_freevars})
        for scope, code in match_codes(plain, parsed.tree, inner)
    }
