"""The variables of frames that run as they were written, by the names that their models have.

What a model keeps under a name lies on the value stack of such a frame;
`autoresume.transforms.valuestack` says where. That of a running frame is read from memory, that of
a suspended generator is shown by the garbage collector.
"""

from __future__ import annotations

import ast
import functools
import gc
import itertools
from collections.abc import Iterator, Sequence
from types import CellType, CodeType, FrameType, FunctionType, GeneratorType
from typing import Any

from autoresume import rawframes
from autoresume.errors import Unsaveable
from autoresume.transforms import Function
from autoresume.transforms.positions import Position
from autoresume.transforms.residual import Unresumable
from autoresume.transforms.valuestack import Kind, Slot, layout

_Reading = list[tuple[Slot, Any]]

# -- running frames --------------------------------------------------------------------------


def hidden_of_frame(
    frame: FrameType, shown: dict[str, Any], function: Function, position: Position
) -> dict[str, Any]:
    """The hidden variables of a running frame that stands at ``position``.

    ``function``: its model; ``shown``: its local variables. None are found where it was not seen
    that the frame may stand there. Raises `Unsaveable`.
    """
    try:
        node, slots = _layout(function, position)
    except Unresumable:
        return {}
    places = [slot for slot in slots for _ in range(2 if slot.kind is Kind.CALLEE else 1)]
    objects = rawframes.stack(frame, len(places))
    reading = objects and _read(slots, iter(objects))
    if reading is None or not all(_fits(slot, value, shown) for slot, value in reading):
        line = getattr(node, "lineno", frame.f_lineno)
        raise Unsaveable(
            f"{function.module.filename}:{line}: what Python keeps for this call is not understood"
        )
    return _named(reading, function)


@functools.lru_cache(256)
def _layout(function: Function, position: Position) -> tuple[ast.AST, list[Slot]]:
    """The node at a position, and what lies on the stack there: many frames may stand there."""
    written = function.as_written
    node = written.at(position)
    assert node is not None
    return node, layout(written.scope, node)


def _read(slots: Sequence[Slot], objects: Iterator[Any]) -> _Reading:
    """Give each slot its object. A called method lies below its object, all else beside NULL."""
    reading: _Reading = []
    for slot in slots:
        value = next(objects)
        if slot.kind is Kind.CALLEE:
            other = next(objects)
            if value is rawframes.NULL or other is rawframes.NULL:
                value = other if value is rawframes.NULL else value
            else:
                value = value.__get__(other)
        reading.append((slot, value))
    return reading


# -- suspended generators --------------------------------------------------------------------


def state_of_generator(
    generator: GeneratorType[Any, Any, Any],
    shown: dict[str, Any],
    function: Function,
    position: Position,
) -> tuple[dict[str, Any], dict[str, CellType]]:
    """The variables of a generator that runs as written, by the names that its model has for them.

    ``shown``: its local variables as its frame shows them. Returns these and the hidden ones, and
    the cells. Raises `Unsaveable`.
    """
    code = generator.gi_code
    objects = _below_frame(generator, code)
    local = {name: value for name, value in shown.items() if name.isidentifier()}
    cells: dict[str, CellType] = {}
    for name in rawframes.fast_names(code):
        is_cell = name in code.co_cellvars or name in code.co_freevars
        if is_cell or name in shown:
            value = next(objects, None)
            if is_cell and isinstance(value, CellType):
                cells[name] = value
            elif is_cell or value is not shown[name]:
                raise Unsaveable(
                    f"the variables of {code.co_qualname} are not where they should be"
                )
    return local | _hidden(generator, list(objects), local, function, position), cells


def _below_frame(generator: GeneratorType[Any, Any, Any], code: CodeType) -> Iterator[Any]:
    """What the frame of a generator holds: variables in order, then the value stack.

    Places that hold nothing are left out.
    """
    found = gc.get_referents(generator)
    for index, (one, other) in enumerate(itertools.pairwise(found)):
        if isinstance(one, FunctionType) and other is code:
            return iter(found[index + 2 :])
    raise Unsaveable(f"the frame of {code.co_qualname} is not known")


