"""Values that are not stored: a statement of the program makes them again at a load.

Before anything that may refer to such a value, the stream has what its statement needs. The
statement runs in the middle of the load, and what it makes is taken wherever the value was.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType

from autoresume.errors import Unsaveable
from autoresume.pickling.anchors import StandIn
from autoresume.transforms.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

Again = Callable[["Any", dict[str, "Any"]], dict[str, "Any"]]
"""Runs the statement of that place with those variables; returns what it has assigned."""

SHARED = (type(None), bool, int, float, complex, str, bytes, type(NotImplemented), type(...))
BY_NAME = (type, ModuleType, FunctionType, BuiltinFunctionType)


@record
class Rebuilt:
    """The values that one statement makes again.

    ``place`` is for `Again`; ``where`` is for messages; ``needed`` are the globals that it may use,
    and ``own`` those that it assigns, by module and name; ``cells``: the cells of its variables.
    """

    place: Any
    where: str
    values: dict[str, Any]
    variables: dict[str, Any] = field(default_factory=dict)
    needed: set[tuple[str, str]] = field(default_factory=set)
    own: set[tuple[str, str]] = field(default_factory=set)
    cells: dict[str, CellType] = field(default_factory=dict)

    def stand_ins(self, index: int) -> Iterator[StandIn]:
        """Yield what the values, wherever they are, come back as."""
        for name, value in self.values.items():
            if not has_no_identity(value):
                yield StandIn(value, made_again, index, name)
            elif name in self.cells:
                yield StandIn(self.cells[name], cell_of, index, name)


def has_no_identity(value: Any) -> bool:
    """Tell whether a value may be that of others by chance, or is one that goes by its name."""
    return type(value) in SHARED or issubclass(type(value), BY_NAME) or value_is_empty(value)


def value_is_empty(value: Any) -> bool:
    """Tell whether this is the empty tuple or frozenset, of which there is one only."""
    return type(value) in (tuple, frozenset) and not value


_made: list[dict[str, Any]] = []
"""What the statements have made in the load that is going on."""


def made_again(index: int, name: str) -> Any:
    """Return what a statement has assigned to a variable."""
    return _made[index][name]


def cell_of(index: int, name: str) -> CellType:
    """Return a cell with what a statement has assigned to a variable."""
    return CellType(made_again(index, name))


def write(
    pickler: Pickler,
    modules: Mapping[str, Mapping[str, Any]],
    plan: Iterable[tuple[str, str]],
    rebuilds: Sequence[Rebuilt],
    seed: Callable[[Pickler, Iterable[StandIn]], None],
) -> list[set[int]]:
    """Dump what the statements need, each followed by what stands in for its values.

    Returns, for each, the ids of what is there when it runs. Raises Unsaveable where a value is a
    part of what it would be made from.
    """
    before: list[set[int]] = []
    plan = list(plan)
    own = {place for one in rebuilds for place in one.own}
    for index, one in enumerate(rebuilds):
        needed = [place for place in plan if place in one.needed and place not in own]
        pickler.dump((one.place, needed))
        for module, name in needed:
            pickler.dump(modules[module][name])
        pickler.dump(one.variables)
        memo = set(pickler.memo.copy())
        before.append(memo)
        for later in rebuilds[index:]:
            for stand_in in later.stand_ins(0):
                if id(stand_in.anchor) in memo:
                    raise Unsaveable(
                        f"{one.where}: what is to be rebuilt is a part of what it is made from; "
                        "take `# checkpoint: rebuild` away"
                    )
        seed(pickler, one.stand_ins(index))
    return before


def check_parts(pickler: Pickler, rebuilds: Sequence[Rebuilt], before: list[set[int]]) -> None:
    """Raise Unsaveable where a part of a value is stored, since something else refers to it."""
    if not rebuilds:
        return
    saved = set(pickler.memo.copy())
    for one, there in zip(rebuilds, before, strict=True):
        made = {id(stand_in.anchor) for other in rebuilds for stand_in in other.stand_ins(0)}
        for name, value in one.values.items():
            for part in () if has_no_identity(value) else parts_of(value, there | made):
                if id(part) in saved:
                    raise Unsaveable(
                        f"{one.where}: a part of `{name}`, of type {type(part).__qualname__}, is "
                        f"used elsewhere too and would be another one there; refer to it through "
                        f"`{name}`, or take `# checkpoint: rebuild` away"
                    )


def parts_of(value: Any, known: set[int]) -> Iterator[Any]:
    """Yield what a value consists of, but for what is `known` and what is immutable."""
    waiting, seen = [value], {*known, id(value)}
    while waiting:
        found = {id(part): part for part in gc.get_referents(*waiting)}
        waiting = [
            part
            for key, part in found.items()
            if key not in seen and not issubclass(type(part), (*SHARED, *BY_NAME))
        ]
        seen.update(found)
        yield from (part for part in waiting if type(part) not in (tuple, frozenset))


def load(
    count: int, read: Callable[[], Any], put: Callable[[str, str, Any], None], again: Again
) -> None:
    """Read what `write` has written, and run the statements."""
    for _ in range(count):
        place, needed = read()
        for module, name in needed:
            put(module, name, read())
        _made.append(again(place, read()))
        read()  # the stand-ins


def forget() -> None:
    """Let go of what was made: the program has it now."""
    _made.clear()
