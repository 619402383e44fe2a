"""Generators to records, and back.

A suspended generator is a frame like those on the stack, that stands at a ``yield``. Its residual
program begins with that ``yield``, and is advanced to it when the generator has been made. A
running generator is a frame on the stack; it is made without being begun, and whoever advances
it enters its residual program.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from types import CellType, CodeType, FrameType, FunctionType, GeneratorType

from autoresume.codeflags import CO_VARARGS, CO_VARKEYWORDS
from autoresume.errors import Unsaveable
from autoresume.frames import (
    Frames,
    cells_function,
    contents_of,
    present_cells,
    settle,
)
from autoresume.places import Record, values_of
from autoresume.program import namespace
from autoresume.provided import provide
from autoresume.reentry import delegated, remember_handled
from autoresume.transforms import Function
from autoresume.transforms.names import Names
from autoresume.transforms.positions import Position, lasti_range, yield_ranges
from autoresume.transforms.records import record
from autoresume.transforms.residual import (
    SUSPENDED,
    Link,
    Unresumable,
    first_parameter,
    variables_of,
)
from autoresume.valuestack import state_of_generator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

_AnyGenerator: TypeAlias = "GeneratorType[Any, Any, Any]"


@record
class _Made:
    """A generator that has been made, and waits for its variables."""

    generator: _AnyGenerator
    function: Function
    record: Record
    state: dict[str, Any]
    renamed: dict[str, str]
    cells: dict[str, CellType]


class Generators:
    """Saves and makes the generators of one program."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self._made: dict[int, _Made] = {}
        self._filled: dict[int, _Made] = {}
        self._running: dict[int, _Made] = {}
        self._positions: dict[tuple[int, int], tuple[CodeType, Position]] = {}
        self._provided: set[str] = set()

    # -- capture ---------------------------------------------------------------------------

    def reduce(self, generator: _AnyGenerator) -> tuple[Callable[..., Any], tuple[Any, ...], Any]:
        """What makes the generator, its arguments, and a state for `fill`, or None.

        Raises `Unsaveable` for a generator that cannot be brought back.
        """
        if generator.gi_running:
            return self._reduce_running(generator)
        frame = generator.gi_frame
        if frame is None:
            return ended, (generator.__name__, generator.__qualname__), None
        if not generator.gi_suspended:
            return start, _beginning(generator, frame), None
        record, values = self._record(generator, frame)
        return self.make, (record, record.pop("cells")), values

    def _reduce_running(
        self, generator: _AnyGenerator
    ) -> tuple[Callable[..., Any], tuple[Any, ...], Any]:
        if id(generator) not in self.frames.running:
            raise Unsaveable(f"{generator.__qualname__} is running; let it come to a `yield` first")
        record, variables = self.frames.running[id(generator)]
        values = variables["locals"]
        names = generator.__name__, generator.__qualname__
        place = record | {"callee": None, "bound": list(values), "names": names}
        return self.make, (place, variables["cells"]), values

    def _record(self, generator: _AnyGenerator, frame: FrameType) -> tuple[Record, dict[str, Any]]:
        known = self.frames.known_function(frame.f_code)
        if known is not None and known.code is frame.f_code and not known.is_rewritten:
            known = None
        function = known or self.frames.program.untouched.model(frame.f_code, frame.f_globals)
        link = Link.YIELD if generator.gi_yieldfrom is None else Link.DELEGATE
        position = self._position(frame, function)
        try:
            rest = self.frames.residual_of(function, position, link)
        except Unresumable as error:
            raise Unsaveable(f"{frame.f_code.co_filename}:{frame.f_lineno}: {error}") from None
        record = self.frames.place_of(frame, function, position, link)
        shown = values_of(frame) if known else _shown(generator, frame, function, position)
        variables = self.frames.variables(frame, function, position, rest, shown)
        values = variables["locals"]
        if link is Link.DELEGATE:
            values[function.module.names.delegate] = _delegate(generator.gi_yieldfrom)
        names = generator.__name__, generator.__qualname__
        return record | {"bound": list(values), "cells": variables["cells"], "names": names}, values

    def _position(self, frame: FrameType, function: Function) -> Position:
        key = id(frame.f_code), frame.f_lasti
        known = self._positions.get(key)
        if known is None or known[0] is not frame.f_code:
            known = self._positions[key] = frame.f_code, _position(frame, function)
        return known[1]

    # -- resume ----------------------------------------------------------------------------

    def make(self, record: Record, cells: dict[str, CellType]) -> _AnyGenerator:
        """Make a generator that has not begun; `finish` brings it to its ``yield``."""
        record = record | {"cells": cells, "locals": {name: name for name in record["bound"]}}
        function = self.frames.function_of(record)
        self._provide(function.module.names)
        position, names = self.frames.in_present_source(record, function)
        unbound = frozenset(variables_of(function.code)).difference(names, cells)
        unbound -= {function.module.names.cells}
        rest = self.frames.remade(record, function, position, unbound, Link.RETURN)
        present = present_cells(record, function)
        closure = tuple(present[name] for name in rest.code.co_freevars)
        state: dict[str, Any] = {}
        module = namespace(record["code"][0])
        generator = FunctionType(rest.code, module, record["function"], (state,), closure)()
        generator.__name__, generator.__qualname__ = record["names"]
        renamed = {old: new for new, old in names.items()}
        made = _Made(generator, function, record, state, renamed, present)
        self._made[id(generator)] = made
        return made.generator

    def _provide(self, names: Names) -> None:
        if names.prefix not in self._provided:
            provide(names)
            self._provided.add(names.prefix)

    def fill(self, generator: _AnyGenerator, values: dict[str, Any]) -> None:
        """Give a generator its variables."""
        made = self._made.pop(id(generator), None)
        if made is not None:  # in a cycle of objects, pickle comes here twice
            made.state.update({made.renamed[name]: value for name, value in values.items()})
            filled = self._filled if made.record["link"] in SUSPENDED else self._running
            filled[id(generator)] = made

    def finish(self) -> None:
        """All of the state is there: bring the generators to where they stood.

        One that takes items from another in a ``yield from`` brings that to its ``yield`` as well.
        """
        self._made.clear()  # those that pickle made in vain
        for made in [*self._filled.values(), *self._running.values()]:
            _prepare(made)
        led: set[int] = set()
        for made in self._filled.values():
            led |= self._lead(made, led)
        for key, made in self._filled.items():
            if key not in led:
                next(made.generator)
        for made in self._filled.values():
            made.state.clear()  # the generators have taken them over
        self._filled.clear()

    def go_on(self, generator: _AnyGenerator, following: object, instance: object) -> None:
        """Tell a generator that was running what the next frame is."""
        made = self._running.pop(id(generator))
        names = made.function.module.names
        made.state |= {names.next: following, names.instance: instance}

    def _lead(self, made: _Made, led: set[int]) -> set[int]:
        """Decide how a generator goes on with what it takes items from; returns what it leads."""
        name = made.function.module.names.delegate
        inner = made.state.get(name)
        if id(inner) in self._filled and id(inner) not in led:
            return {id(inner)}
        if name in made.state:
            made.state[name] = delegated(inner)
        return set()


