"""Which iterator runs a generator, or the user's `__next__`, when it is asked for an item.

The iterators of C keep what they have taken in themselves, or lose it with the call that was
interrupted. `next` can be called again on those that had not taken anything yet.
"""

from __future__ import annotations

import ast
import gc
import itertools
from collections.abc import Callable, Iterator
from types import FrameType, FunctionType, GeneratorType

from autoresume.lookup import Mismatch, Unknown, called_with, shown, value_of
from autoresume.transforms import Function
from autoresume.transforms.implicit import ADVANCE
from autoresume.valuestack import hidden_of_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIRST_ASKED: tuple[type, ...] = (
    enumerate,
    filter,
    itertools.accumulate,
    itertools.chain,
    itertools.cycle,
    itertools.dropwhile,
    itertools.filterfalse,
    itertools.islice,
    itertools.starmap,
    itertools.takewhile,
)
"""They ask the iterator below them before they do anything."""

_FIRST_OF_MANY: tuple[type, ...] = (map, zip)
"""They ask the first of several so."""


def check_advances(
    node: ast.AST, frame: FrameType, function: Function, generator: GeneratorType[Any, Any, Any]
) -> None:
    """Raise `Mismatch` unless ``node``, evaluated again, would go on in ``generator``."""
    try:
        iterator = _asked(node, frame, function)
    except Unknown:
        iterator = None
    if iterator is None or not any(found is generator for found in below(iterator)):
        name = generator.__qualname__
        raise Mismatch(
            f"`{shown(node)}` runs the generator {name} through C code or a library, which cannot "
            f"be resumed in the middle yet; take the items of {name} in a `for` loop"
        )


def _asked(node: ast.AST, frame: FrameType, function: Function) -> Any:
    """The iterator that ``node`` asks for an item; None if it is not known."""
    if isinstance(node, ast.For):
        return asked_by_loop(node, frame, function)
    if isinstance(node, ast.YieldFrom):
        return value_of(node.value, frame)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ADVANCE:
            return value_of(node.func.value, frame)
        called = called_with(node, frame)
        if called is next and node.args:
            return value_of(node.args[0], frame)
        if getattr(called, "__name__", "") in ADVANCE:
            return getattr(called, "__self__", None)
    return None


def asked_by_loop(node: ast.For, frame: FrameType, function: Function) -> Any:
    """The iterator of a ``for`` loop."""
    position, shown = function.numbering.places[node], frame.f_locals
    name = function.module.names.iterator(position.statement)
    if frame.f_code is function.runs and frame.f_code is not function.code:
        return hidden_of_frame(frame, shown, function, position).get(name)
    return shown.get(name)


def below(iterator: object) -> Iterator[object]:
    """``iterator``, and those below it that it asks before it does anything."""
    yield iterator
    if isinstance(iterator, _FIRST_OF_MANY):
        for found in gc.get_referents(iterator):
            if type(found) is tuple and found:
                yield from below(found[0])
                break
    elif isinstance(iterator, _FIRST_ASKED):
        for found in gc.get_referents(iterator):
            if isinstance(found, Iterator):
                yield from below(found)


def next_function(iterator: object, is_it: Callable[[FunctionType], bool]) -> FunctionType | None:
    """The user's function that ``iterator`` calls first when it is asked for an item."""
    for found in below(iterator):
        candidate: Any = getattr(type(found), "__next__", None)
        if type(found) is _CALLING:
            candidate = gc.get_referents(found)[0]
            candidate = getattr(candidate, "__func__", candidate)
        if isinstance(candidate, FunctionType) and is_it(candidate):
            return candidate
    return None


_CALLING = type(iter(int, 1))
