"""Live stack to records, and records to a live stack.

A record says which function a frame runs, where in it, and with which variables. `capture` reads
the records off the stack at a boundary. `resume` makes, from the innermost out, the residual
program of each record, and returns what to call to have the whole stack back.
"""

from __future__ import annotations

import ast
import functools
import importlib
import itertools
import sys
from collections import Counter
from collections.abc import Callable
from types import CellType, CodeType, FrameType, FunctionType, GeneratorType

from autoresume.callees import cached_function, link_to, own_instance
from autoresume.classbodies import ClassBody
from autoresume.classframes import check_body, check_header, namespace_of
from autoresume.codeflags import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from autoresume.errors import SourceChanged, Unsaveable
from autoresume.iteration import check_advances
from autoresume.lookup import Mismatch
from autoresume.places import (
    Needs,
    Place,
    Record,
    has_finalizer,
    record_place,
    values_of,
    variables,
)
from autoresume.program import Program, namespace
from autoresume.rawframes import cells as cells_of_frame
from autoresume.rawframes import generator_of, is_called_directly
from autoresume.recursion import room
from autoresume.reentry import armed, check_manager, is_transparent, remember_handled
from autoresume.switches import SWITCHES
from autoresume.transforms import Function, SourceError
from autoresume.transforms.names import Names
from autoresume.transforms.positions import (
    Position,
    active_nodes,
    import_ranges,
    landmark,
    lasti_range,
    occurrence,
    operation,
    relocate,
)
from autoresume.transforms.records import field, record
from autoresume.transforms.residual import (
    Link,
    Residual,
    Unresumable,
    cells_of,
    first_parameter,
    residual,
    variables_of,
)
from autoresume.transforms.scopes import is_seen_through
from autoresume.valuestack import described, hidden_of_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_Next = Callable[[], object] | ClassBody
"""What the residual program of a frame calls to have the next one back."""


