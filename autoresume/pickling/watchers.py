"""Iterators that watch their container: they tell when it has changed under them.

Their place is counted in items, since the table of a container is another one when it has been
loaded. They are made empty, and take their place at the end of the load, when the container has
all of its items, even where it holds the iterator itself.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from autoresume.pickling.structs import Sample, Struct, become
from autoresume.pickling.tables import Reducer, at_the_end

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

MANY = 1 << 40


def advance(iterator: Iterator[Any], steps: int) -> None:
    """Take that many items from an iterator."""
    next(itertools.islice(iterator, steps, steps), None)


def number_of(items: Iterable[Any]) -> int:
    """Count what an iterator gives, without believing what it says about that."""
    counter = itertools.count()
    deque(zip(items, counter, strict=False), maxlen=0)
    return next(counter)


# -- dict ----------------------------------------------------------------------------------

VIEWS: dict[str, Any] = {"key": dict.keys, "value": dict.values, "item": dict.items}


def dict_sample() -> Sample:
    """Return an iterator over a dict that has come one item far."""
    walked = {"a": 1, "b": 2, "c": 3}
    iterator = iter(walked)
    next(iterator)
    return iterator, {"walked": walked, "used": 3, "place": 1, "left": 2}


DICT = Struct("object walked, size used, size place, pointer result, size left", dict_sample)


def over_dict(walked: dict[Any, Any], name: str, backwards: bool) -> Any:
    """Return a new iterator over a dict."""
    return (reversed if backwards else iter)(VIEWS[name](walked))


def reduce_dict_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over a dict to the dict and how far it has come."""
    name = type(iterator).__name__.removeprefix("dict_").removesuffix("iterator")
    kind = name.removeprefix("reverse"), name.startswith("reverse")
    fields = DICT.read(iterator)
    if "walked" not in fields:
        return ended_dict_iterator, kind
    walked = fields["walked"]
    twin = over_dict(walked, *kind)
    DICT.raw(twin).place, DICT.raw(twin).left = fields["place"], MANY
    consumed = len(walked) - number_of(twin)
    used = None if fields["used"] == len(walked) else fields["used"]
    state = walked, *kind, consumed, fields["left"], used
    return ended_dict_iterator, kind, state, None, None, go_on_in_dict


def ended_dict_iterator(name: str, backwards: bool) -> Any:
    """Make an iterator over a dict that has come to its end."""
    iterator = over_dict({}, name, backwards)
    next(iterator, None)
    return iterator


def go_on_in_dict(iterator: Any, state: tuple[Any, ...]) -> None:
    """Give an iterator its place in a dict, when that is filled."""
    at_the_end(place_in_dict, iterator, *state)


def place_in_dict(
    iterator: Any,
    walked: dict[Any, Any],
    name: str,
    backwards: bool,
    consumed: int,
    left: int,
    used: int | None,
) -> None:
    """Let an iterator be in a dict, `consumed` items far.

    It expects `left` items more, and the dict to have the size `used`; None: the one it has.
    """
    found = over_dict(walked, name, backwards)
    advance(found, consumed)
    raw = DICT.checked(found)
    raw.left = left
    if used is not None:
        raw.used = used
    become(iterator, found)


# -- set -----------------------------------------------------------------------------------


def set_sample() -> Sample:
    """Return an iterator over a set that has come to its last item."""
    walked = {1, 2}
    iterator = iter(walked)
    next(iterator)
    return iterator, {"walked": walked, "used": 2, "left": 1}


SET = Struct("object walked, size used, size place, size left", set_sample)


