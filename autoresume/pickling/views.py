"""Objects that show another one: dict views, mapping proxies, memory views."""

from __future__ import annotations

import collections
import gc
import struct
import types

from autoresume.errors import Unsaveable
from autoresume.pickling.structs import Sample, Struct
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

PLAIN: dict[Any, Any] = {}
ORDERED: collections.OrderedDict[Any, Any] = collections.OrderedDict()


def reduce_dict_view(view: Any, pickler: Pickler) -> Any:
    """Reduce a view of a dict to the dict that it shows."""
    (shown,) = gc.get_referents(view)
    kind = type(view).__name__.rpartition("_")[2]
    owner = collections.OrderedDict if type(view).__name__.startswith("odict") else dict
    return getattr(owner, kind), (shown,)


def reduce_mapping_proxy(proxy: types.MappingProxyType[Any, Any], pickler: Pickler) -> Any:
    """Reduce a read-only view of a mapping to the mapping that it shows."""
    (shown,) = gc.get_referents(proxy)
    for value in shown.values() if type(shown) is dict else ():
        owner = getattr(value, "__objclass__", None)
        if isinstance(owner, type) and gc.get_referents(vars(owner))[0] is shown:
            return vars, (owner,)
    return types.MappingProxyType, (shown,)


def memoryview_sample() -> Sample:
    """Return a view of the bytes of an object."""
    data = b"abc"
    start = id(data) + bytes.__basicsize__ - 1
    return memoryview(data), {"start": start, "shown": data, "length": 3}


MEMORY = Struct(
    "size count, pointer managed, size hash, int flags, size exports,"
    " pointer start, object shown, size length",
    memoryview_sample,
)


def reduce_memoryview(view: memoryview, pickler: Pickler) -> Any:
    """Reduce a view of a buffer to the buffer, and the part of it that is shown."""
    try:
        whole = memoryview(view.obj)
    except ValueError:
        return released_view, ()
    offset = MEMORY.checked(view).start - MEMORY.raw(whole).start
    layout = offset, view.nbytes, view.format, view.shape, view.strides
    if layout == (0, whole.nbytes, whole.format, whole.shape, whole.strides):
        return whole_view, (view.obj, view.readonly)
    if not whole.c_contiguous or not castable(view):
        raise Unsaveable("a memoryview with a layout that slicing and casting do not lead to")
    return part_of_view, (view.obj, *layout, view.readonly)


def castable(view: memoryview) -> bool:
    """Tell whether slices and casts of a view of bytes can lead to such a view."""
    if view.format not in set("@bBhHiIlLqQnNfdc?P"):
        return False
    strides = view.strides or ()
    return view.c_contiguous or (view.ndim == 1 and not strides[0] % view.itemsize)


def whole_view(buffer: Any, readonly: bool) -> memoryview:
    """Make a view of all of a buffer."""
    view = memoryview(buffer)
    return view.toreadonly() if readonly else view


def part_of_view(
    buffer: Any,
    offset: int,
    size: int,
    form: Any,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    readonly: bool,
) -> memoryview:
    """Make a view of a part of a buffer."""
    octets = memoryview(buffer).cast("B")
    if len(shape) == 1 and size and strides[0] * shape[0] != size:
        view = strided(octets, offset, form, shape[0], strides[0])
    else:
        octets = octets[offset : offset + size]
        view = octets.cast(form) if len(shape) == 1 else octets.cast(form, shape)
    return view.toreadonly() if readonly else view


def strided(octets: memoryview, offset: int, form: Any, count: int, stride: int) -> memoryview:
    """Make a view of items that do not lie side by side, or backwards."""
    item = struct.calcsize(form)
    span = (count - 1) * stride
    first, last = sorted((offset, offset + span))
    dense: Any = octets[first : last + item].cast(form)
    shown: memoryview = dense[:: stride // item]
    return shown


def released_view() -> memoryview:
    """Make a view that has been released."""
    view = memoryview(b"")
    view.release()
    return view


REDUCERS: dict[type, Reducer] = {
    **{
        type(view): reduce_dict_view
        for mapping in (PLAIN, ORDERED)
        for view in (mapping.keys(), mapping.values(), mapping.items())
    },
    types.MappingProxyType: reduce_mapping_proxy,
    memoryview: reduce_memoryview,
}