@record
class Frames:
    """Turns the frames of one program into records and back."""

    program: Program
    keep_dead: bool = False
    """Whether variables that are not needed any more are saved."""
    _places: dict[tuple[int, int], tuple[Position, ast.AST]] = field(default_factory=dict)
    _described: dict[tuple[object, ...], Record] = field(default_factory=dict)
    _needs: dict[int, Needs] = field(default_factory=dict)
    _learned: set[tuple[int, int, bool]] = field(default_factory=set)
    _residuals: dict[tuple[object, ...], Residual] = field(default_factory=dict)
    _resumed: dict[int, tuple[CodeType, Function, Link]] = field(default_factory=dict)
    running: dict[int, tuple[Record, Record]] = field(default_factory=dict)
    """After a capture: the place and the variables of each running generator, by its ``id``."""
    under_way: Counter[int] = field(default_factory=Counter)
    """After a capture: how often each cached function is being called, by its ``id``."""
    edited: list[str] = field(default_factory=list)
    main_reads: set[str] | None = None
    """After a capture: the globals that the rest of the script itself may use; None: any."""
    is_back: bool = True
    """Whether the stack that `resume` was asked for has been back."""

    # -- capture ---------------------------------------------------------------------------

    def capture(self, frame: FrameType, root: CodeType) -> list[Record]:
        """Read the stack from ``frame``, which stands at a boundary, up to the frame of ``root``.

        Returns the records, outermost first. Raises `Unsaveable` where a frame on the way cannot
        be resumed.
        """
        records: list[Record] = []
        inner: FrameType | None = None
        self.forget()
        while frame.f_code is not root:
            if not is_transparent(frame):
                records.append(self._record(frame, inner))
                inner = frame
            if frame.f_back is None:
                raise Unsaveable(f"{_place(frame)}: a boundary in a thread cannot be resumed yet")
            frame = _caller(frame)
        return records[::-1]

    def forget(self) -> None:
        """Forget what was found at the last capture: this one was made without models."""
        self.running.clear()
        self.under_way.clear()

    def _record(self, frame: FrameType, inner: FrameType | None) -> Record:
        try:
            function = self.function_of_frame(frame)
            position, node = self._position(frame, function, inner)
            link, callee = self._link(frame, function, node, inner)
            rest = self.residual_of(function, position, link)
        except (Unresumable, Mismatch) as error:
            raise Unsaveable(f"{self._called_from(frame)}: {error}") from None
        except SourceError as error:
            raise Unsaveable(f"{self._called_from(frame)}: {error.message}") from None
        record = self.place_of(frame, function, position, link) | {"callee": callee}
        shown = _shown(frame, function, position)
        found = self.variables(frame, function, position, rest, shown)
        if frame.f_code.co_flags & CO_GENERATOR:
            generator = generator_of(frame)
            self.running[id(generator)] = record, found
            # Its variables are saved where the program keeps it; it may be kept by many.
            return record | {"generator": generator}
        if link is Link.RETURN and (inner is None or isinstance(node, ast.Call)):
            self._learn(frame, inner, function, position, self._needs_of(function, position, rest))
        return record | found

    def _learn(
        self,
        frame: FrameType,
        inner: FrameType | None,
        function: Function,
        position: Position,
        needs: Needs,
    ) -> None:
        """Let the next process know of a place, if it is one that is told by plain data."""
        is_plain = function.runs is frame.f_code and not isinstance(function.scope, ast.ClassDef)
        if self.keep_dead or not is_plain or (inner and not is_called_directly(inner, frame)):
            return
        key = id(frame.f_code), frame.f_lasti, inner is None
        if key in self._learned:
            return
        self._learned.add(key)
        kept = None
        if function.code is not function.runs:
            try:
                kept = [tuple(one) for one in described(function, position)[1]]
            except Unresumable:
                return
        has_cells = not function.is_module and cells_of(function.code)
        cells = list(shown_by(function).co_freevars) if has_cells else []
        mark = landmark(function.as_written, position.statement)
        names = function.module.names
        place = Place(
            inner is not None,
            (position.statement, position.expression),
            function.digest,
            (mark.chain, mark.enclosing, mark.which, mark.total),
            tuple(needs),
            kept,
            cells,
            names.cells,
        )
        self.program.learn(frame.f_code, frame.f_lasti, tuple(place))

    def place_of(
        self, frame: FrameType, function: Function, position: Position, link: Link
    ) -> Record:
        """Where a frame stands: the part of a record that has none of the program's values.

        Frames that stand there share it: it is not to be changed.
        """
        line = frame.f_lineno
        key = id(function.code), position, link, line
        if key not in self._described:
            self._described[key] = {
                "code": self.program.code_name(function.runs),
                "function": function.code.co_name,
                "file": function.module.filename,
                "line": line,
                "digest": function.digest,
                "position": (position.statement, position.expression),
                "landmark": landmark(function.as_written, position.statement),
                "link": link.value,
            }
        return self._described[key]

    def known_function(self, code: CodeType) -> Function | None:
        """The user's function that has this code, or a residual with this code."""
        resumed = self._resumed.get(id(code))
        return resumed[1] if resumed else self.program.function(code)

    def is_known(self, code: Any) -> bool:
        """Whether this is code of the user's."""
        return isinstance(code, CodeType) and self.known_function(code) is not None

    def function_of_frame(self, frame: FrameType) -> Function:
        """The function that a frame on the stack runs; raises `Unsaveable`."""
        code = frame.f_code
        function = self.known_function(code)
        if function is None:
            raise Unsaveable(f"{self._called_from(frame)}: {_why_unknown(frame)}")
        if code.co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR):
            raise Unsaveable(
                f"{_place(frame)}: a boundary inside a coroutine or async generator cannot be "
                "resumed yet"
            )
        try:
            check_body(frame, function)
        except Mismatch as error:
            raise Unsaveable(f"{_place(frame)}: {error}") from None
        return function

    def _called_from(self, frame: FrameType) -> str:
        """The place in the user's source from which ``frame`` has been called."""
        caller: FrameType | None = frame
        while caller is not None and not self._is_users(caller):
            caller = caller.f_back
        return _place(caller or frame)

    def _is_users(self, frame: FrameType) -> bool:
        function = self.known_function(frame.f_code)
        adopted = (module.filename for module in self.program.adopted.values())
        return function is not None and function.module.filename not in adopted

    def _position(
        self, frame: FrameType, function: Function, inner: FrameType | None
    ) -> tuple[Position, ast.AST]:
        key = id(frame.f_code), frame.f_lasti
        if key not in self._places:
            self._places[key] = _finder(frame, inner)(frame, function)
        return self._places[key]

    def _link(
        self, frame: FrameType, function: Function, node: ast.AST, inner: FrameType | None
    ) -> tuple[Link, Any]:
        """How the next frame gives its value, and what was called if that is needed."""
        if inner is None:
            return Link.RETURN, None
        callee = self.function_of_frame(inner)
        if _is_imported(inner):
            return Link.IMPORT, None
        if isinstance(node, ast.ClassDef) and _is_body_of(node, function, callee):
            check_header(node, frame, self.is_known)
            return Link.CLASS, None
        resumed = self._resumed.get(id(inner.f_code))
        entered_by = resumed[2] if resumed else Link.AGAIN
        if inner.f_code.co_flags & CO_GENERATOR:
            check_advances(node, frame, function, generator_of(inner))
            return Link.AGAIN, None
        if entered_by is Link.AGAIN:
            link, called = link_to(node, frame, inner, callee, function)
            if link is Link.AGAIN:
                self._count_cached(node, frame)
            return link, called
        return entered_by, own_instance(inner, callee) if entered_by is Link.INIT else None

    def _count_cached(self, node: ast.AST, frame: FrameType) -> None:
        called = cached_function(node, frame)
        if called is not None:
            self.under_way[id(called)] += 1

    def residual_of(self, function: Function, position: Position, link: Link) -> Residual:
        """Making the residual at capture shows early whether there can be one."""
        key = id(function.code), position, link
        if key not in self._residuals:
            self._residuals[key] = residual(function, position, link)
        return self._residuals[key]

    def variables(
        self,
        frame: FrameType,
        function: Function,
        position: Position,
        rest: Residual,
        values: dict[str, Any],
    ) -> Record:
        """Those of ``values`` that ``rest`` needs: plain variables under "locals", and "cells".

        ``values``: all variables of the frame, hidden ones included.
        """
        if not rest.hidden <= values.keys():
            raise Unsaveable(f"{_place(frame)}: {_UNSEEN}")
        needs = self._needs_of(function, position, rest)
        for name in needs.managers:
            if values.get(name) is not None:
                _check_manager(frame, values[name], self.program)
        if function.is_module:
            # The script comes last, after modules that it is importing.
            self.main_reads = None if needs.everything else needs.reads
        cells = {} if function.is_module else _all_cells(frame, function, values)
        if isinstance(function.scope, ast.ClassDef):
            generated = {name: values[name] for name in needs.generated if name in values}
            return {"locals": generated, "cells": cells, "namespace": _namespace(frame, function)}
        return variables(needs, values, cells, self._acts_at_its_end)

    def _needs_of(self, function: Function, position: Position, rest: Residual) -> Needs:
        key = id(rest)  # which stays, see `residual_of`
        if key not in self._needs:
            everything = self.keep_dead or rest.sees_everything
            self._needs[key] = _needed(function, position, rest, everything)
        return self._needs[key]

    def _acts_at_its_end(self, value: object) -> bool:
        """Whether the program would notice that a variable it does not use is not there."""
        if type(value) is GeneratorType:
            code = value.gi_code
            suspended = value.gi_frame is not None and bool(code.co_exceptiontable)
            return suspended and self.known_function(code) is not None
        return has_finalizer(value, self.program)

    # -- resume ----------------------------------------------------------------------------

    @room()
    def resume(self, records: list[Record], last: Callable[[], None]) -> Callable[[], object]:
        """What to call to have the stack of ``records`` back; ``last`` is called at the boundary.

        Raises `SourceChanged` where the source of a frame has changed too much.
        """
        modules = [_globals(record) for record in records if record["function"] == "<module>"]
        names = [self.function_of(record).module.names for record in records]
        functions: list[FunctionType] = []
        bodies: list[ClassBody] = []

        def arrived() -> None:
            # The frames have taken over their variables; what brought them here must not keep them.
            for function in functions:
                function.__defaults__ = None
            for module, generated in itertools.product(modules, names):
                for name in _of_resuming(generated):
                    module.pop(name, None)
            for body in bodies:
                body.forget(itertools.chain(*map(_of_resuming, names)))
            self.is_back = True
            last()

        self.is_back = False
        following: _Next = arrived
        for index in reversed(range(len(records))):
            entered_by = Link(records[index - 1]["link"]) if index else Link.RETURN
            following = self._resumed_frame(records[index], following, entered_by)
            if isinstance(following, FunctionType):
                functions.append(following)
            elif isinstance(following, ClassBody):
                bodies.append(following)
        # From here on, until they are imported again.
        for name in self.program.importing:
            del sys.modules[name]
        assert not isinstance(following, ClassBody)
        return following

    def _resumed_frame(self, record: Record, following: _Next, entered_by: Link) -> _Next:
        if record["link"] == Link.AGAIN and record["callee"] is not None:
            assert not isinstance(following, ClassBody)
            following = armed(record["callee"], following)
        if "generator" in record:
            # It goes on when the frame around it advances it again.
            self.program.generators.go_on(record["generator"], following, record["callee"])
            return _nothing
        function = self.function_of(record)
        position, values = self.in_present_source(record, function)
        names = function.module.names
        for name, value in values.items():
            if names.is_exception(name):
                remember_handled(value)
        values |= {names.next: following, names.instance: record["callee"]}
        if function.is_module:
            return self._resumed_module(record, function, position, values, entered_by)
        cells = present_cells(record, function)
        if isinstance(function.scope, ast.ClassDef):
            return self._resumed_class(record, function, position, values, cells)
        settle(record, function, values, cells)
        first = first_parameter(function.code)
        if first in cells:
            values[names.first] = contents_of(cells[first])
        unbound = frozenset(variables_of(function.code)).difference(values)
        rest = self.remade(record, function, position, unbound, entered_by)
        _check_hidden(record, rest, values)
        closure = tuple(cells[name] for name in rest.code.co_freevars)
        # Defaults, not a `partial`: calling a plain function takes no C stack, so that the deepest
        # recursion that Python allows can be resumed.
        defaults = tuple(values[name] for name in rest.parameters)
        return FunctionType(rest.code, _globals(record), record["function"], defaults, closure)

    def _resumed_module(
        self,
        record: Record,
        function: Function,
        position: Position,
        values: dict[str, Any],
        entered_by: Link,
    ) -> Callable[[], object]:
        rest = self.remade(record, function, position, frozenset(), entered_by)
        _check_hidden(record, rest, values)
        _globals(record).update(values)
        if entered_by is Link.IMPORT:
            name = record["code"][0]
            self.program.importing[name] = sys.modules[name], rest.code
        return functools.partial(exec, rest.code, _globals(record))

    def _resumed_class(
        self,
        record: Record,
        function: Function,
        position: Position,
        values: dict[str, Any],
        cells: dict[str, CellType],
    ) -> ClassBody:
        rest = self.remade(record, function, position, frozenset(), Link.CLASS)
        _check_hidden(record, rest, values)
        names = function.module.names
        if cells:
            values[names.cells] = cells_function(function, cells)
        closure = tuple(cells[name] for name in rest.code.co_freevars)
        body = FunctionType(rest.code, _globals(record), record["function"], None, closure)
        from autoresume.pickling.versions import namespace_here

        shown = namespace_here(record["namespace"], function.code.co_firstlineno)
        return ClassBody(body, names.state, shown | values)

    def remade(
        self,
        record: Record,
        function: Function,
        position: Position,
        unbound: frozenset[str],
        entered_by: Link,
    ) -> Residual:
        """The residual program of a record; its code is remembered as that of ``function``."""
        link = Link(record["link"])
        key = id(function.code), position, link, unbound, entered_by
        if key not in self._residuals:
            try:
                rest = residual(function, position, link, unbound)
            except Unresumable as error:
                raise SourceChanged(f"{record_place(record)}: {error}") from None
            self._residuals[key] = rest
            SWITCHES.watch(rest.code, function.module.names)
            self._resumed[id(rest.code)] = (rest.code, function, entered_by)
        return self._residuals[key]

    def function_of(self, record: Record) -> Function:
        """The function of a record, in the present source; raises `SourceChanged`."""
        code = self.program.code_for(record["code"])
        function = self.program.function(code)
        if function is None:
            raise SourceChanged(f"{record_place(record)}: this function cannot be found any more")
        return function

    def in_present_source(
        self, record: Record, function: Function
    ) -> tuple[Position, dict[str, Any]]:
        """The position of a record and its locals, by the numbers that they have now."""
        position, values = Position(*record["position"]), dict(record["locals"])
        if record["digest"] == function.digest:
            return position, values
        moved = relocate(record["landmark"], function.as_written)
        if moved is None:
            raise SourceChanged(
                f"{record_place(record)}: the source around this line has changed, so the run "
                "cannot go on here; undo the change, or start over with --fresh"
            )
        self.edited.append(record["function"])
        names = function.module.names
        values = {names.renumbered(name, moved): value for name, value in values.items()}
        return Position(moved[position.statement], position.expression), values


