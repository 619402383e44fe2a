"""NaNs keep their identity, which is all that ``nan in values`` and ``values.index(nan)`` go by.

Pickle writes every float anew, and offers no hook for floats but `persistent_id`, which costs a
Python call for each object. So it is used for states that hold a NaN outside of arrays, only.
"""

from __future__ import annotations

import pickle
import re
import struct
import sys

from autoresume.pickling.anchors import module_named
from autoresume.pickling.pickler import Pickler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WELL_KNOWN = [("math", "nan"), ("cmath", "nan"), ("numpy", "nan")]
_NAN = re.compile(rb"G[\x7f\xff]\xf8")
"""How a quiet NaN begins in a stream: the opcode of a float, and its first bytes."""


def may_hold_nans(data: bytes) -> bool:
    """Tell whether a stream looks as if it held a NaN."""
    place = 0
    for _ in range(len(data) // 256 + 1):  # one byte is looked for many times faster than three
        place = data.find(b"\xf8", place + 1)
        if place < 2 or _NAN.match(data, place - 2):
            return place >= 2
    return _NAN.search(data, place - 1) is not None


class NanPickler(Pickler):
    """A pickler that writes each NaN by number: the same number, the same object."""

    def persistent_id(self, obj: Any) -> Any:
        """Return the number and the value of a NaN, or where a well-known one is found."""
        if type(obj) is not float or obj == obj:
            return None
        for module, name in WELL_KNOWN:
            if module in sys.modules and getattr(sys.modules[module], name) is obj:
                return module, name
        numbers: dict[int, tuple[int, float]] = self.__dict__.setdefault("numbers", {})
        number, _ = numbers.setdefault(id(obj), (len(numbers), obj))
        return number, struct.pack(">d", obj)


class Unpickler(pickle.Unpickler):
    """Loads what `Pickler` or `NanPickler` has written."""

    def persistent_load(self, pid: Any) -> float:
        """Return the NaN of that number or name."""
        key, value = pid
        if isinstance(key, str):
            known: float = getattr(module_named(key), value)
            return known
        nans: dict[int, float] = self.__dict__.setdefault("nans", {})
        return nans.setdefault(key, struct.unpack(">d", value)[0])
