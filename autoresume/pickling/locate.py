"""Finds the value that stopped the pickler, and says how the program reaches it."""

from __future__ import annotations

import copyreg
import gc
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import (
    CellType,
    FunctionType,
    GeneratorType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import Any

from autoresume.errors import Unsaveable
from autoresume.pickling import registry
from autoresume.pickling.anchors import StandIn, anchors, seed
from autoresume.pickling.depth import deeply
from autoresume.pickling.pickler import Pickler
from autoresume.pickling.sets import OddSet
from autoresume.pickling.tables import CodeTable

DEEP = "is nested too deeply; keep its parts in a flat list"


def tracer_of(kind: type[Pickler], table: CodeTable) -> tuple[Pickler, deque[Any]]:
    """Return a pickler that also tells, slowly, which object it has come to."""
    tracer = kind(io.BytesIO(), [], table)
    last: deque[Any] = deque([None], maxlen=1)
    tracer.reducer_override = noting(last, tracer.reducer_override)
    return tracer, last


def noting(last: deque[Any], reduce: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `reduce`, with each object that goes through it put into `last`."""

    def reducer_override(obj: Any) -> Any:
        last.append(obj)
        return reduce(obj)

    return reducer_override


def explain(
    state: Mapping[str, Any],
    table: CodeTable,
    error: BaseException,
    known: Iterable[StandIn] = (),
    kind: type[Pickler] = Pickler,
) -> str:
    """Return the message about the value that stopped the pickler with `error`.

    Errors in a stack of objects too deep for C come without the value that was the last straw.
    """
    culprit, error = (
        (error.culprit, error)
        if isinstance(error, OddSet)
        else traced(state, table, error, known, kind)
    )
    if isinstance(error, RecursionError):
        return f"{deepest(state, table)} {DEEP}"
    if culprit is None:
        return str(error)
    where = path_to(culprit, state) or "a value of the program"
    name = f"{type(culprit).__module__}.{type(culprit).__qualname__}".removeprefix("builtins.")
    reason = str(error) if isinstance(error, Unsaveable) else f"{kind.remedy} ({error})"
    return f"{where}: {name} cannot be saved; {reason}"


def traced(
    state: Mapping[str, Any],
    table: CodeTable,
    error: BaseException,
    known: Iterable[StandIn],
    kind: type[Pickler],
) -> tuple[Any, BaseException]:
    """Pickle again, and return the object that stops the pickler and its error."""
    stand_ins = list(known)

    def trace() -> tuple[Any, BaseException]:
        tracer, last = tracer_of(kind, table)
        try:
            seed(tracer, [*stand_ins, *anchors(table.user_modules)])
            tracer.dump(state)
        except RecursionError:
            raise
        except Exception as again:
            return last[0], again
        return None, error

    try:
        return deeply(trace)
    except RecursionError as too_deep:
        return None, too_deep


def deepest(state: Mapping[str, Any], table: CodeTable) -> str:
    """Return the variable that is nested too deeply."""
    for path, value in roots(state):
        try:
            deeply(partial(pickle_alone, value, table))
        except RecursionError:
            return "".join(path)
        except Exception:  # something else about this one, which is told when its turn comes
            continue
    return "a value of the program"


def pickle_alone(value: Any, table: CodeTable) -> None:
    """Pickle one value of the program."""
    pickler = Pickler(io.BytesIO(), [], table)
    seed(pickler, anchors(table.user_modules))
    pickler.dump(value)


def path_to(target: object, state: Mapping[str, Any]) -> str | None:
    """Return how the program reaches `target`, by the shortest way; None: not found."""
    waiting = deque(roots(state))
    seen: set[int] = set()
    while waiting:
        path, value = waiting.popleft()
        if value is target:
            return "".join(path)
        if id(value) not in seen:
            seen.add(id(value))
            waiting.extend(((path[0] + step, path[1]), child) for step, child in children(value))
    return None


def roots(state: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield the variables of the frames, innermost first, and the globals.

    Each comes with its name and, for outer frames, the place of the call.
    """
    frames = state.get("frames", [])
    for depth, frame in enumerate(reversed(frames)):
        if isinstance(frame, Mapping):
            place = f" ({frame.get('file')}:{frame.get('line')})" if depth else ""
            yield from (((name, place), value) for name, value in frame_roots(frame))
    for module, values in state.get("modules", {}).items():
        prefix = "" if module == "__main__" else f"{module}."
        yield from (((f"{prefix}{name}", ""), value) for name, value in values.items())
    yield ("what the stack is made of", ""), frames
    for key in state.keys() - {"frames", "modules"}:
        yield (f"the state of the {key}", ""), state[key]


def frame_roots(frame: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the variables of the record of a frame, named as in `fit().conn`."""
    function = frame.get("function", "frame")
    for variables in frame.values():
        if isinstance(variables, Mapping):
            for name, value in variables.items():
                yield f"{function}().{name}", value


def children(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value holds, each with the expression that leads there."""
    if isinstance(value, dict | MappingProxyType):  # other mappings may compute their items
        for key, item in list(value.items()):
            yield f"[{short(key)}]", item
            yield f".keys()[{short(key)}]", key
    elif isinstance(value, list | tuple | deque):
        yield from ((f"[{index}]", item) for index, item in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((f"{{{short(item)}}}", item) for item in value)
    elif isinstance(value, FunctionType):
        yield from function_children(value)
    elif isinstance(value, GeneratorType):
        variables = value.gi_frame.f_locals if value.gi_frame else {}
        yield from ((f".{name}", item) for name, item in variables.items())
    elif isinstance(value, MethodType):
        yield from ((".__self__", value.__self__), (".__func__", value.__func__))
    elif isinstance(value, type):
        yield from ((f".{name}", item) for name, item in vars(value).items())
        yield from ((f".__bases__[{index}]", base) for index, base in enumerate(value.__bases__))
    elif not isinstance(value, ModuleType | str | bytes):
        yield from instance_children(value)


def function_children(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield what a function holds: closure variables, defaults, attributes."""
    cells: tuple[CellType, ...] = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        yield f".{name}", cell
        try:
            yield f".{name}", cell.cell_contents
        except ValueError:
            continue
    yield ".__code__", function.__code__
    yield from ((f".{name}", value) for name, value in vars(function).items())
    yield ".__defaults__", function.__defaults__
    yield ".__kwdefaults__", function.__kwdefaults__


def instance_children(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes and slots of an object, else what it refers to."""
    yield ".__class__", type(value)
    entry = registry.entry_of(type(value))
    if entry is not None:
        with suppress(Unsaveable):
            yield ".<saved>", registry.saved(value, entry)
        return
    slots = copyreg._slotnames(type(value))  # type: ignore[attr-defined]
    names = [*getattr(value, "__dict__", ()), *slots]
    for name in names:
        try:
            yield f".{name}", getattr(value, name)
        except Exception:  # a property of the user's, or an unset slot
            continue
    if not names:
        yield from hidden_children(value)


def hidden_children(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an object without attributes refers to, such as the parts of an iterator."""
    yield from (("", part) for part in gc.get_referents(value) if not isinstance(part, type))


def short(key: object) -> str:
    """Return the text of a key, cut to a readable length."""
    text = repr(key) if isinstance(key, str | int | float | bool | tuple) else type(key).__name__
    return text if len(text) < 40 else text[:36] + "..."