def _hidden(
    generator: GeneratorType[Any, Any, Any],
    objects: list[Any],
    local: dict[str, Any],
    function: Function,
    position: Position,
) -> dict[str, Any]:
    try:
        node, slots = _layout(function, position)
    except Unresumable as error:
        line = getattr(error.node, "lineno", 0)
        raise Unsaveable(f"{function.module.filename}:{line}: {error}") from None
    readings = [
        found
        for found in _readings(slots, objects)
        if all(_fits(slot, value, local) for slot, value in found)
    ]
    if len(readings) != 1:
        line = getattr(node, "lineno", 0)
        raise Unsaveable(
            f"{function.module.filename}:{line}: what Python keeps for this `yield` is not "
            "understood; take the items of the generator into a list first"
        )
    return _named(readings[0], function)


def _readings(slots: list[Slot], objects: list[Any]) -> Iterator[_Reading]:
    """The ways in which ``objects`` may fill ``slots``.

    Under a called method lies its object. Above all lies the exception that is being handled, and
    after the first one that was, None.
    """
    handlers = [slot for slot in slots if slot.kind is Kind.HANDLED]
    if handlers:
        slots = [*slots, handlers[-1]]
    elif objects and objects[-1] is None:
        yield from _assigned(slots, objects[:-1])
    yield from _assigned(slots, objects)


def _assigned(slots: list[Slot], objects: list[Any]) -> Iterator[_Reading]:
    if not slots or not objects:
        if not slots and not objects:
            yield []
        return
    slot, rest = slots[0], slots[1:]
    is_method = slot.kind is Kind.CALLEE and len(objects) > 1 and _is_method(objects[0])
    for following in _assigned(rest, objects[1:]):
        yield [(slot, objects[0]), *following]
    if is_method:
        for following in _assigned(rest, objects[2:]):
            yield [(slot, objects[0].__get__(objects[1])), *following]


def _is_method(value: object) -> bool:
    """Whether Python calls this with an object put before the arguments."""
    return bool(type(value).__flags__ & _METHOD_DESCRIPTOR)


_METHOD_DESCRIPTOR = 1 << 17
"""``Py_TPFLAGS_METHOD_DESCRIPTOR``."""


def _fits(slot: Slot, value: Any, local: dict[str, Any]) -> bool:
    match slot.kind:
        case Kind.ITERATOR:
            return hasattr(type(value), "__next__")
        case Kind.EXIT:
            return getattr(value, "__name__", "") == "__exit__" and hasattr(value, "__self__")
        case Kind.HANDLED:
            return value is None or isinstance(value, BaseException)
        case Kind.CALLEE:
            return callable(value)
        case Kind.UNUSED:
            return value is None
    return _may_be(slot.node, value, local)


def _may_be(node: ast.AST, value: Any, local: dict[str, Any]) -> bool:
    """Whether ``value`` may be that of an expression."""
    match node:
        case ast.Name(id=name) if name in local:
            return value is local[name]
        case ast.Constant(value=constant):
            return type(value) is type(constant) and bool(value == constant)
    kind = _DISPLAYS.get(type(node))
    return kind is None or type(value) is kind


_DISPLAYS: dict[type[ast.AST], type] = {
    ast.Dict: dict,
    ast.DictComp: dict,
    ast.FormattedValue: str,
    ast.JoinedStr: str,
    ast.List: list,
    ast.ListComp: list,
    ast.Set: set,
    ast.SetComp: set,
    ast.Tuple: tuple,
}


def _named(reading: _Reading, function: Function) -> dict[str, Any]:
    """The values of a reading by the names of the model."""
    names, written = function.module.names, function.as_written
    hidden: dict[str, Any] = {}
    handlers: list[str] = []
    for slot, value in reading:
        place = written.places.get(slot.node)
        if place is None:
            continue
        if slot.kind is Kind.ITERATOR:
            hidden[names.iterator(place.statement)] = value
        elif slot.kind is Kind.EXIT:
            statement = written.statements[place.statement]
            assert isinstance(statement, ast.With)
            items = [item.context_expr for item in statement.items]
            index = next(index for index, item in enumerate(items) if item is slot.node)
            hidden[names.manager(place.statement, index)] = value.__self__
        elif slot.kind is Kind.HANDLED:
            # Each block keeps the exception of the block around it.
            for outer in handlers[-1:]:
                hidden[outer] = value
            handlers.append(names.exception(place))
        elif place.expression is not None:
            hidden[names.operand(place.statement, place.expression)] = value
    return hidden
