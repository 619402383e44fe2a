"""One stream for all of a program's state: anchors, globals one by one, then the rest."""

from __future__ import annotations

import gc
import io
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType

from autoresume.errors import Unsaveable
from autoresume.pickling import rebuilt, registry
from autoresume.pickling.anchors import StandIn, anchors, seed
from autoresume.pickling.depth import deeply
from autoresume.pickling.instances import is_settled
from autoresume.pickling.modules import import_again, imported
from autoresume.pickling.nans import NanPickler, Unpickler, may_hold_nans
from autoresume.pickling.pickler import Pickler
from autoresume.pickling.rebuilt import Again, Rebuilt
from autoresume.pickling.sets import changed_by, older, stand_ins
from autoresume.pickling.states import fill, fills
from autoresume.pickling.tables import CodeTable, loading_with
from autoresume.transforms.records import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.locate import Refusal

ATOMS = {type(None), bool, int, float, complex, str, bytes}
DESCRIPTORS = property, classmethod, staticmethod, GetSetDescriptorType, MemberDescriptorType
MADE_BY_IMPORT = {"__builtins__", "__loader__", "__spec__"}
"""Globals that belong to the new process."""


@record
class Pickled:
    """A state as bytes: the stream, and the buffers that it refers to in this order."""

    data: bytes
    buffers: list[pickle.PickleBuffer]
    python_bound: bool = False
    """Whether the stream holds bytecode, which only the same X.Y version of Python can run."""

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.data) + sum(buffer.raw().nbytes for buffer in self.buffers)


def dump(
    state: Mapping[str, Any],
    table: CodeTable,
    known: Iterable[StandIn] = (),
    rebuilds: Sequence[Rebuilt] = (),
) -> Pickled:
    """Pickle `state`, whose "modules" are {module name: {global name: value}}.

    The anchors of `known` come back as what their stand-ins' calls return in the new process.
    The values of `rebuilds` are made by statements of the program there.
    Raises Unsaveable, with the paths of the values, if something cannot be brought back exactly.
    """
    known = list(known)
    with without_collections():
        try:
            return deeply(lambda: dumped(state, table, known, rebuilds))
        except Exception as error:
            from autoresume.pickling.locate import explain

            message, by_value = explain(state, table, error, [*known, *left_out(rebuilds)])
            refused = Unsaveable(message)
            refused.by_value = by_value
            raise refused from error


def left_out(rebuilds: Iterable[Rebuilt]) -> list[StandIn]:
    """Return what stands for values that are not looked at, since they will be made again."""
    from autoresume.pickling.missing import missing

    anchors_of = (one.stand_ins(0) for one in rebuilds)
    return [StandIn(found.anchor, missing, "") for several in anchors_of for found in several]


def dump_without(
    state: Mapping[str, Any],
    table: CodeTable,
    known: Iterable[StandIn] = (),
    rebuilds: Sequence[Rebuilt] = (),
) -> tuple[Pickled, list[Refusal]]:
    """Pickle `state` without the values that cannot be saved; returns what they are as well.

    Variables that hold one are unbound after the load; elsewhere it becomes an object that cannot
    be used. Raises Unsaveable where that does not help.
    """
    from autoresume.pickling.locate import refusals, without

    refused = refusals(state, table, [*known, *left_out(rebuilds)])
    rest, stand_ins = without(state, refused)
    return dump(rest, table, [*known, *stand_ins], rebuilds), refused


