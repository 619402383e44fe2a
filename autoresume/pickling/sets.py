"""Sets that come back with the same order, also of what is added to them later.

The order of a set is that of its hash table, which depends on everything that was ever added and
removed. Pickle saves the items alone. For `s = set(range(1000))` with all but 1, 8 and 17 removed,
that makes `[8, 1, 17]` of `[1, 8, 17]`. Every set that goes into a stream is therefore made again
on the spot as pickle would; where the table comes out differently, a way is looked for, and tried,
that leads to the same table: the same size, with the same items and gaps at the same places.

The table is read by the layout of CPython's `PySetObject` (Include/cpython/setobject.h), the
places by the probing of `set_add_entry` (Objects/setobject.c).
"""

from __future__ import annotations

import ctypes
import gc
import pickle
from collections.abc import Iterable, Iterator
from itertools import compress
from operator import is_

from autoresume.errors import Unsaveable
from autoresume.pickling.anchors import StandIn
from autoresume.pickling.tables import Reducer
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

AnySet = set["Any"] | frozenset["Any"]
Steps = list[tuple[str, list["Any"]]]
"""How to make a set: what to do with which items."""

EXACT = {set, frozenset}
MARKS = (pickle.EMPTY_SET + pickle.MEMOIZE, pickle.FROZENSET + pickle.MEMOIZE)
"""One of these is in every stream that holds a set, and may be in others."""

LINEAR_PROBES = 9
PERTURB_SHIFT = 5
SMALLEST = 8
FAR = 1 << 40
TRIES = 6
ENTRY = 2 * ctypes.sizeof(ctypes.c_ssize_t)


class Table(NamedTuple):
    """The hash table of a set: places used or once used, places less one, and their contents.

    `finger` is the place where the next `pop` begins to look.
    """

    fill: int
    mask: int
    finger: int
    places: bytes


def changed_by(pickler: Pickler, data: bytes) -> list[AnySet]:
    """Return the sets in a stream, by its pickler and its bytes, that pickle would not keep."""
    if not may_hold_sets(data):
        return []
    found = list(filter(differs, sets_of(pickler)))
    memo = pickler.memo.copy() if found else {}
    return [obj for obj in found if id(obj) in memo]


def may_hold_sets(data: bytes) -> bool:
    """Tell whether a stream looks as if it held a set."""
    return any(mark in data for mark in MARKS)


def sets_of(pickler: Pickler) -> Iterator[AnySet]:
    """Yield the sets in the memo of a pickler, where all are that have gone into its stream.

    Those that it has itself may be among them. The collector lists what is in a memo ten times
    faster than it is copied.
    """
    objects = gc.get_referents(pickler)
    return compress(objects, map(EXACT.__contains__, map(type, objects)))


def older(objects: list[AnySet], mark: object) -> list[AnySet]:
    """Return those of some objects that were made before `mark`, with collections off since then.

    The others are what methods of the program return when they are pickled, and new each time.
    """
    if not objects:
        return []
    young = iter(gc.get_objects(generation=0))  # in the order in which they were made
    any(one is mark for one in young)
    newer = set(map(id, young))
    return [one for one in objects if id(one) not in newer]


class OddSet(Unsaveable):
    """A set whose order cannot be brought back."""

    def __init__(self, culprit: AnySet) -> None:
        super().__init__("its order cannot be brought back; use a dict or a sorted list")
        self.culprit = culprit


def stand_ins(sets: Iterable[AnySet]) -> list[StandIn]:
    """Return stand-ins that bring sets back with their tables."""
    return [StandIn(obj, make, type(obj), steps_for(obj)) for obj in sets]


def reduce_subclass(obj: AnySet, pickler: Pickler) -> Any:
    """Reduce a set of a subclass without calling the `__init__` that a user gave it."""
    steps = steps_for(obj) if differs(obj) else [("list", list(obj))]
    return make, (type(obj), steps), vars(obj) if hasattr(obj, "__dict__") else None


def make(cls: Any, steps: Steps) -> Any:
    """Make a set step by step."""
    if issubclass(cls, frozenset):
        return made_frozen(cls, steps)
    made: set[Any] = set.__new__(cls)
    for step, items in steps:
        if step == "list":
            set.update(made, items)
        elif step == "dict":  # makes a table twice as large at once; one by one, it grows fourfold
            set.update(made, dict.fromkeys(items))
        elif step == "arrange":
            arrange(made, *items)
        elif step == "finger":
            fields_of(made)[5] = items[0]
        else:
            change = set.add if step == "add" else set.discard
            for item in items:
                change(made, item)
    return made