def reduce_set_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over a set to the set, how far it has come, and what is left."""
    fields = SET.read(iterator)
    if "walked" not in fields:
        return set_iterator, (set(), 0, [], None, True)
    walked = fields["walked"]
    twin = iter(walked)
    SET.raw(twin).place, SET.raw(twin).left = fields["place"], 0
    left = list(twin)
    used = None if fields["used"] == len(walked) else fields["used"]
    return set_iterator, (walked, len(walked) - len(left), left, used, False)


def set_iterator(
    walked: set[Any], consumed: int, left: list[Any], used: int | None, ended: bool
) -> Any:
    """Make an iterator over a set; over what was left, if the set has got another order.

    The order of a set of objects that are hashed by address is another one in every process.
    """
    iterator = iter(walked)
    advance(iterator, consumed)
    if used is not None:
        SET.checked(iterator).used = used
        return iterator
    order = list(itertools.islice(walked, consumed, None))
    if len(order) != len(left) or any(map(lambda one, other: one is not other, order, left)):
        return iter(left)
    if ended:
        next(iterator, None)
    return iterator


# -- OrderedDict ---------------------------------------------------------------------------


def ordered_sample() -> Sample:
    """Return an iterator over the keys of an OrderedDict."""
    walked = OrderedDict(a=1, b=2)
    return iter(walked), {"kind": KEYS, "walked": walked, "size": 2, "current": "a"}


REVERSED, KEYS, VALUES = 1, 2, 4
ORDERED = Struct("int kind, object walked, size size, size state, object current", ordered_sample)


def over_ordered(walked: OrderedDict[Any, Any], kind: int) -> Any:
    """Return a new iterator over an OrderedDict."""
    view: Any = {KEYS: OrderedDict.keys, VALUES: OrderedDict.values}.get(kind & ~REVERSED)
    return (reversed if kind & REVERSED else iter)((view or OrderedDict.items)(walked))


def reduce_ordered_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over an OrderedDict to the dict and how far it has come."""
    fields = ORDERED.read(iterator)
    if "walked" not in fields:
        return ended_ordered_iterator, ()
    walked = fields["walked"]
    try:
        consumed = len(walked) - len(iterator.__reduce__()[1][0])
    except RuntimeError:
        consumed = None
    state = walked, fields["kind"], consumed
    return ended_ordered_iterator, (), state, None, None, go_on_in_ordered


def ended_ordered_iterator() -> Any:
    """Make an iterator over an OrderedDict that has come to its end."""
    iterator = iter(OrderedDict[Any, Any]())
    next(iterator, None)
    return iterator


def go_on_in_ordered(iterator: Any, state: tuple[Any, ...]) -> None:
    """Give an iterator its place in an OrderedDict, when that is filled."""
    at_the_end(place_in_ordered, iterator, *state)


def place_in_ordered(
    iterator: Any, walked: OrderedDict[Any, Any], kind: int, consumed: int | None
) -> None:
    """Let an iterator be in an OrderedDict; `consumed` is None if that has changed under it."""
    found = over_ordered(walked, kind)
    advance(found, consumed or 0)
    if consumed is None:
        fields = ORDERED.read(found)
        ORDERED.write(found, fields | {"state": fields["state"] - 1, "current": None})
    become(iterator, found)


# -- deque ---------------------------------------------------------------------------------


def deque_iterator_sample() -> Sample:
    """Return an iterator over a deque that has come one item far."""
    walked = deque((1, 2, 3))
    iterator = iter(walked)
    next(iterator)
    return iterator, {"walked": walked, "left": 2, "state": state_of(walked)}


def deque_sample() -> Sample:
    """Return a deque that has changed five times."""
    return deque((1, 2, 3, 4, 5), 7), {"size": 5, "state": 5, "most": 7}


DEQUE_ITERATOR = Struct(
    "pointer block, size index, object walked, size state, size left", deque_iterator_sample
)
DEQUE = Struct(
    "size size, pointer one, pointer other, size first, size last, size state, size most",
    deque_sample,
)


def state_of(walked: deque[Any]) -> int:
    """Return what counts the changes of a deque."""
    state: int = DEQUE.checked(walked).state
    return state


def reduce_deque_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over a deque to the deque and how far it has come."""
    fields = DEQUE_ITERATOR.read(iterator)
    walked = fields["walked"]
    consumed = len(walked) - fields["left"] if fields["state"] == state_of(walked) else None
    state = walked, consumed
    backwards = isinstance(iterator, type(reversed(deque[Any]())))
    return empty_deque_iterator, (backwards,), state, None, None, go_on_in_deque


def empty_deque_iterator(backwards: bool) -> Any:
    """Make an iterator over no deque in particular."""
    return (reversed if backwards else iter)(deque[Any]())


def go_on_in_deque(iterator: Any, state: tuple[Any, ...]) -> None:
    """Give an iterator its place in a deque, when that is filled."""
    at_the_end(place_in_deque, iterator, *state)


def place_in_deque(iterator: Any, walked: deque[Any], consumed: int | None) -> None:
    """Let an iterator be in a deque; `consumed` is None if that has changed under it."""
    cls: Any = type(iterator)
    found = cls(walked, consumed or 0)
    if consumed is None:
        DEQUE_ITERATOR.checked(found).state -= 1
    become(iterator, found)


REDUCERS: dict[type, Reducer] = {
    **{type(iter(view({}))): reduce_dict_iterator for view in VIEWS.values()},
    **{type(reversed(view({}))): reduce_dict_iterator for view in VIEWS.values()},
    type(iter(set())): reduce_set_iterator,
    type(iter(OrderedDict())): reduce_ordered_iterator,
    type(iter(deque())): reduce_deque_iterator,
    type(reversed(deque())): reduce_deque_iterator,
}
