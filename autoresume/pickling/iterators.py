"""Iterators over dicts and sets, which pickle on its own would turn into lists of what is left."""

from __future__ import annotations

import ctypes
import gc
import itertools
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

VIEWS: dict[str, Any] = {"key": dict.keys, "value": dict.values, "item": dict.items}


def reduce_dict_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over a dict to the dict and how far it has come."""
    name = type(iterator).__name__.removeprefix("dict_").removesuffix("iterator")
    view, backwards = VIEWS[name.removeprefix("reverse")], name.startswith("reverse")
    walked = [found for found in gc.get_referents(iterator) if isinstance(found, dict)]
    if not walked:
        return dict_iterator, ({}, view, backwards, 0)
    try:
        left = len(iterator.__reduce__()[1][0])
    except RuntimeError:  # the dict has changed since, and the next step is to say so
        return broken_dict_iterator, (walked[0], view, backwards)
    return dict_iterator, (walked[0], view, backwards, len(walked[0]) - left)


def dict_iterator(walked: dict[Any, Any], view: Any, backwards: bool, consumed: int) -> Any:
    """Make an iterator over a dict that has come `consumed` items far."""
    iterator = (reversed if backwards else iter)(view(walked))
    if not walked:
        next(iterator, None)
    advance(iterator, consumed)
    return iterator


def broken_dict_iterator(walked: dict[Any, Any], view: Any, backwards: bool) -> Any:
    """Make an iterator over a dict whose size has changed under it."""
    filler = object()
    dict.__setitem__(walked, filler, None)
    iterator = (reversed if backwards else iter)(view(walked))
    dict.__delitem__(walked, filler)
    return iterator


def advance(iterator: Iterator[Any], steps: int) -> None:
    """Take that many items from an iterator."""
    next(itertools.islice(iterator, steps, steps), None)


def reduce_set_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over a set to the set, how far it has come, and what is left."""
    walked = [found for found in gc.get_referents(iterator) if isinstance(found, set | frozenset)]
    if not walked:
        return set_iterator, (set(), 0, [])
    left = iterator.__reduce__()[1][0]
    return set_iterator, (walked[0], len(walked[0]) - len(left), left)


def set_iterator(walked: set[Any], consumed: int, left: list[Any]) -> Any:
    """Make an iterator over a set; over what was left, if the set has got another order.

    The order of a set of objects that are hashed by address is another one in every process.
    """
    iterator = iter(walked)
    advance(iterator, consumed)
    order = list(itertools.islice(walked, consumed, None))
    if len(order) == len(left) and all(map(lambda one, other: one is other, order, left)):
        if not left and not walked:
            next(iterator, None)
        return iterator
    return iter(left)


REVERSED, KEYS, VALUES = 1, 2, 4


def reduce_ordered_iterator(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over an OrderedDict to the dict and how far it has come."""
    walked = [one for one in gc.get_referents(iterator) if isinstance(one, OrderedDict)]
    kind = ctypes.c_int.from_address(id(iterator) + object.__basicsize__).value
    view = {KEYS: OrderedDict.keys, VALUES: OrderedDict.values}.get(kind & ~REVERSED)
    args = view or OrderedDict.items, bool(kind & REVERSED)
    if not walked:
        return dict_iterator, (OrderedDict(), *args, 0)
    try:
        left = len(iterator.__reduce__()[1][0])
    except RuntimeError:
        raise Unsaveable("its OrderedDict has changed while it was iterated") from None
    return dict_iterator, (walked[0], *args, len(walked[0]) - left)


def reduce_quietly(iterator: Any, pickler: Pickler) -> Any:
    """Reduce an iterator of itertools also where warnings of deprecation are errors."""
    try:
        return iterator.__reduce__()
    except DeprecationWarning:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return iterator.__reduce__()


REDUCERS: dict[type, Reducer] = {
    **{
        one: reduce_quietly
        for one in vars(itertools).values()
        if isinstance(one, type) and hasattr(one, "__next__")
    },
    type(iter(OrderedDict())): reduce_ordered_iterator,
    **{type(iter(view({}))): reduce_dict_iterator for view in VIEWS.values()},
    **{type(reversed(view({}))): reduce_dict_iterator for view in VIEWS.values()},
    type(iter(set())): reduce_set_iterator,
}
