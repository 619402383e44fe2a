"""Small objects of the standard library: parts of `json` and `struct`, keys, paths, streams."""

from __future__ import annotations

import codecs
import functools
import gc
import pathlib
import random
import struct
from json import scanner
from types import SimpleNamespace

from autoresume.pickling.files import set_attributes
from autoresume.pickling.instances import reduce_instance
from autoresume.pickling.structs import Sample, Struct
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

JSON = (
    "strict",
    "object_hook",
    "object_pairs_hook",
    "parse_float",
    "parse_int",
    "parse_constant",
)


def reduce_json(found: Any, pickler: Pickler) -> Any:
    """Reduce what reads JSON for a `json.JSONDecoder` to its settings."""
    return make_json, ({name: getattr(found, name) for name in JSON},)


def make_json(settings: dict[str, Any]) -> Any:
    """Make what reads JSON with these settings."""
    make: Any = scanner.make_scanner
    return make(SimpleNamespace(**settings, memo={}))


def reduce_struct(packer: struct.Struct, pickler: Pickler) -> Any:
    """Reduce a `struct.Struct` to its format."""
    return struct.Struct, (packer.format,)


def unpacking_sample() -> Sample:
    """Return an iterator over packed items that has come one item far."""
    packer, data = struct.Struct("<h"), b"abcd"
    made = packer.iter_unpack(data)
    next(made)
    return made, {"packer": packer, "data": data, "index": 2}


BUFFER = ", ".join(f"pointer buffer_{number}" for number in range(8))
UNPACKING = Struct(
    f"object packer, pointer start, object data, {BUFFER}, size index", unpacking_sample
)


def reduce_unpacking(unpacking: Any, pickler: Pickler) -> Any:
    """Reduce an iterator over packed items to the data and how far it has come."""
    fields = UNPACKING.read(unpacking)
    if "packer" not in fields:
        return unpacking_from, (struct.Struct("b"), b"", 0)
    return unpacking_from, (fields["packer"], fields["data"], fields["index"])


def unpacking_from(packer: struct.Struct, data: Any, index: int) -> Any:
    """Make an iterator over packed items that has come so far."""
    made = packer.iter_unpack(data)
    UNPACKING.checked(made).index = index
    return made


def reduce_key(key: Any, pickler: Pickler) -> Any:
    """Reduce a key of `functools.cmp_to_key` to the function, and to what it is the key of."""
    return make_key, tuple(one for one in gc.get_referents(key) if not isinstance(one, type))


def make_key(compare: Any, *of: Any) -> Any:
    """Make a key that compares by a function; it makes others as long as it is of nothing."""
    make: Any = functools.cmp_to_key(compare)
    return make(*of) if of else make


def reduce_system_random(dice: random.SystemRandom, pickler: Pickler) -> Any:
    """Reduce a generator of the system's random numbers, which has no state, to its attributes."""
    return make_system_random, (type(dice),), vars(dice), None, None, set_attributes


def make_system_random(cls: Any) -> Any:
    """Make a generator of the system's random numbers."""
    return cls.__new__(cls)


def reduce_path(path: pathlib.PurePath, pickler: Pickler) -> Any:
    """Reduce a path to its parts, and to a name of its class that all Pythons know."""
    return path_of, (type(path).__name__, path.__reduce__()[1])


def path_of(name: str, parts: tuple[str, ...]) -> Any:
    """Make a path."""
    return getattr(pathlib, name)(*parts)


REDUCERS: dict[type, Reducer] = {
    type(make_json(dict.fromkeys(JSON))): reduce_json,
    struct.Struct: reduce_struct,
    pathlib.PurePosixPath: reduce_path,
    pathlib.PureWindowsPath: reduce_path,
    type(pathlib.Path()): reduce_path,
    type(functools.cmp_to_key(max)): reduce_key,
    type(struct.iter_unpack("b", b"")): reduce_unpacking,
}
STREAMS = (codecs.StreamReader, codecs.StreamWriter, codecs.StreamReaderWriter)
FAMILIES: list[tuple[type, Reducer]] = [
    (random.SystemRandom, reduce_system_random),
    *((cls, reduce_instance) for cls in STREAMS),
]
