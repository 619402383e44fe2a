"""Iterators of built-in types and of itertools, by the fields that C keeps of them.

An iterator is made empty, and gets its fields when the objects behind it are there: nothing is
asked for an item, and no `__iter__` or `__len__` of the program is called a second time.
"""

from __future__ import annotations

import ctypes
import itertools
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable

from autoresume.errors import AutoresumeError
from autoresume.pickling.structs import (
    HEADER,
    WORD,
    Sample,
    Struct,
    Values,
    items_at,
    object_at,
    put,
)
from autoresume.pickling.tables import Reducer
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler


class Kind(NamedTuple):
    """A type of iterators: how an empty one is made, and how it is filled.

    `blank` takes the class, and what `sizes` returns for the fields of an iterator: how much room
    it needs. `arrays` tells the fields that point to so many numbers.
    """

    struct: Struct
    blank: Callable[..., Any]
    sizes: Callable[[Values], tuple[int, ...]] = lambda values: ()
    arrays: Callable[[Values], dict[str, int]] = lambda values: {}


class Sequence:
    """Something that is iterated by `__getitem__`."""

    def __getitem__(self, index: int) -> int:
        return (0, 1)[index]


def over(make: Callable[[Any], Any], items: Any) -> Callable[[], Sample]:
    """Return what makes a sample of an iterator over `items` that has come one item far."""

    def sample() -> Sample:
        iterator = make(items)
        index = iterator.__length_hint__() if hasattr(iterator, "__length_hint__") else 2
        next(iterator)
        place = index - 2 if make is reversed else 1
        return iterator, {"index": place, "seq": items}

    return sample


def asked(layout: str, make: Callable[..., Any]) -> Kind:
    """Return a kind of iterators that are made of a function and an iterator, in that order."""

    def sample() -> Sample:
        source = iter([1])
        return make(bool, source), {"func": bool, "it": source}

    return Kind(Struct(layout, sample), lambda cls: cls.__new__(cls, bool, ()))


def sequence(layout: str, items: Any, make: Callable[[Any], Any] = iter) -> Kind:
    """Return a kind of iterators over a sequence."""
    return Kind(Struct(layout, over(make, items)), lambda cls: make(items))


def source_of(make: Callable[..., Any], *args: Any, **expected: Any) -> Callable[[], Sample]:
    """Return what makes a sample out of an iterator and other arguments."""

    def sample() -> Sample:
        source = iter([1])
        return make(source, *args), {"it": source, **expected}

    return sample


def zip_sample() -> Sample:
    """Return a strict zip."""
    return zip((), strict=True), {"size": 1, "strict": 1}


def call_sample() -> Sample:
    """Return an iterator that calls a function until it returns a sentinel."""
    return iter(int, Sequence), {"function": int, "sentinel": Sequence}


def count_sample() -> Sample:
    """Return a counter of its own step."""
    start, step = 1.5, 0.25
    return itertools.count(start, step), {"number": start, "step": step, "fast": sys.maxsize}


def chain_sample() -> Sample:
    """Return a chain of iterators that come from another one."""
    source = iter([[1]])
    return itertools.chain.from_iterable(source), {"source": source}


def product_sample() -> Sample:
    """Return a product that has come two items far."""
    made = itertools.product("ab", "cd")
    next(made)
    return made, {"result": next(made), "stopped": 0}


def pick_sample(make: Callable[..., Any]) -> Callable[[], Sample]:
    """Return what makes a sample of permutations or combinations."""

    def sample() -> Sample:
        items = ("a", "b", "c")
        made = make(items, 2)
        return made, {"pool": items, "result": next(made), "r": 2, "stopped": 0}

    return sample


def compress_sample() -> Sample:
    """Return an iterator over the items that another one selects."""
    items, selectors = iter([1]), iter([1])
    return itertools.compress(items, selectors), {"data": items, "selectors": selectors}


def group_sample() -> Sample:
    """Return groups by their own values, at the first."""
    source = iter("aab")
    made = itertools.groupby(source, str)
    key, group = next(made)
    return made, {"it": source, "key": str, "target": key, "current": key, "group": id(group)}


def grouper_sample() -> Sample:
    """Return one group."""
    made = itertools.groupby("ab")
    key, group = next(made)
    return group, {"parent": made, "target": key}