@contextmanager
def without_collections() -> Iterator[None]:
    """Keep the garbage collector from looking through the many objects that are being made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def dumped(
    state: Mapping[str, Any], table: CodeTable, known: list[StandIn], rebuilds: Sequence[Rebuilt]
) -> Pickled:
    """Pickle `state`; once more if it has NaNs, or sets whose order pickle would not keep."""
    made_up: list[StandIn] = []
    kind = Pickler
    while True:
        out = io.BytesIO()
        buffers: list[pickle.PickleBuffer] = []
        pickler = kind(out, buffers, table)
        pickler.dump(imported(pickler.user_modules))
        seed(pickler, [*known, *anchors(table.user_modules)])
        mark: list[None] = []
        write(pickler, state, made_up, rebuilds)
        data = out.getvalue()
        found = [] if made_up else stand_ins(older(changed_by(pickler, data), mark))
        if kind is Pickler and may_hold_nans(data):
            kind = NanPickler
        elif not found:
            return Pickled(data, buffers, pickler.python_bound)
        made_up = made_up or found


def write(
    pickler: Pickler,
    state: Mapping[str, Any],
    made_up: Iterable[StandIn] = (),
    rebuilds: Sequence[Rebuilt] = (),
) -> None:
    """Dump a plan of the globals, the globals one by one, and the rest of the state."""
    modules = {name: kept_globals(values) for name, values in state["modules"].items()}
    plan = sorted(
        ((module, name) for module, values in modules.items() for name in values),
        key=lambda place: loading_rank(modules[place[0]][place[1]]),
    )
    simple = [place for place in plan if loading_rank(modules[place[0]][place[1]]) == 0]
    others = plan[len(simple) :]
    orders = {module: list(values) for module, values in modules.items()}
    values = [(*place, modules[place[0]][place[1]]) for place in simple]
    pickler.dump((orders, values, others, len(rebuilds)))
    seed(pickler, made_up)
    before = rebuilt.write(pickler, modules, others, rebuilds, seed)
    for module, name in others:
        pickler.dump(modules[module][name])
    rest = {key: value for key, value in state.items() if key != "modules"}
    pickler.dump(({cls: tuple(entry) for cls, entry in registry.registered.items()}, rest))
    rebuilt.check_parts(pickler, rebuilds, before)
    if rebuilds:
        pickler.dump(list(fills(rebuilds)))


def kept_globals(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the globals of a module that are state."""
    return {name: value for name, value in values.items() if name not in MADE_BY_IMPORT}


def loading_rank(value: Any) -> int:
    """Return when a global is loaded: code that runs during a load finds what it names."""
    kind = type(value)
    if kind in ATOMS or issubclass(kind, ModuleType):
        return 0
    if kind is FunctionType:
        return 1 if is_bare(value) else 3
    if issubclass(kind, type):
        return 2 if all(map(is_bare, vars(value).values())) else 4
    return 5


def is_bare(value: Any) -> bool:
    """Tell whether a function or an entry of a class holds no objects of the program."""
    if type(value) is FunctionType:
        return not (value.__closure__ or value.__defaults__ or value.__kwdefaults__)
    return is_settled(value) or issubclass(type(value), DESCRIPTORS)


def load(
    data: Any, buffers: Iterable[Any], table: CodeTable, again: Again | None = None
) -> dict[str, Any]:
    """Fill the user modules from a stream, and return the rest of the state.

    `again` runs statements whose values are not stored. The user modules are to be in
    `sys.modules`. Raises SourceChanged if a function is gone from the source, and AutoresumeError
    for a file that is not as it was.
    """
    unpickler = Unpickler(io.BytesIO(data), buffers=iter(buffers))
    read: Callable[[], Any] = unpickler.load
    import_again(read())
    with loading_with(table), without_collections():
        read()  # the anchors
        orders, simple, others, count = read()
        for place in simple:
            put(*place)
        read()  # the sets whose order has to be made up
        if again is not None:
            rebuilt.load(count, read, put, again)
        for module, name in others:
            with registry.loading(name if module == "__main__" else f"{module}.{name}"):
                put(module, name, read())
        for module, order in orders.items():
            reorder(vars(sys.modules[module]), order)
        rest: tuple[dict[Any, Any], dict[str, Any]] = read()
        if count:
            fill(read())
    rebuilt.forget()
    registry.restore(rest[0])
    return rest[1]


def put(module: str, name: str, value: Any) -> None:
    """Set a global of a user module."""
    vars(sys.modules[module])[name] = value


def reorder(namespace: dict[str, Any], order: list[str]) -> None:
    """Bring the keys of a namespace into their order; those that are not in it go first."""
    known = dict.fromkeys(order)
    first = [name for name in namespace if name not in known]
    arranged = {name: namespace[name] for name in [*first, *order]}
    namespace.clear()
    namespace.update(arranged)