# -- frames at a boundary -------------------------------------------------------------------


def _finder(
    frame: FrameType, inner: FrameType | None
) -> Callable[[FrameType, Function], tuple[Position, ast.AST]]:
    """What finds the position of ``frame``, whose next frame is ``inner``."""
    if inner is None:
        return _boundary_position
    return _import_position if _is_imported(inner) else _call_position


def _is_body_of(node: ast.ClassDef, function: Function, callee: Function) -> bool:
    """Whether ``callee`` is the body of a class in ``function``; each may have its own tree."""
    scope = callee.scope
    if not isinstance(scope, ast.ClassDef) or function.module.filename != callee.module.filename:
        return False
    return (node.lineno, node.col_offset) == (scope.lineno, scope.col_offset)


def _caller(frame: FrameType) -> FrameType:
    """The next frame outwards; of a module that is being imported, the one that imports it."""
    outer = frame.f_back
    assert outer is not None
    if frame.f_code.co_name != "<module>" or not _is_importlib(outer):
        return outer
    while _is_importlib(outer) and outer.f_back is not None:
        outer = outer.f_back
    return outer


def _is_imported(inner: FrameType) -> bool:
    return inner.f_code.co_name == "<module>"


def _is_importlib(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_filename.startswith("<frozen importlib") or code is _IMPORT_MODULE


_IMPORT_MODULE = importlib.import_module.__code__


def _import_position(frame: FrameType, function: Function) -> tuple[Position, ast.AST]:
    place = lasti_range(frame.f_code, frame.f_lasti)
    node = import_ranges(function.scope).get(place) if place else None
    if node is None:
        return _call_position(frame, function)
    return function.numbering.places[node], node


def _boundary_position(frame: FrameType, function: Function) -> tuple[Position, ast.AST]:
    place = lasti_range(frame.f_code, frame.f_lasti)
    for node, position in function.numbering.places.items():
        if isinstance(node, ast.stmt) and place is not None:
            start = node.lineno, node.lineno, node.col_offset, node.col_offset
            if start == place:
                return position, node
    raise Mismatch("this is no boundary")


def _call_position(frame: FrameType, function: Function) -> tuple[Position, ast.AST]:
    place = lasti_range(frame.f_code, frame.f_lasti)
    instruction = operation(frame.f_code, frame.f_lasti)
    places = function.numbering.places
    nodes = active_nodes(function.scope, instruction).get(place, []) if place else []
    nodes = [node for node in nodes if node in places]
    if not nodes:
        raise Mismatch(
            f"a boundary below an implicit call ({instruction}) cannot be resumed yet; call the "
            "method by its name"
        )
    # The parts of a formatted string have one range together, before Python 3.12.
    nodes.sort(key=lambda node: (places[node].statement, places[node].expression or 0))
    which = occurrence(frame.f_code, frame.f_lasti) if len(nodes) > 1 else 0
    node = nodes[which % len(nodes)]
    return places[node], node


def _needed(function: Function, position: Position, rest: Residual, everything: bool) -> Needs:
    names = function.module.names
    # What other statements have left in such variables is of no use any more.
    # In order, because a manager can only be brought back inside of those around it.
    generated = [
        name
        for statement in function.as_written.enclosing(position.statement)
        for name in sorted(rest.read)
        if names.statement_of(name) == statement
    ]
    kept = set(function.code.co_varnames) if everything else rest.read | _SHAPE_TRACEBACKS
    if function.code.co_name in {"__init__", "__post_init__"}:
        kept.add(first_parameter(function.code) or "")  # the value of the call that made it
    return Needs(
        rest.hidden,
        [name for name in sorted(rest.hidden | rest.read) if names.is_manager(name)],
        generated,
        [name for name in variables_of(function.code) if not names.is_generated(name)],
        kept | function.rebuilding,
        rest.mentioned | function.rebuilding | function.excluded(position.statement),
        everything,
        rest.read if function.is_module else None,
    )


def _shown(frame: FrameType, function: Function, position: Position) -> dict[str, Any]:
    """The variables of a running frame, hidden ones included."""
    values = values_of(frame)
    if frame.f_code is function.code or frame.f_code is not function.runs:
        return values
    values |= hidden_of_frame(frame, values, function, position)
    if cells_of(function.code):
        values[function.module.names.cells] = cells_function(function, cells_of_frame(frame))
    return values


def _all_cells(frame: FrameType, function: Function, values: dict[str, Any]) -> dict[str, CellType]:
    if not cells_of(function.code):
        return {}
    show = values.get(function.module.names.cells)
    if show is None:
        raise Unsaveable(f"{_place(frame)}: {_UNSEEN}")
    return dict(zip(show.__code__.co_freevars, show.__closure__ or (), strict=True))


def _namespace(frame: FrameType, function: Function) -> dict[str, Any]:
    try:
        return namespace_of(frame, function)
    except Mismatch as error:
        raise Unsaveable(f"{_place(frame)}: {error}") from None


def _check_manager(frame: FrameType, manager: object, program: Program) -> None:
    try:
        check_manager(manager, program.user_modules)
    except Unsaveable as error:
        raise Unsaveable(f"{_place(frame)}: {error}") from None


NOT_BACK = (
    "the stack could not be brought back, because a function on the way was not entered again; "
    "what the program did since does not count; start over with a fresh run"
)
_UNSEEN = (
    "this call was not seen to lead to a boundary, so the values that wait for it were not kept; "
    "call the function by its name"
)


_SHAPE_TRACEBACKS = {"__tracebackhide__", "_rich_traceback_guard", "_rich_traceback_omit"}
"""Variables that nothing reads but what prints a traceback."""


def _place(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"


def _why_unknown(frame: FrameType) -> str:
    code = frame.f_code
    if is_seen_through(code):
        return "a boundary inside a comprehension or generator expression cannot be resumed yet"
    return (
        f"{code.co_qualname} ({code.co_filename}:{frame.f_lineno}) stands between the script and "
        "the boundary and is not the user's; "
        "give --include its module, or call the marked loop from the script"
    )


def _of_resuming(names: Names) -> tuple[str, ...]:
    """The variables that a residual program does not need any more when its stack is back."""
    return names.next, names.instance, names.once


def _nothing() -> None:
    """What stands for the next frame where a generator is advanced to enter it."""


# -- frames to resume -----------------------------------------------------------------------


def _globals(record: Record) -> dict[str, Any]:
    return namespace(record["code"][0])


def _check_hidden(record: Record, rest: Residual, values: dict[str, Any]) -> None:
    """An edit elsewhere, a new `global x` for one, can make more of a state be needed."""
    if not rest.hidden <= values.keys():
        raise SourceChanged(
            f"{record_place(record)}: in the changed source, this line needs values that the "
            "snapshot does not hold; undo the change, or start over with --fresh"
        )


def present_cells(record: Record, function: Function) -> dict[str, CellType]:
    """The cells of a frame, of the variables that have cells on this Python."""
    saved: dict[str, CellType] = record["cells"]
    return {name: saved.get(name) or CellType() for name in cells_of(function.code)}


def settle(
    record: Record, function: Function, values: dict[str, Any], cells: dict[str, CellType]
) -> None:
    """Divide the variables of a frame between ``values`` and ``cells`` as this Python does.

    Python 3.12 and newer need no cell for what only a comprehension uses.
    """
    saved: dict[str, CellType] = record["cells"]
    for name in saved.keys() & variables_of(function.code):
        if _is_bound(saved[name]):
            values[name] = saved[name].cell_contents
    for name in values.keys() & cells.keys():
        cells[name].cell_contents = values.pop(name)
    if function.module.names.cells in function.code.co_varnames:
        values[function.module.names.cells] = cells_function(function, cells)


def _is_bound(cell: CellType) -> bool:
    return contents_of(cell, _UNBOUND) is not _UNBOUND


def contents_of(cell: CellType, default: object = None) -> Any:
    """What a cell holds, or ``default`` if it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return default


_UNBOUND = object()


def cells_function(function: Function, cells: dict[str, CellType]) -> FunctionType:
    """What `show_cells` put into a function: the residual does not run that line again."""
    name, code = function.module.names.cells, shown_by(function)
    return FunctionType(code, {}, name, None, tuple(cells[free] for free in code.co_freevars))


def shown_by(function: Function) -> CodeType:
    """The code of what `show_cells` put into a function: its variables have the cells."""
    codes = (code for code in function.code.co_consts if isinstance(code, CodeType))
    # It comes before anything else in the function.
    return next(c for c in codes if c.co_name in {function.module.names.cells, "<lambda>"})