def longest_sample() -> Sample:
    """Return a zip to the end of the longest."""
    made = itertools.zip_longest("ab", "c", fillvalue=Sequence)
    return made, {"size": 2, "active": 2, "fill": Sequence}


def tee_sample() -> Sample:
    """Return one of two iterators that share a source."""
    made = itertools.tee("ab")[0]
    next(made)
    return made, {"index": 1}


PICK = "pointer indices, object result, size r, int stopped"
STRICT = ", int strict" if sys.version_info >= (3, 13) else ""

KINDS: dict[str, Kind] = {
    "list": sequence("size index, object seq", [1, 2]),
    "list reversed": sequence("size index, object seq", [1, 2], reversed),
    "tuple": sequence("size index, object seq", (1, 2)),
    "reversed": sequence("size index, object seq", (1, 2), reversed),
    "bytearray": sequence("size index, object seq", bytearray(2)),
    "items": sequence("size index, object seq", Sequence()),
    "calls": Kind(
        Struct("object function, object sentinel", call_sample), lambda cls: iter(int, 0)
    ),
    "enumerate": Kind(
        Struct(
            "size index, object it, pointer result, object long",
            source_of(enumerate, 5, index=5),
        ),
        lambda cls: cls.__new__(cls, ()),
    ),
    "map": Kind(
        Struct("object its, object func", lambda: (map(bool, ()), {"func": bool})),
        lambda cls: cls.__new__(cls, bool, ()),
    ),
    "filter": asked("object func, object it", filter),
    "zip": Kind(
        Struct("size size, object its, pointer result, int strict", zip_sample),
        lambda cls, size: cls.__new__(cls, *itertools.repeat((), size)),
        lambda values: (values["size"],),
    ),
    "accumulate": Kind(
        Struct(
            "object total, object it, object func, object initial",
            source_of(itertools.accumulate, bool, func=bool, initial=None),
        ),
        lambda cls: cls.__new__(cls, ()),
    ),
    "chain": Kind(
        Struct("object source, object active", chain_sample), lambda cls: cls.__new__(cls)
    ),
    "compress": Kind(
        Struct("object data, object selectors", compress_sample),
        lambda cls: cls.__new__(cls, (), ()),
    ),
    "count": Kind(
        Struct("size fast, object number, object step", count_sample),
        lambda cls: cls.__new__(cls),
    ),
    "cycle": Kind(
        Struct(
            "object it, object saved, size index, int first",
            source_of(itertools.cycle, index=0, first=0),
        ),
        lambda cls: cls.__new__(cls, ()),
    ),
    "dropwhile": asked("object func, object it, long start", itertools.dropwhile),
    "takewhile": asked("object func, object it, long stop", itertools.takewhile),
    "starmap": asked("object func, object it", itertools.starmap),
    "filterfalse": asked("object func, object it", itertools.filterfalse),
    "islice": Kind(
        Struct(
            "object it, size next, size stop, size step, size count",
            source_of(itertools.islice, 3, 50, 7, next=3, stop=50, step=7, count=0),
        ),
        lambda cls: cls.__new__(cls, (), 0),
    ),
    "pairwise": Kind(
        Struct("object it, object old", source_of(itertools.pairwise)),
        lambda cls: cls.__new__(cls, ()),
    ),
    "repeat": Kind(
        Struct(
            "object element, size count",
            lambda: (itertools.repeat(Sequence, 3), {"element": Sequence, "count": 3}),
        ),
        lambda cls: cls.__new__(cls, None),
    ),
    "product": Kind(
        Struct("object pools, pointer indices, object result, int stopped", product_sample),
        lambda cls, size: cls.__new__(cls, *itertools.repeat((), size)),
        lambda values: (len(values["pools"]),),
        lambda values: {"indices": len(values["pools"])},
    ),
    "permutations": Kind(
        Struct(
            "object pool, pointer indices, pointer cycles, object result, size r, int stopped",
            pick_sample(itertools.permutations),
        ),
        lambda cls, size, r: cls.__new__(cls, range(size), r),
        lambda values: (len(values["pool"]), values["r"]),
        lambda values: {"indices": len(values["pool"]), "cycles": values["r"]},
    ),
    **{
        make.__name__: Kind(
            Struct(f"object pool, {PICK}", pick_sample(make)),
            lambda cls, r: cls.__new__(cls, (), r),
            lambda values: (values["r"],),
            lambda values: {"indices": values["r"]},
        )
        for make in (itertools.combinations, itertools.combinations_with_replacement)
    },
    "groupby": Kind(
        Struct(
            "object it, object key, object target, object current, object value, pointer group",
            group_sample,
        ),
        lambda cls: cls.__new__(cls, ()),
    ),
    "grouper": Kind(
        Struct("object parent, object target", grouper_sample),
        lambda cls: cls(itertools.groupby(()), None),
    ),
    "zip_longest": Kind(
        Struct("size size, size active, pointer its, pointer result, object fill", longest_sample),
        lambda cls, size: cls.__new__(cls, *itertools.repeat((), size)),
        lambda values: (values["size"],),
    ),
    "tee": Kind(Struct("object data, int index", tee_sample), lambda cls: cls.__new__(cls, ())),
}
if sys.version_info >= (3, 12):
    KINDS["batched"] = Kind(
        Struct("object it, size size" + STRICT, source_of(itertools.batched, 3, size=3)),
        lambda cls: cls.__new__(cls, (), 1),
    )