def made_frozen(cls: Any, steps: Steps) -> Any:
    """Make a frozenset, which can be made from one iterable only."""
    (step, items), *last = steps
    source: Any = items
    if step == "dict":
        source = dict.fromkeys(items)
    elif step == "set":
        source = make(set, items[0])
    made: frozenset[Any] = frozenset.__new__(cls, source)
    for _, arguments in last:
        arrange(made, *arguments)
    return made


def differs(obj: AnySet) -> bool:
    """Tell whether pickle would bring a set back with another table, if that can be helped."""
    items = list(obj)
    return table_of(set(items)) != table_of(obj) and not any(map(hashed_by_address, items))


def steps_for(obj: AnySet) -> Steps:
    """Return how to make a set so that it gets the same table."""
    table = table_of(obj)
    finger: Steps = [("finger", [table.finger])] if table.finger else []
    arranged: Steps = [("arrange", arrangement(obj, table))]
    for last in ([], arranged):
        for steps in ways(obj, table):
            tried = [*steps, *last, *finger]
            if table_of(make(type(obj), tried)) == table:
                return tried
    for steps in ways(obj, table) if isinstance(obj, frozenset) else ():
        if all(map(is_, make(type(obj), steps), obj)):  # enough, since it never changes
            return steps
    raise OddSet(obj)


def hashed_by_address(item: Any) -> bool:
    """Tell whether an item is at another place of a set in each process anyway."""
    if isinstance(item, tuple | frozenset):
        return any(map(hashed_by_address, item))
    if type(item) is float:
        return item != item
    by_address: Any = object.__hash__
    return type(item).__hash__ is by_address


def table_of(obj: AnySet) -> Table:
    """Read the hash table of a set."""
    fill, used, mask, place, _, finger = fields_of(obj)
    if used != len(obj) or mask + 1 & mask or mask < fill:
        raise Unsaveable("sets are unknown in this build of Python")
    return Table(fill, mask, finger, ctypes.string_at(place, ENTRY * (mask + 1)))


def fields_of(obj: AnySet) -> ctypes.Array[ctypes.c_ssize_t]:
    """Return the fields fill, used, mask, table, hash and finger of a set, to read and write."""
    return (ctypes.c_ssize_t * 6).from_address(id(obj) + object.__basicsize__)


def arrange(made: AnySet, words: list[int], items: list[Any]) -> None:
    """Move the entries of a set to their places, if its table is as large and filled alike.

    `words` has, for each place, the number of its item less one, or 0 if it is empty, or -1 if it
    is a gap; then the hash. Nothing is done if the hash of an item is another one by now.
    """
    fill, _, mask, place, *_ = fields_of(made)
    table = (ctypes.c_ssize_t * (2 * (mask + 1))).from_address(place)
    hashes = dict(zip(table[::2], table[1::2], strict=True))
    addresses = {number: id(item) for number, item in enumerate(items, 1)}
    gaps = hashes.keys() - {0, *addresses.values()}
    wanted = list(zip(words[::2], words[1::2], strict=True))
    alike = len(wanted) == mask + 1 and sum(number != 0 for number, _ in wanted) == fill
    if alike and all(hashes[addresses[one]] == hashed for one, hashed in wanted if one > 0):
        addresses.update({0: 0, -1: next(iter(gaps), 0)})
        table[::2] = [addresses[number] for number, _ in wanted]
        table[1::2] = [hashed for _, hashed in wanted]


def arrangement(obj: AnySet, table: Table) -> list[Any]:
    """Return the arguments by which `arrange` makes a table like that of a set."""
    items = list(obj)
    numbers = {id(item): number for number, item in enumerate(items, 1)} | {0: 0}
    words = memoryview(table.places).cast("l").tolist()
    words[::2] = [numbers.get(address, -1) for address in words[::2]]
    return [words, items]


def ways(obj: AnySet, table: Table) -> Iterator[Steps]:
    """Yield ways to make a set that may lead to its table, the likely ones first."""
    order = insertion_order(obj, table)
    if not isinstance(obj, frozenset):
        yield from set_ways(order, table.mask + 1)
        return
    ghosts = set(order.ghosts)
    items = [item for item in order.items if item not in ghosts]
    yield [("dict", items)]
    yield [("list", items)]
    yield [("dict", list(obj))]
    yield from ([("set", [steps])] for steps in set_ways(order, table.mask + 1))


