"""numpy's iterators over arrays: `flat`, `ndenumerate`, `broadcast` and `nditer`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from autoresume.pickling.pickler import Pickler

ALWAYS = ("refs_ok", "zerosize_ok", "reduce_ok")
"""Flags of `nditer` that allow more and change nothing."""


def reduce_flat(flat: np.flatiter[Any], pickler: Pickler) -> Any:
    """Reduce the flat iterator of an array to the array and how far it has come."""
    return flat_at, (flat.base, flat.index)


def flat_at(base: np.ndarray[Any, Any], index: int) -> np.flatiter[Any]:
    """Make a flat iterator that has come that far."""
    made: np.flatiter[Any] = advanced(base.flat, index)
    return made


def advanced(iterator: Any, steps: int) -> Any:
    """Take that many items from an iterator, and return it."""
    next(islice(iterator, steps, steps), None)
    return iterator


def reduce_broadcast(broadcast: np.broadcast, pickler: Pickler) -> Any:
    """Reduce a broadcast to its arrays and how far it has come."""
    bases = tuple(flat.base for flat in broadcast.iters)
    return broadcast_at, (bases, broadcast.index)


def broadcast_at(bases: tuple[Any, ...], index: int) -> np.broadcast:
    """Make a broadcast that has come that far."""
    import numpy as np

    made: np.broadcast = advanced(np.broadcast(*bases), index)
    return made


def reduce_nditer(it: np.nditer, pickler: Pickler) -> Any:
    """Reduce an `nditer` to its arrays, to flags that lead to the same way through them, and place.

    How it was made is not to be seen; what it does is.
    """
    try:
        way = way_of(it)
    except ValueError:
        raise Unsaveable("it is buffered; go over the arrays by index") from None
    for options in possible(it):
        if way_of(nditer_with(it.operands, options)) == way:
            place = None if it.finished else it.iterindex
            return nditer_at, (it.operands, options, place, has_begun(it))
    raise Unsaveable("its way through the arrays is not known; go over them by index")


def way_of(it: np.nditer) -> Any:
    """Return what an `nditer` does: where each array is looked at, and what is told of it."""
    views = [(v.__array_interface__["data"][0], v.shape, v.strides) for v in it.itviews]
    first: Any = it.copy()
    first.reset()
    values = first.value if isinstance(first.value, tuple) else (first.value,)
    shown = [(value.shape, value.strides, value.flags.writeable) for value in values]
    index = first.index if it.has_index else None
    last = None
    if it.has_index and it.itersize:
        first.iterindex = it.itersize - 1
        last = first.index
    return views, shown, it.itersize, it.has_multi_index, index, last


def possible(it: np.nditer) -> Iterator[tuple[Any, ...]]:
    """Yield flags, flags of the arrays and orders that `it` may have been made with."""
    values = it.value if isinstance(it.value, tuple) else (it.value,)
    each = [["readwrite" if value.flags.writeable else "readonly"] for value in values]
    flags = ["multi_index"] if it.has_multi_index else []
    for index in ["c_index", "f_index"] if it.has_index else [None]:
        for loop in [None, "external_loop"]:
            for order in "KCFA":
                chosen = [flag for flag in (*flags, index, loop) if flag]
                if not (loop and (it.has_multi_index or it.has_index)):
                    yield chosen, each, order


def nditer_with(operands: tuple[Any, ...], options: tuple[Any, ...]) -> np.nditer:
    """Make an `nditer`."""
    import numpy as np

    flags, each, order = options
    every: Any = [*flags, *ALWAYS]
    return np.nditer(operands, every, each, order=order)


def has_begun(it: np.nditer) -> bool:
    """Tell whether `next` has given the item where `it` stands."""
    probe = it.copy()
    before = it.iterindex
    return next(probe, None) is None or probe.iterindex != before


def nditer_at(
    operands: tuple[Any, ...], options: tuple[Any, ...], place: int | None, begun: bool
) -> Any:
    """Make an `nditer` that has come as far as one was."""
    made: Any = nditer_with(operands, options)
    if place is None:
        while made.iternext():
            pass
        return made
    if "external_loop" in options[0]:
        while made.iterindex != place:
            made.iternext()
    else:
        made.iterindex = place
    if begun:
        next(made)
    return made


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers of the iterators; none while numpy is not imported."""
    np = sys.modules.get("numpy")
    if np is None:
        return []
    return [
        (np.flatiter, reduce_flat),
        (np.broadcast, reduce_broadcast),
        (np.nditer, reduce_nditer),
    ]
