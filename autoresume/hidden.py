"""Hidden variables, which lie on the value stack of a frame, by a plain description of it.

`autoresume.valuestack` makes the descriptions. They hold no nodes, so that they can be stored.
"""

from __future__ import annotations

from autoresume import rawframes
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType
    from typing import Any

    Reading = list[tuple["Kept", Any]]

ITERATOR, EXIT, HANDLED = "iterator", "exit", "handled"
OPERAND, CALLEE, UNUSED = "operand", "callee", "unused"
"""What an object is, see `autoresume.transforms.valuestack.Kind`."""
IS, EQUALS, TYPE = "is", "equals", "type"


class Kept(NamedTuple):
    """One object on the value stack; of a ``CALLEE``, one or two.

    ``name``: the hidden variable that it is in the model; None if none. ``test``: what tells
    whether an object may be the value of an operand: the variable that it IS, the constant that it
    EQUALS, or the name of its TYPE.
    """

    kind: str
    name: str | None
    test: tuple[str, Any] | None = None


def of_frame(
    frame: FrameType, kept: Sequence[Kept], shown: dict[str, Any]
) -> dict[str, Any] | None:
    """The hidden variables of a running frame; None where they are not understood.

    ``shown``: its local variables.
    """
    depth = sum(2 if one.kind == CALLEE else 1 for one in kept)
    objects = rawframes.stack(frame, depth)
    if objects is None:
        return None
    reading = _read(kept, iter(objects))
    return named(reading) if all(fits(one, value, shown) for one, value in reading) else None


def _read(kept: Sequence[Kept], objects: Iterator[Any]) -> Reading:
    """Give each its object. A called method lies below its object, all else beside NULL."""
    reading: Reading = []
    for one in kept:
        value = next(objects)
        if one.kind == CALLEE:
            other = next(objects)
            if value is rawframes.NULL or other is rawframes.NULL:
                value = other if value is rawframes.NULL else value
            else:
                value = value.__get__(other)
        reading.append((one, value))
    return reading


def fits(one: Kept, value: Any, local: dict[str, Any]) -> bool:
    """Whether an object may be what is described."""
    match one.kind:
        case "iterator":
            return hasattr(type(value), "__next__")
        case "exit":
            return getattr(value, "__name__", "") == "__exit__" and hasattr(value, "__self__")
        case "handled":
            return value is None or isinstance(value, BaseException)
        case "callee":
            return callable(value)
        case "unused":
            return value is None
    return one.test is None or _may_be(*one.test, value, local)


def _may_be(test: str, expected: Any, value: Any, local: dict[str, Any]) -> bool:
    if test == IS:
        return expected not in local or value is local[expected]
    if test == EQUALS:
        return type(value) is type(expected) and bool(value == expected)
    return type(value).__name__ == expected and type(value).__module__ == "builtins"


def named(reading: Reading) -> dict[str, Any]:
    """The values of a reading by the names of the model."""
    hidden: dict[str, Any] = {}
    handlers: list[str] = []
    for one, value in reading:
        if one.name is None:
            continue
        if one.kind == HANDLED:
            # Each block keeps the exception of the block around it.
            for outer in handlers[-1:]:
                hidden[outer] = value
            handlers.append(one.name)
        else:
            hidden[one.name] = value.__self__ if one.kind == EXIT else value
    return hidden