def _prepare(made: _Made) -> None:
    """Put the last variables of a generator where its residual program looks for them."""
    names = made.function.module.names
    settle(made.record, made.function, made.state, made.cells)
    first = made.cells.get(first_parameter(made.function.code) or "")
    if first is not None:
        made.state[names.first] = contents_of(first)
    for name, value in made.state.items():
        if names.is_exception(name):
            remember_handled(value)


def _position(frame: FrameType, function: Function) -> Position:
    place = lasti_range(frame.f_code, frame.f_lasti)
    node = yield_ranges(function.scope).get(place) if place else None
    if node is None or node not in function.numbering.places:
        raise Unsaveable(f"{frame.f_code.co_qualname} is suspended at a place that is not known")
    return function.numbering.places[node]


def _shown(
    generator: _AnyGenerator, frame: FrameType, function: Function, position: Position
) -> dict[str, Any]:
    """The variables of a generator that was not rewritten, as if it had been."""
    values, cells = state_of_generator(generator, values_of(frame), function, position)
    if cells:
        values[function.module.names.cells] = cells_function(function, cells)
    return values


def _beginning(
    generator: _AnyGenerator, frame: FrameType
) -> tuple[FunctionType, list[Any], dict[str, Any]]:
    """The function and the arguments of a generator that has not begun."""
    code = frame.f_code
    made_by = (
        found
        for found in gc.get_referents(generator)
        if isinstance(found, FunctionType) and found.__code__ is code
    )
    function = next(made_by, None)
    if function is None:
        raise Unsaveable(f"{generator.__qualname__} has not begun, and its function is not known")
    values = dict(frame.f_locals)
    count, keywords = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    args = [values[name] for name in names[:count]]
    named = {name: values[name] for name in names[count : count + keywords]}
    index = count + keywords
    if code.co_flags & CO_VARARGS:
        args += values[names[index]]
        index += 1
    if code.co_flags & CO_VARKEYWORDS:
        named |= values[names[index]]
    return function, args, named


def start(function: FunctionType, args: list[Any], named: dict[str, Any]) -> _AnyGenerator:
    """Call a generator function."""
    generator: _AnyGenerator = function(*args, **named)
    return generator


def ended(name: str, qualname: str) -> _AnyGenerator:
    """Make a generator that has come to its end."""
    generator: Any = (None for _ in ())
    next(generator, None)
    generator.__name__, generator.__qualname__ = name, qualname
    ended_generator: _AnyGenerator = generator
    return ended_generator


def _delegate(inner: Any) -> Any:
    """What a ``yield from`` takes its items from."""
    frame = getattr(inner, "gi_frame", None)
    if frame is not None and frame.f_code is delegated.__code__:
        return frame.f_locals["inner"]
    return inner
