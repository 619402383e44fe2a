"""Runs samples for the tests of the compiler: plain, rewritten, and from a stop on.

A sample defines ``main()``. It logs with ``log(x)``, which returns ``x``, and stops at calls of
``live(x)``, which logs and returns ``x`` too, and at the boundaries of its own marked loops.
"""

import ast
import sys
from dataclasses import dataclass, field
from functools import partial
from types import CellType, FunctionType

import golden

from autoresume import twins
from autoresume.reentry import enter_of, leave_of, visible, yields_from
from autoresume.transforms.positions import active_nodes, lasti_range, operation
from autoresume.transforms.residual import Link, first_parameter, residual, variables_of


class Stopped(BaseException):
    """Ends a sample after its rest has been run."""


@dataclass
class Run:
    """One run of a sample; ``stop_at`` is the number of the stop from which on the rest is run."""

    module: object = None
    stop_at: int = 0
    lines: list = field(default_factory=list)
    stops: int = 0
    done: int = 0
    rest: list | None = None
    result: object = None

    def log(self, value=None, *more, **named):
        self.lines.append(("log", value, *map(repr, more), *sorted(named.items())))
        return value

    def live(self, value=None, *more, **named):
        self.lines.append(("live", value, *map(repr, more), *sorted(named.items())))
        self._stop(sys._getframe(1), value, call_place)
        return value

    def boundary(self):
        self._stop(sys._getframe(1), None, boundary_place)

    def _stop(self, frame, value, find):
        self.stops += 1
        if self.stops == self.stop_at:
            self.done = len(self.lines)
            try:
                function = function_of(self.module, frame.f_code)
                rest = remaining(frame, function, find(frame, function), value)
            except Exception as error:
                raise Stopped from error
            self.result = outcome(rest)
            self.rest = self.lines[self.done :]
            raise Stopped

    def names(self):
        own = {"log": self.log, "live": self.live, "__name__": "__main__"}
        if self.module:
            made = self.module.names
            own |= {made.due: True, made.boundary: self.boundary, made.iter: iter}
            own |= {made.entered: Entered, made.step: next, made.call: twins.call}
            own |= {made.yields_from: yields_from}
            own |= {made.entered: Entered, made.enter_of: enter_of, made.leave_of: leave_of}
            own |= {made.handled: sys.exception, made.details: sys.exc_info}
            own |= {made.visible: partial(visible, made.prefix)}
        return own


class Entered:
    """What the runtime puts in the place of a context manager that has been entered."""

    def __init__(self, manager):
        self.manager = manager

    def __enter__(self):
        return self.manager

    def __exit__(self, *error):
        return self.manager.__exit__(*error)


def outcome(call):
    """What a call returns, or the error that it raises."""
    try:
        return call()
    except Exception as error:
        return type(error).__name__, str(error)


def function_of(module, code):
    return next(function for function in module.functions if function.code is code)


def call_place(frame, function):
    """The position of the call that a frame is waiting for."""
    place = lasti_range(frame.f_code, frame.f_lasti)
    nodes = active_nodes(function.scope, operation(frame.f_code, frame.f_lasti))[place]
    (position,) = [function.numbering.places[n] for n in nodes if n in function.numbering.places]
    return position


def boundary_place(frame, function):
    """The position of the statement at whose boundary a frame stands."""
    line, end_line, column, end_column = lasti_range(frame.f_code, frame.f_lasti)
    assert (line, column) == (end_line, end_column)
    places = function.numbering.places.items()
    (position,) = [
        position
        for node, position in places
        if isinstance(node, ast.stmt) and (node.lineno, node.col_offset) == (line, column)
    ]
    return position


def remaining(frame, function, position, value, link=Link.RETURN):
    """What runs the rest of a frame; ``value`` is what the active node is to be."""
    names = function.module.names
    values = dict(frame.f_locals)
    cells = {}
    if names.cells in values:
        show = values[names.cells]
        cells = dict(zip(show.__code__.co_freevars, show.__closure__ or (), strict=True))
    wanted = residual(function, position, link)
    if not wanted.sees_everything:
        keep = wanted.read | wanted.hidden | {names.cells}
        values = {name: values[name] for name in values.keys() & keep}
    values |= {names.next: lambda: value, names.instance: value}
    first = first_parameter(function.code)
    if first in cells:
        values[names.first] = cells[first].cell_contents
    unbound = frozenset(variables_of(function.code)).difference(values)
    rest = residual(function, position, link, unbound)
    assert rest.hidden <= values.keys()
    defaults = tuple(values[name] for name in rest.parameters)
    closure = tuple(cells.get(name) or CellType() for name in rest.code.co_freevars)
    return FunctionType(rest.code, frame.f_globals, "main", defaults, closure)


def run_plain(source):
    """The log and the outcome of a sample as it stands."""
    run = Run()
    names = run.names()
    exec(compile(source, golden.FILENAME, "exec", dont_inherit=True), names)
    run.result = outcome(names["main"])
    return run


def run_rewritten(source, stop_at=0):
    """The same of the rewritten sample; of its rest only, with ``stop_at``."""
    run = Run(golden.rewritten(source), stop_at)
    names = run.names()
    exec(run.module.code, names)
    try:
        run.result = outcome(names["main"])
    except Stopped as stopped:
        if stopped.__cause__:
            raise stopped.__cause__
    return run


def check(source, least=1):
    """Check a sample rewritten, and its rest from each of its stops, of which it has ``least``."""
    plain, whole = run_plain(source), run_rewritten(source)
    assert (whole.lines, whole.result) == (plain.lines, plain.result)
    assert whole.stops >= least
    for number in range(1, whole.stops + 1):
        run = run_rewritten(source, number)
        expected = plain.lines[run.done :], plain.result
        assert (run.rest, run.result) == expected, f"stop {number}"
