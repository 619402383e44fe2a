"""Generators to records, and back.

A suspended generator is a frame like those on the stack, that stands at a ``yield``. Its residual
program begins with that ``yield``, and is advanced to it when the generator has been made. A
running generator is a frame on the stack; it is made without being begun, and whoever advances
it enters its residual program.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import CellType, FrameType, FunctionType, GeneratorType
from typing import Any, TypeAlias

from autoresume.errors import Unsaveable
from autoresume.frames import Frames, Record, present_cells, settle
from autoresume.program import namespace
from autoresume.reentry import delegated, remember_handled
from autoresume.transforms import Function
from autoresume.transforms.positions import Position, lasti_range, yield_ranges
from autoresume.transforms.residual import SUSPENDED, Link, Unresumable, variables_of

_AnyGenerator: TypeAlias = "GeneratorType[Any, Any, Any]"


@dataclass
class _Made:
    """A generator that has been made, and waits for its variables."""

    generator: _AnyGenerator
    function: Function
    record: Record
    state: dict[str, Any]
    renamed: dict[str, str]
    cells: dict[str, CellType]
    filled: bool = False


class Generators:
    """Saves and makes the generators of one program."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self._made: dict[int, _Made] = {}

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
        place = record | {"callee": None, "bound": list(values)}
        return self.make, (place, variables["cells"]), values

    def _record(self, generator: _AnyGenerator, frame: FrameType) -> tuple[Record, dict[str, Any]]:
        function = self.frames.known_function(frame.f_code)
        if function is None:
            raise Unsaveable(
                f"{generator.__qualname__} is a generator of a library, or a generator expression, "
                "which cannot be saved yet; take its items into a list first"
            )
        link = Link.YIELD if generator.gi_yieldfrom is None else Link.DELEGATE
        position = _position(frame, function)
        try:
            rest = self.frames.residual_of(function, position, link)
        except Unresumable as error:
            raise Unsaveable(str(error)) from None
        if "super" in rest.mentioned:
            raise Unsaveable(
                f"{generator.__qualname__} calls super(), which a generator that is "
                "saved cannot do yet; take its items into a list first"
            )
        record = self.frames.place_of(frame, function, position, link)
        variables = self.frames.variables(frame, function, position, rest)
        values = variables["locals"]
        if link is Link.DELEGATE:
            values[function.module.names.delegate] = _delegate(generator.gi_yieldfrom)
        return record | {"bound": list(values), "cells": variables["cells"]}, values

    # -- resume ----------------------------------------------------------------------------

    def make(self, record: Record, cells: dict[str, CellType]) -> _AnyGenerator:
        """Make a generator that has not begun; `fill` brings it to its ``yield``."""
        record = record | {"cells": cells, "locals": {name: name for name in record["bound"]}}
        function = self.frames.function_of(record)
        position, names = self.frames.in_present_source(record, function)
        unbound = frozenset(variables_of(function.code)).difference(names, cells)
        unbound -= {function.module.names.cells}
        rest = self.frames.remade(record, function, position, unbound, Link.RETURN)
        present = present_cells(record, function)
        closure = tuple(present[name] for name in rest.code.co_freevars)
        state: dict[str, Any] = {}
        module = namespace(record["code"][0])
        generator = FunctionType(rest.code, module, record["function"], (state,), closure)()
        renamed = {old: new for new, old in names.items()}
        made = _Made(generator, function, record, state, renamed, present)
        self._made[id(generator)] = made
        return made.generator

    def fill(self, generator: _AnyGenerator, values: dict[str, Any]) -> None:
        """Give a generator its variables, and bring it to its ``yield``."""
        made = self._made.get(id(generator))
        if made is None or made.filled:  # in a cycle of objects, pickle comes here twice
            return
        made.state.update({made.renamed[name]: value for name, value in values.items()})
        settle(made.record, made.function, made.state, made.cells)
        for name, value in made.state.items():
            if made.function.module.names.is_exception(name):
                remember_handled(value)
        made.filled = True
        if made.record["link"] in SUSPENDED:
            next(generator)
            made.state.clear()  # the generator has taken them over

    def go_on(
        self, generator: _AnyGenerator, following: Callable[[], object], instance: object
    ) -> None:
        """Tell a generator that was running what the next frame is."""
        made = self._made[id(generator)]
        names = made.function.module.names
        made.state |= {names.next: following, names.instance: instance}

    def forget(self) -> None:
        """All generators have been made; those that pickle made in vain can go."""
        self._made.clear()


def _position(frame: FrameType, function: Function) -> Position:
    place = lasti_range(frame.f_code, frame.f_lasti)
    node = yield_ranges(function.scope).get(place) if place else None
    if node is None or node not in function.numbering.places:
        raise Unsaveable(f"{frame.f_code.co_qualname} is suspended at a place that is not known")
    return function.numbering.places[node]


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
    if code.co_flags & inspect.CO_VARARGS:
        args += values[names[index]]
        index += 1
    if code.co_flags & inspect.CO_VARKEYWORDS:
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
