"""Finds the values that stopped the pickler, and says how the program reaches them."""

from __future__ import annotations

import builtins
import copyreg
import gc
import io
import pickle
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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

from autoresume.errors import Unsaveable
from autoresume.pickling import registry
from autoresume.pickling.anchors import StandIn, anchors, seed
from autoresume.pickling.depth import deeply
from autoresume.pickling.missing import Missing, missing
from autoresume.pickling.pickler import Pickler
from autoresume.pickling.sets import OddSet
from autoresume.pickling.tables import CodeTable
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LISTED = 10
"""How many values are listed at once."""
DEEP = "is nested too deeply; keep its parts in a flat list"


class Refusal(NamedTuple):
    """A value that cannot be saved: how it is reached, its type, and all there is to say."""

    value: Any
    path: str
    kind: str
    text: str

    @property
    def name(self) -> str:
        """The path and the type."""
        return f"{self.path} ({self.kind})"


def tracer_of(kind: type[Pickler], table: CodeTable) -> Any:
    """Return a pickler that traces what another of its kind has stopped at."""
    tracer: Any = kind(io.BytesIO(), [], table)
    tracer.last, tracer.refused = None, []
    tracer.reducer_override = tracing(tracer, tracer.reducer_override)
    return tracer


def tracing(tracer: Any, reduce: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `reduce`, which notes each object now, and goes on behind one that it cannot."""

    def reducer_override(obj: Any) -> Any:
        tracer.last = obj
        try:
            reduced = reduce(obj)
            if reduced is NotImplemented and not isinstance(obj, type | FunctionType):
                reduced = plainly_reduced(obj, tracer.dispatch_table)
        except RecursionError:
            raise
        except Exception as error:
            tracer.refused.append((obj, error))
            return missing, ("",)
        return reduced

    return reducer_override


def plainly_reduced(obj: Any, dispatch_table: Mapping[type, Any]) -> Any:
    """Reduce an object as pickle would."""
    reduce = dispatch_table.get(type(obj))
    return reduce(obj) if reduce else obj.__reduce_ex__(pickle.HIGHEST_PROTOCOL)


def refusals(
    state: Mapping[str, Any],
    table: CodeTable,
    known: Iterable[StandIn] = (),
    kind: type[Pickler] = Pickler,
) -> list[Refusal]:
    """Return the values that stop the pickler, all that can be found; those without a path too."""
    known = list(known)
    found: dict[int, tuple[Any, Exception]] = {}
    for _ in range(LISTED):  # what a `__getstate__` makes is another object each time
        gone = [StandIn(value, missing, "") for value, _ in found.values()]
        try:
            refused = deeply(partial(traced, state, table, [*known, *gone], kind))
        except RecursionError:
            break
        new = {id(value): (value, error) for value, error in refused}
        if new.keys() <= found.keys():
            break
        found |= new
    return [refusal(value, state, error, kind) for value, error in found.values()]


def traced(
    state: Mapping[str, Any], table: CodeTable, known: list[StandIn], kind: type[Pickler]
) -> list[tuple[Any, Exception]]:
    """Pickle once, and return the objects that cannot be, each with its error."""
    tracer = tracer_of(kind, table)
    try:
        seed(tracer, [*known, *anchors(table.user_modules)])
        tracer.dump(state)
    except RecursionError:
        raise
    except Exception as error:
        tracer.refused.append((tracer.last, error))
    refused: list[tuple[Any, Exception]] = tracer.refused
    return refused


def explain(
    state: Mapping[str, Any],
    table: CodeTable,
    error: BaseException,
    known: Iterable[StandIn] = (),
    kind: type[Pickler] = Pickler,
) -> tuple[str, bool]:
    """Return the message about the values that stopped the pickler with `error`, line by line.

    Errors in a stack of objects too deep for C come without the value that was the last straw.
    Also tells whether it is values that can be left out.
    """
    if isinstance(error, OddSet):
        return refusal(error.culprit, state, error, kind).text, False
    found = refusals(state, table, known, kind)
    if found:
        lines = list(dict.fromkeys(one.text for one in found))
        rest = len(lines) - LISTED
        told = [*lines[:LISTED], f"and {rest} more"] if rest > 0 else lines
        return "\n".join(told), True
    if isinstance(error, RecursionError):
        return f"{deepest(state, table)} {DEEP}", False
    return str(error), False


def refusal(
    value: Any, state: Mapping[str, Any], error: BaseException, by: type[Pickler]
) -> Refusal:
    """Return what there is to say about a value that cannot be saved."""
    path = path_to(value, state) or "a value of the program"
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    reason = str(error) if isinstance(error, Unsaveable) else f"{by.remedy} ({error})"
    return Refusal(value, path, kind, f"{path}: {kind} cannot be saved; {reason}")


def without(
    state: Mapping[str, Any], refused: Iterable[Refusal]
) -> tuple[dict[str, Any], list[StandIn]]:
    """Return a state that can be saved, and what stands in it for the values that cannot.

    Variables that hold one are left out, so they are unbound after a resume.
    """
    gone = {id(one.value): one for one in refused}
    modules = {name: present(values, gone) for name, values in state.get("modules", {}).items()}
    frames = [
        {key: present(part, gone) if key == "locals" else part for key, part in record.items()}
        for record in state["frames"]
    ]
    cells = [cell for record in frames for cell in record.get("cells", {}).values()]
    empty = [StandIn(cell, CellType) for cell in cells if id(contents(cell)) in gone]
    instead = [StandIn(one.value, missing, one.name) for one in gone.values()]
    return {**state, "modules": modules, "frames": frames}, [*instead, *empty]


HIDDEN = re.compile(r"_ar\d*_")
"""How names begin that the compiler has made up: these have to be there."""


def present(variables: Mapping[str, Any], gone: Collection[int]) -> dict[str, Any]:
    """Return the variables that can be saved, and those that have to be there.

    Python would go on to look for a global that is missing among its built-in names.
    """
    return {
        name: value
        for name, value in variables.items()
        if id(value) not in gone or HIDDEN.match(name) or hasattr(builtins, name)
    }


def contents(cell: CellType) -> Any:
    """Return what a cell holds; the cell itself if it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return cell


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
                yield f"{function}().{name}", contents(value) if type(value) is CellType else value


def children(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value holds, each with the expression that leads there."""
    if type(value) is Missing:
        return
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