TYPES: dict[str, type] = {name: type(kind.struct.sample()[0]) for name, kind in KINDS.items()}
NAMES: dict[type, str] = {cls: name for name, cls in TYPES.items()}


def name_of(cls: type) -> str:
    """Return the name of the kind of a class, which may be a subclass."""
    return next(NAMES[base] for base in cls.__mro__ if base in NAMES)


def reduce_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator to the fields that C keeps of it, and its attributes if it has any."""
    name = name_of(type(iterator))
    if type(iterator).__reduce__ is not TYPES[name].__reduce__:
        return NotImplemented
    values, arrays = fields_of(name, iterator)
    cls = None if type(iterator) is TYPES[name] else type(iterator)
    args = name, cls, KINDS[name].sizes(values)
    return blank, args, (values, arrays, object.__getstate__(iterator)), None, None, fill


def fields_of(name: str, iterator: Any) -> tuple[Values, dict[str, list[int]]]:
    """Return the fields of an iterator, and the arrays of numbers that some of them are."""
    kind = KINDS[name]
    values = kind.struct.read(iterator)
    if values.get("stopped"):
        values.pop("result", None)  # which may be a tuple that C has not filled
    raw = kind.struct.raw(iterator)
    arrays = {
        field: list(items_at(getattr(raw, field), count))
        for field, count in kind.arrays(values).items()
    }
    return values, arrays


def blank(name: str, cls: type | None, sizes: tuple[int, ...]) -> Any:
    """Make an iterator that has nothing to iterate yet."""
    if name not in KINDS:
        raise AutoresumeError(f"this Python has no itertools.{name}")
    return KINDS[name].blank(cls or TYPES[name], *sizes)


State = tuple[Values, dict[str, list[int]], "Any"]


def fill(iterator: Any, state: State) -> None:
    """Give an iterator its fields."""
    values, arrays, attributes = state
    kind = KINDS[name_of(type(iterator))]
    if "seq" in kind.struct.kinds and "seq" not in values:
        deque(iterator, maxlen=0)  # each Python has its own way to note that this is the end
        return
    kind.struct.write(iterator, values)
    raw = kind.struct.raw(iterator)
    for field, numbers in arrays.items():
        items_at(getattr(raw, field), len(numbers))[:] = numbers
    for part in attributes if isinstance(attributes, tuple) else (attributes,):
        for attribute, value in (part or {}).items():
            object.__setattr__(iterator, attribute, value)


def reduce_grouper(group: Any, pickler: Pickler) -> Any:
    """Reduce one of the groups of a groupby, which is the one in progress or has ended."""
    values = KINDS["grouper"].struct.read(group)
    goes_on = KINDS["groupby"].struct.raw(values["parent"]).group == id(group)
    return blank, ("grouper", None, ()), (values, goes_on), None, None, fill_grouper


def fill_grouper(group: Any, state: tuple[Values, bool]) -> None:
    """Give a group its groupby, and let it be the one in progress."""
    values, goes_on = state
    KINDS["grouper"].struct.write(group, values)
    if goes_on:
        KINDS["groupby"].struct.raw(values["parent"]).group = id(group)


def places_of(iterator: Any) -> list[ctypes.c_void_p]:
    """Return where a zip_longest has its iterators; those that have ended are gone."""
    raw = KINDS["zip_longest"].struct.checked(iterator)
    first = raw.its + tuple.__basicsize__
    return [ctypes.c_void_p.from_address(first + number * WORD) for number in range(raw.size)]


def reduce_longest(iterator: Any, pickler: Pickler) -> Any:
    """Reduce a zip_longest to the iterators that have not ended, by their place."""
    values, arrays = fields_of("zip_longest", iterator)
    its = {
        number: object_at(place.value)
        for number, place in enumerate(places_of(iterator))
        if place.value is not None
    }
    cls = None if type(iterator) is itertools.zip_longest else type(iterator)
    state = ({"fill": values["fill"]}, arrays, object.__getstate__(iterator)), its
    return blank, ("zip_longest", cls, (values["size"],)), state, None, None, fill_longest


def fill_longest(iterator: Any, state: tuple[State, dict[int, Any]]) -> None:
    """Give a zip_longest its iterators."""
    fields, its = state
    fill(iterator, fields)
    for number, place in enumerate(places_of(iterator)):
        if number in its:
            put(ctypes.addressof(place), its[number])


# -- tee -----------------------------------------------------------------------------------


def shared_sample() -> Sample:
    """Return what iterators of one source share."""
    source = iter("abc")
    made = itertools._tee_dataobject(source, [], None)  # type: ignore[attr-defined]
    return made, {"it": source, "read": 0}


SHARED = Struct("object it, int read, int running, object following", shared_sample)
SHARED_TYPE = type(shared_sample()[0])
ITEMS = HEADER + ctypes.sizeof(SHARED.form)
AT_ONCE = 100
"""So many links of a chain are pickled one after the other, and not one inside the other."""


def reduce_shared(shared: Any, pickler: Pickler) -> Any:
    """Reduce a link of the items that iterators of one source have not all seen yet."""
    values = SHARED.read(shared)
    items = [
        object_at(ctypes.c_void_p.from_address(id(shared) + ITEMS + place * WORD).value or 0)
        for place in range(values["read"])
    ]
    return make_shared, (), (links_after(shared), values, items), None, None, fill_shared


def links_after(shared: Any) -> list[Any]:
    """Return the links that follow, the last one first."""
    links: list[Any] = []
    while len(links) < AT_ONCE and (shared := SHARED.read(shared).get("following")) is not None:
        links.append(shared)
    return links[::-1]


def make_shared() -> Any:
    """Make a link without items."""
    return SHARED_TYPE((), [], None)


def fill_shared(shared: Any, state: tuple[list[Any], Values, list[Any]]) -> None:
    """Fill a link with items."""
    _, values, items = state
    for place, item in enumerate(items):
        address = id(shared) + ITEMS + place * WORD
        ctypes.c_void_p.from_address(address).value = None
        put(address, item)
    SHARED.write(shared, values)


# -- buffers -------------------------------------------------------------------------------

WINDOWS: dict[type, Struct] = {
    type(iter(items)): Struct("size index, object seq", over(iter, items))
    for items in (memoryview(b"ab"), array("b", (1, 2)))
}
"""Iterators over buffers, which C makes for the type of their items."""


def reduce_over_buffer(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over a buffer to the buffer and how far it has come."""
    values = WINDOWS[type(iterator)].read(iterator)
    if "seq" not in values:
        empty: Any = memoryview(b"") if type(iterator).__name__ == "memory_iterator" else array("b")
        return over_buffer, (empty, 0, True)
    return over_buffer, (values["seq"], values["index"], False)


def over_buffer(buffer: Iterable[Any], index: int, ended: bool) -> Any:
    """Make an iterator over a buffer that has come so far."""
    iterator = iter(buffer)
    if ended:
        next(iterator, None)
    else:
        WINDOWS[type(iterator)].checked(iterator).index = index
    return iterator


REDUCERS: dict[type, Reducer] = {
    **dict.fromkeys(NAMES, reduce_iterator),
    TYPES["grouper"]: reduce_grouper,
    itertools.zip_longest: reduce_longest,
    SHARED_TYPE: reduce_shared,
    **dict.fromkeys(WINDOWS, reduce_over_buffer),
}
FAMILIES: list[tuple[type, Reducer]] = [
    (itertools.zip_longest, reduce_longest),
    *((cls, reduce_iterator) for cls in NAMES if cls.__flags__ & (1 << 10)),
]
"""Those of which there can be subclasses; a method for pickling of the subclass is left alone."""
