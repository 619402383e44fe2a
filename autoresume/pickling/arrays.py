"""numpy arrays: out of band without a copy, and views that stay views of one array."""

from __future__ import annotations

import copyreg
import gc
import mmap
import pickle
import sys
from functools import partial

from autoresume.errors import Unsaveable
from autoresume.pickling.anchors import attribute
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from autoresume.pickling.pickler import Pickler

OWN_BELOW = 1 << 20
"""Restored arrays of fewer bytes own their memory; larger ones live in the snapshot's buffer."""

BETWEEN = ("DummyArray", "_memoryviewslice")
"""Types of what numpy's as_strided, and Cython, put between a view and its array."""

BUFFERS = (bytes, bytearray, memoryview, mmap.mmap)
"""What an array can be a window on, other than another array; see `is_buffer`."""


def reduce_array(obj: np.ndarray[Any, Any], pickler: Pickler) -> Any:
    """Reduce an array that owns its memory, or a view of one."""
    root = root_of(obj)
    if root is not obj:
        if obj.dtype.kind == "T" and (root.ndim, obj.ndim) != (1, 1):
            raise Unsaveable("a view of an array of strings of any length; use a copy of it")
        place = layout(obj, start_of(root))
        if root.dtype.hasobject and obj.dtype != root.dtype:
            field_of(root.dtype, place[0] % root.itemsize, obj.dtype)
        return view, (root, *place, obj.dtype, obj.flags.writeable)
    base: Any = obj.base
    if is_buffer(base):
        return window, (
            obj.base,
            *layout(obj, buffer_start(obj.base)),
            obj.dtype,
            obj.flags.writeable,
        )
    if type(base).__module__ == "torch":
        from autoresume.pickling.tensors import array_on

        storage = base.untyped_storage()
        place = layout(obj, storage.data_ptr())
        return array_on, (storage, *place, obj.dtype, obj.flags.writeable)
    if type(base).__name__ == "PyCapsule":  # memory that a library has made for this array
        check_only_owner(obj, base, pickler)
    elif base is not None and type(base) is not pickle.PickleBuffer:
        raise Unsaveable(
            f"a numpy array over the memory of a {type(base).__name__}; use a copy of it"
        )
    return shared(obj, pickler) or owned(obj)


def shared(obj: np.ndarray[Any, Any], pickler: Pickler) -> Any:
    """Reduce an array whose memory is that of a storage of torch, made by `from_numpy`."""
    start, end = start_of(obj), start_of(obj) + obj.nbytes
    for first, last, storage in pickler.borrowed:
        if first <= start and end <= last:
            from autoresume.pickling.tensors import array_on

            place = layout(obj, first)
            return array_on, (storage, *place, obj.dtype, obj.flags.writeable)
        if start < last and first < end:
            raise Unsaveable("a tensor over a part of this array; use a clone() of the tensor")
    pickler.memories.append((start, end, obj))
    return None


def owned(obj: np.ndarray[Any, Any]) -> Any:
    """Reduce an array that has its memory for itself."""
    return out_of_band(obj) if obj.nbytes and is_memory(obj.dtype) else in_band(obj)


def is_memory(dtype: np.dtype[Any]) -> bool:
    """Tell whether items are nothing but their bytes: neither objects nor strings elsewhere."""
    return not dtype.hasobject and dtype.kind != "T"


def check_only_owner(obj: np.ndarray[Any, Any], capsule: Any, pickler: Pickler) -> None:
    """Refuse memory of a library that two arrays share: where it begins and ends is not known."""
    owners: dict[int, Any] = pickler.__dict__.setdefault("owners", {})
    if owners.setdefault(id(capsule), obj) is not obj:
        raise Unsaveable("two numpy arrays over the same memory of a library; use a copy of one")


def is_buffer(base: Any) -> bool:
    """Tell whether an array can be a window on an object; `array` is not imported to find out."""
    return type(base) in (*BUFFERS, getattr(sys.modules.get("array"), "array", None))


