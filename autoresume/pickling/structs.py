"""Fields of objects of C that Python does not show, read and written by their place in memory.

Every layout is tried on a sample before its first use. Where a build of Python has another one,
the objects are refused.
"""

from __future__ import annotations

import ctypes
import functools
import gc
from collections.abc import Callable, Mapping

from autoresume.errors import AutoresumeError, Unsaveable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Values = dict[str, "Any"]
"""Fields by name; those that hold no object are left out."""
Sample = tuple["Any", Values]

HEADER = object.__basicsize__
WORD = ctypes.sizeof(ctypes.c_void_p)

KINDS: dict[str, type[Any]] = {
    "object": ctypes.c_void_p,
    "pointer": ctypes.c_void_p,
    "size": ctypes.c_ssize_t,
    "int": ctypes.c_int,
    "long": ctypes.c_long,
    "byte": ctypes.c_ubyte,
    "double": ctypes.c_double,
}


class Struct:
    """The fields of the instances of a C type, in their order, after the header of an object.

    `layout` is like "object it, size index". A field of kind pointer is nobody's business.
    `sample` makes an instance and tells what some of its fields must hold.
    """

    def __init__(self, layout: str, sample: Callable[[], Sample]) -> None:
        pairs = [field.split() for field in layout.split(", ")]
        self.kinds = {name: kind for kind, name in pairs}
        self.sample = sample
        fields = [(name, KINDS[kind]) for name, kind in self.kinds.items()]
        self.form: Any = type("Form", (ctypes.Structure,), {"_fields_": fields})

    def raw(self, obj: Any) -> Any:
        """Return the fields as they are; addresses of objects are numbers."""
        return self.form.from_address(id(obj) + HEADER)

    @functools.cached_property
    def fits(self) -> bool:
        """Whether this build of Python has the layout."""
        obj, expected = self.sample()
        if type(obj).__basicsize__ < HEADER + ctypes.sizeof(self.form):
            return False
        raw = self.raw(obj)
        objects = [name for name, kind in self.kinds.items() if kind == "object"]
        known = {None, *map(id, (*expected.values(), *gc.get_referents(obj)))}
        return known.issuperset(getattr(raw, name) for name in objects) and all(
            getattr(raw, name) == (id(value) if name in objects else value)
            for name, value in expected.items()
        )

    def checked(self, obj: Any) -> Any:
        """Return the fields as they are, of an object that is known to have them."""
        if not self.fits:
            raise Unsaveable("the layout of its memory in this build of Python is not known")
        return self.raw(obj)

    def read(self, obj: Any) -> Values:
        """Return the fields of an object, without its pointers."""
        raw = self.checked(obj)
        values: Values = {}
        for name, kind in self.kinds.items():
            value = getattr(raw, name)
            if kind == "object":
                if value is not None:
                    values[name] = object_at(value)
            elif kind != "pointer":
                values[name] = value
        return values

    def write(self, obj: Any, values: Mapping[str, Any]) -> None:
        """Set the fields of an object; objects that are not in `values` are taken away.

        Raises AutoresumeError for a field that a later Python had and this one has not.
        """
        raw = self.checked(obj)
        for name, value in values.items():
            if name not in self.kinds:
                if value:
                    raise AutoresumeError(f"this Python has no {name} for a {type(obj).__name__}")
            elif self.kinds[name] != "object":
                setattr(raw, name, value)
        for name, kind in self.kinds.items():
            if kind == "object":
                place = ctypes.addressof(raw) + getattr(self.form, name).offset
                put(place, *([values[name]] if name in values else []))


def object_at(address: int) -> Any:
    """Return the object at an address."""
    return ctypes.cast(address, ctypes.py_object).value


def put(place: int, *new: Any) -> None:
    """Let the pointer at an address be one to another object, or to none."""
    pointer = ctypes.c_void_p.from_address(place)
    old = pointer.value
    for obj in new:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(obj))
    pointer.value = id(new[0]) if new else None
    if old is not None:
        ctypes.pythonapi.Py_DecRef(ctypes.c_void_p(old))


def items_at(address: int, count: int) -> Any:
    """Return an array of sizes that lies at an address."""
    return (ctypes.c_ssize_t * count).from_address(address)


def become(obj: Any, other: Any) -> None:
    """Let two objects of one C type exchange what they hold; a weak reference would go wrong."""
    assert type(obj) is type(other)
    size = type(obj).__basicsize__ - HEADER
    one, two = (ctypes.string_at(id(found) + HEADER, size) for found in (obj, other))
    ctypes.memmove(id(obj) + HEADER, two, size)
    ctypes.memmove(id(other) + HEADER, one, size)
