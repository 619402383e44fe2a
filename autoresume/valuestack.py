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
from collections.abc import Iterator
from types import CellType, CodeType, FrameType, FunctionType, GeneratorType

from autoresume import hidden, rawframes
from autoresume.errors import Unsaveable
from autoresume.hidden import Kept
from autoresume.transforms import Function
from autoresume.transforms.positions import Position
from autoresume.transforms.residual import Unresumable
from autoresume.transforms.valuestack import Kind, Slot, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.hidden import Reading

# -- running frames --------------------------------------------------------------------------


def hidden_of_frame(
    frame: FrameType, shown: dict[str, Any], function: Function, position: Position
) -> dict[str, Any]:
    """The hidden variables of a running frame that stands at ``position``.

    ``function``: its model; ``shown``: its local variables. None are found where it was not seen
    that the frame may stand there. Raises `Unsaveable`.
    """
    try:
        node, kept = described(function, position)
    except Unresumable:
        return {}
    found = hidden.of_frame(frame, kept, shown)
    if found is None:
        line = getattr(node, "lineno", frame.f_lineno)
        raise Unsaveable(
            f"{function.module.filename}:{line}: what Python keeps for this call is not understood"
        )
    return found


@functools.lru_cache(256)
def described(function: Function, position: Position) -> tuple[ast.AST, list[Kept]]:
    """The node at a position, and what lies on the stack there: many frames may stand there.

    Raises `Unresumable`.
    """
    written = function.as_written
    node = written.at(position)
    assert node is not None
    return node, [_kept(slot, function) for slot in layout(written.scope, node)]


def _kept(slot: Slot, function: Function) -> Kept:
    test = _test_of(slot.node) if slot.kind in {Kind.OPERAND, Kind.DELEGATE} else None
    return Kept(slot.kind.value, _name_of(slot, function), test)


def _name_of(slot: Slot, function: Function) -> str | None:
    names, written = function.module.names, function.as_written
    place = written.places.get(slot.node)
    if place is None:
        return None
    if slot.kind is Kind.ITERATOR:
        return names.iterator(place.statement)
    if slot.kind is Kind.EXIT:
        statement = written.statements[place.statement]
        assert isinstance(statement, ast.With)
        items = [item.context_expr for item in statement.items]
        index = next(index for index, item in enumerate(items) if item is slot.node)
        return names.manager(place.statement, index)
    if slot.kind is Kind.HANDLED:
        return names.exception(place)
    if place.expression is None:
        return None
    return names.operand(place.statement, place.expression)


def _test_of(node: ast.AST) -> tuple[str, Any] | None:
    """What tells whether an object may be the value of an expression."""
    match node:
        case ast.Name(id=name):
            return hidden.IS, name
        case ast.Constant(value=constant):
            return hidden.EQUALS, constant
    kind = _DISPLAYS.get(type(node))
    return (hidden.TYPE, kind) if kind else None


_DISPLAYS: dict[type[ast.AST], str] = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.FormattedValue: "str",
    ast.JoinedStr: "str",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
}


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
        node, kept = described(function, position)
    except Unresumable as error:
        line = getattr(error.node, "lineno", 0)
        raise Unsaveable(f"{function.module.filename}:{line}: {error}") from None
    readings = [
        found
        for found in _readings(kept, objects)
        if all(hidden.fits(one, value, local) for one, value in found)
    ]
    if len(readings) != 1:
        line = getattr(node, "lineno", 0)
        raise Unsaveable(
            f"{function.module.filename}:{line}: what Python keeps for this `yield` is not "
            "understood; take the items of the generator into a list first"
        )
    return hidden.named(readings[0])


def _readings(slots: list[Kept], objects: list[Any]) -> Iterator[Reading]:
    """The ways in which ``objects`` may fill ``slots``.

    Under a called method lies its object. Above all lies the exception that is being handled, and
    after the first one that was, None.
    """
    handlers = [slot for slot in slots if slot.kind == Kind.HANDLED]
    if handlers:
        slots = [*slots, handlers[-1]]
    elif objects and objects[-1] is None:
        yield from _assigned(slots, objects[:-1])
    yield from _assigned(slots, objects)


def _assigned(slots: list[Kept], objects: list[Any]) -> Iterator[Reading]:
    if not slots or not objects:
        if not slots and not objects:
            yield []
        return
    slot, rest = slots[0], slots[1:]
    is_method = slot.kind == Kind.CALLEE and len(objects) > 1 and _is_method(objects[0])
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