def root_of(obj: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array at the end of the bases of `obj`: the one that has the memory."""
    import numpy as np

    while True:
        base: Any = obj.base
        if type(base) is memoryview and type(base.obj).__name__ in BETWEEN:
            base = base.obj
        while isinstance(base, np.void) or type(base).__name__ in BETWEEN:
            base = getattr(base, "base", None)
        if not isinstance(base, np.ndarray):
            return obj
        obj = base


def detached(part: Any, owner: Any) -> Any:
    """Return a part of what `owner` is reduced to, without arrays over the memory of `owner`.

    Such an array shows what is there, for as long as it takes to save it: the owner, when it is
    loaded, copies it into memory of its own.
    """
    import numpy as np

    if type(part) is tuple:
        return tuple(detached(item, owner) for item in part)
    if type(part) is dict and any(type(item) is np.ndarray for item in part.values()):
        return {name: detached(item, owner) for name, item in part.items()}
    if type(part) is not np.ndarray or root_of(part).base is not owner:
        return part
    if part.dtype.hasobject or not part.flags.c_contiguous:
        return part.copy(order="K")
    return np.ndarray(part.shape, part.dtype, pickle.PickleBuffer(part))


def start_of(obj: np.ndarray[Any, Any]) -> int:
    """Return the address of the first item of an array."""
    return int(obj.__array_interface__["data"][0])


def buffer_start(buffer: Any) -> int:
    """Return the address of the first byte of a buffer."""
    import numpy as np

    return start_of(np.frombuffer(buffer, np.uint8)) if len(buffer) else 0


def layout(obj: np.ndarray[Any, Any], start: int) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Return offset in bytes from `start`, shape and strides."""
    offset = start_of(obj) - start if obj.size else 0
    return offset, obj.shape, obj.strides


def axes_by_stride(obj: np.ndarray[Any, Any]) -> list[int]:
    """Return the axes in the order in which they lie in memory, the slowest first."""
    return sorted(range(obj.ndim), key=lambda axis: (-obj.strides[axis], axis))


def out_of_band(obj: np.ndarray[Any, Any]) -> Any:
    """Reduce an array to its bytes as they lie in memory, and how to look at them."""
    import numpy as np

    dense = obj.transpose(axes_by_stride(obj))
    if not dense.flags.c_contiguous or not obj.itemsize:
        raise Unsaveable("a numpy array whose own memory has gaps; use a copy of it")
    octets = dense.reshape(-1).view(np.uint8)
    args = pickle.PickleBuffer(octets), obj.shape, obj.strides, obj.dtype, obj.flags.writeable
    return array_over, args


def array_over(
    buffer: Any,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    writeable: bool,
) -> Any:
    """Make an array from its bytes: of its own if they are few, else over the buffer itself."""
    import numpy as np

    if memoryview(buffer).nbytes >= OWN_BELOW and writeable:
        # The base of such an array is a PickleBuffer, so that the next snapshot can tell it
        # from an array that the program made over a buffer of its own.
        return np.ndarray(shape, dtype, pickle.PickleBuffer(buffer), 0, strides)
    made = np.ndarray(shape, dtype, buffer, 0, strides).copy(order="K")
    made.flags.writeable = writeable
    return made


def in_band(obj: np.ndarray[Any, Any]) -> Any:
    """Reduce an array of objects, or an empty one, to its items."""
    import numpy as np

    plan = obj.shape, obj.strides, obj.dtype, obj.flags.writeable
    if not obj.size:
        return empty_array, plan
    if obj.dtype != np.dtype(object) and obj.dtype.kind != "T":
        reduced: Any = obj.__reduce__()
        make, args, state = reduced
        return make, args, (state, obj.flags.writeable), None, None, set_records
    items = obj.transpose(axes_by_stride(obj)).reshape(-1).tolist()
    return empty_array, plan, items, None, None, set_items


def empty_array(
    shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype[Any], writeable: bool
) -> Any:
    """Make an array of that layout, of None where it holds objects."""
    import numpy as np

    order = sorted(range(len(shape)), key=lambda axis: (-strides[axis], axis))
    dense = np.empty([shape[axis] for axis in order], dtype)
    made = dense.transpose(np.argsort(order)).copy(order="K") if order else dense
    made.flags.writeable = writeable
    return made


def set_items(made: np.ndarray[Any, Any], items: list[Any]) -> None:
    """Fill an array of objects in the order of memory."""
    writeable = made.flags.writeable
    made.flags.writeable = True
    flat = made.transpose(axes_by_stride(made)).reshape(-1)
    for index, item in enumerate(items):
        flat[index] = item
    made.flags.writeable = writeable


def set_records(made: np.ndarray[Any, Any], state: tuple[Any, bool]) -> None:
    """Fill an array whose records have objects in them."""
    made.__setstate__(state[0])
    made.flags.writeable = state[1]


def view(
    root: np.ndarray[Any, Any],
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    writeable: bool,
) -> Any:
    """Make a view of `root`, which it then has as its base."""
    import numpy as np

    locked = writeable and not root.flags.writeable  # which it was only after the view was made
    if locked:
        root.flags.writeable = True
    if not root.size or not is_memory(root.dtype):
        made = object_view(root, offset, shape, strides, dtype)
    else:
        dense = root.transpose(axes_by_stride(root)).view(np.ndarray)
        made = np.ndarray(shape, dtype, octets_of(dense), offset, strides)
    if locked:
        root.flags.writeable = False
    if made.flags.writeable and not writeable:
        made.flags.writeable = False
    return made


def octets_of(dense: np.ndarray[Any, Any]) -> Any:
    """Return the bytes of an array, in a form that lets any dtype be laid over them."""
    import numpy as np

    return dense.reshape(-1).view(np.uint8)


def object_view(
    root: np.ndarray[Any, Any],
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
) -> Any:
    """Make a view of an array of objects, which the buffer protocol does not let out."""
    import numpy as np

    if not root.size:
        return root.reshape(-1)[:0].reshape(shape) if 0 in shape else root.reshape(shape)
    flat = root.transpose(axes_by_stride(root)).reshape(-1)[offset // root.itemsize :]
    if dtype.kind == "T":  # which as_strided does not know
        return flat[:: strides[0] // root.itemsize][: shape[0]]
    if dtype != root.dtype:
        flat = flat[field_of(root.dtype, offset % root.itemsize, dtype)]
    return np.lib.stride_tricks.as_strided(flat, shape, strides)


def field_of(records: np.dtype[Any], offset: int, dtype: np.dtype[Any]) -> str:
    """Return the name of the field that begins at an offset."""
    for name in records.names or ():
        kind, start = records.fields[name][:2]  # type: ignore[index]
        if start == offset and kind.base == dtype:
            return name
    raise Unsaveable("a view of objects in records, other than of one field; use a copy of it")


def reduce_void(record: np.void, pickler: Pickler) -> Any:
    """Reduce a record of an array to its place there."""
    import numpy as np

    if not isinstance(record.base, np.ndarray):
        return NotImplemented
    as_array = np.asarray(record.base)
    root = root_of(as_array)
    offset = start_of(record) - start_of(root)
    return record_at, (root, offset, record.dtype)


def record_at(root: np.ndarray[Any, Any], offset: int, dtype: np.dtype[Any]) -> Any:
    """Return a record of an array, which shares its memory."""
    return view(root, offset, (), (), dtype, root.flags.writeable)[()]


def window(
    buffer: Any,
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    writeable: bool,
) -> Any:
    """Make an array over a buffer that the program holds, such as a bytearray."""
    import numpy as np

    made = np.ndarray(shape, dtype, buffer, offset, strides)
    if made.flags.writeable and not writeable:
        made.flags.writeable = False
    return made


def reduce_subclass(obj: np.ndarray[Any, Any], pickler: Pickler) -> Any:
    """Reduce matrix, recarray, MaskedArray and the like to a view of a plain array and a type."""
    import numpy as np

    root = root_of(obj)
    if isinstance(root, np.memmap) and root is obj and obj._mmap is not None:  # type: ignore[attr-defined]
        from autoresume.pickling.memmaps import reduce_memmap

        return reduce_memmap(obj, pickler)
    plain: Any = np.ndarray.view(obj, np.ndarray)
    if root is obj:  # else the plain array would be a view of this one
        plain = Memory(plain)
    if isinstance(obj, np.memmap) and obj._mmap is not None:  # type: ignore[attr-defined]
        from autoresume.pickling.memmaps import made_view, state_of

        return made_view, (plain, root), state_of(obj), None, None, set_attributes
    names = [name for name in copyreg._slotnames(type(obj)) if hasattr(obj, name)]  # type: ignore[attr-defined]
    state = {**getattr(obj, "__dict__", {}), **{name: getattr(obj, name) for name in names}}
    return subclassed, (plain, type(obj)), state, None, None, set_attributes


class Memory:
    """Stands for a plain array over memory that an array of a subclass owns."""

    def __init__(self, plain: np.ndarray[Any, Any]) -> None:
        self.plain = plain

    def __reduce__(self) -> Any:
        return owned(self.plain)


def subclassed(plain: np.ndarray[Any, Any], cls: Any) -> Any:
    """Make an instance of a subclass over the memory of a plain array."""
    return plain.view(cls)


def set_attributes(obj: np.ndarray[Any, Any], state: dict[str, Any]) -> None:
    """Give an array of a subclass its attributes."""
    for name, value in state.items():
        object.__setattr__(obj, name, value)


def reduce_dtype(dtype: np.dtype[Any], pickler: Pickler) -> Any:
    """Reduce the dtypes that numpy has one object of to their names."""
    import numpy as np

    if dtype.kind == "T" or np.dtype(dtype.str) is not dtype:
        return NotImplemented
    return np.dtype, (dtype.str,)


def reduce_ufunc(ufunc: np.ufunc, pickler: Pickler) -> Any:
    """Reduce what `numpy.frompyfunc` has made to the function it was made of."""
    import numpy as np

    made_of = [found for found in gc.get_referents(ufunc) if callable(found)]
    if len(made_of) != 1:
        return NotImplemented
    identity = {} if ufunc.identity is None else {"identity": ufunc.identity}
    return partial(np.frompyfunc, **identity), (made_of[0], ufunc.nin, ufunc.nout)


def reduce_calendar(calendar: np.busdaycalendar, pickler: Pickler) -> Any:
    """Reduce a calendar of business days to what it was made of."""
    return type(calendar), (calendar.weekmask, calendar.holidays)


def reduce_masked(masked: Any, pickler: Pickler) -> Any:
    """Reduce the one `numpy.ma.masked` to its name."""
    return attribute, ("numpy.ma", "masked")


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers of numpy's types; empty while numpy is not imported."""
    np = sys.modules.get("numpy")
    if np is None:
        return []
    masked = sys.modules.get("numpy.ma")  # which numpy imports on its first use
    return [
        *([(type(masked.masked), reduce_masked)] if masked else []),
        (np.ndarray, reduce_any_array),
        (np.dtype, reduce_dtype),
        (np.void, reduce_void),
        (np.ufunc, reduce_ufunc),
        (np.busdaycalendar, reduce_calendar),
    ]


def reduce_any_array(obj: np.ndarray[Any, Any], pickler: Pickler) -> Any:
    """Reduce an array by its exact type."""
    import numpy as np

    return (reduce_array if type(obj) is np.ndarray else reduce_subclass)(obj, pickler)