def set_ways(order: Order, size: int) -> Iterator[Steps]:
    """Yield ways to fill a table of that size with the items, and to take the ghosts out again."""
    items, last = order.items, [("discard", order.ghosts)]
    if size == SMALLEST:
        yield [("add", items), *last]
    elif len(items) >= size // 4:
        first = min(len(items), size // 2 - 1)
        yield [("dict", items[:first]), ("add", items[first:]), *last]
    if size > SMALLEST:
        for first in (order.at_home, *range(len(items), max(len(items) - TRIES, 0), -1)):
            yield [*refreshed(items[:first], order.free, size), ("add", items[first:]), *last]


def refreshed(items: list[Any], free: list[int], size: int) -> Steps:
    """Return the steps to a table that is too large to be filled with so few items at once.

    It is filled up with fillers, which leave gaps when they are discarded. When a dict is added,
    the table is made anew and without gaps, with room for twice the set and the dict; it does not
    matter if the items of the dict are in the set already.
    """
    again = max(size // 4 - len(items), 1)
    room = -(-(size - 1) * 3 // 5) - again - len(items)
    fillers = [FAR * 2 + place for place in free[:room]]
    start = [*items, *fillers]
    first = size // 2 - 1
    return [
        ("dict", start[:first]),
        ("add", start[first:]),
        ("discard", fillers),
        ("dict", items[:again]),
    ]


class Order(NamedTuple):
    """What is to be put into a table one by one; ghosts are for the gaps, and taken out again."""

    items: list[Any]
    ghosts: list[int]
    free: list[int]
    at_home: int


def insertion_order(obj: AnySet, table: Table) -> Order:
    """Return items and ghosts in an order in which each finds its place.

    An item takes the first free place on its way; so it comes after all that are on its way.
    """
    by_address = {id(item): item for item in obj}
    words = memoryview(table.places).cast("l")
    items: list[Any] = []
    ghosts: list[int] = []
    late: list[tuple[int, int, Any]] = []
    taken = bytearray(table.mask + 1)
    for place, (address, hashed) in enumerate(zip(words[::2], words[1::2], strict=True)):
        if not address:
            continue
        if address not in by_address:
            ghosts.append(
                next(number for number in counting(place, table.mask) if number not in obj)
            )
            items.append(ghosts[-1])
            taken[place] = 1
        elif hashed & table.mask == place:
            items.append(by_address[address])
            taken[place] = 1
        else:
            late.append((place, hashed, by_address[address]))
    at_home = len(items)
    # Those that have left the row of their first place, as a set of the same table made anew may
    # put them elsewhere, go last.
    late.sort(key=lambda one: not 0 <= one[0] - (one[1] & table.mask) <= LINEAR_PROBES)
    items.extend(displaced(late, taken, table.mask))
    return Order(items, ghosts, [place for place, one in enumerate(taken) if not one], at_home)


def counting(place: int, mask: int) -> Iterator[int]:
    """Yield numbers, out of the way of those in use, whose first place is `place`."""
    number = FAR + place
    while True:
        yield number
        number += mask + 1


def displaced(late: list[tuple[int, int, Any]], taken: bytearray, mask: int) -> Iterator[Any]:
    """Yield the items that are not at their first place, each when its way is taken."""
    while late:
        waiting = []
        for place, hashed, item in late:
            if all(taken[on_way] for on_way in way(hashed, place, mask)):
                taken[place] = 1
                yield item
            else:
                waiting.append((place, hashed, item))
        if len(waiting) == len(late):
            yield from (item for _, _, item in waiting)
            return
        late = waiting


def way(hashed: int, target: int, mask: int) -> Iterator[int]:
    """Yield the places that are tried for a hash before `target`."""
    perturb = hashed & (1 << 64) - 1
    place = perturb & mask
    while True:
        probes = LINEAR_PROBES if place + LINEAR_PROBES <= mask else 0
        for tried in range(place, place + probes + 1):
            if tried == target:
                return
            yield tried
        perturb >>= PERTURB_SHIFT
        place = (place * 5 + 1 + perturb) & mask


FAMILIES: list[tuple[type, Reducer]] = [(set, reduce_subclass), (frozenset, reduce_subclass)]
