"""`numpy.memmap`: mapped again from the file, with the contents that it had.

The file of a map that can be written is state, as an open file that is being written is: what was
written to it after the snapshot is undone. A read-only map is what the file is.
"""

from __future__ import annotations

import pickle
from pathlib import Path

from autoresume.errors import AutoresumeError, Unsaveable
from autoresume.pickling import outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from autoresume.pickling.pickler import Pickler

CHUNK = 1 << 20


def reduce_memmap(obj: np.memmap[Any, Any], pickler: Pickler) -> Any:
    """Reduce an array that maps a file to how it is mapped, and its contents if it may change."""
    import numpy as np

    if not isinstance(obj.filename, str | Path):
        raise Unsaveable("a numpy.memmap of a file without a name; map it by its name")
    order = "C" if obj.flags.c_contiguous else "F"
    plan = str(obj.filename), obj.dtype, obj.mode, obj.offset, obj.shape, order
    if obj.mode in ("r+", "w+"):
        outside.reach_memory()
    contents = None
    if obj.nbytes and (obj.mode == "c" or (obj.mode != "r" and pickler.rolls_back_files)):
        octets = np.ndarray.view(obj, np.ndarray).ravel("K").view(np.uint8)
        contents = pickle.PickleBuffer(octets)
    return mapped, (*plan, contents), state_of(obj), None, None, set_state


def state_of(obj: np.memmap[Any, Any]) -> dict[str, Any]:
    """Return the attributes of an array that maps a file, without the map."""
    return {name: value for name, value in vars(obj).items() if name != "_mmap"}


def set_state(obj: np.memmap[Any, Any], state: dict[str, Any]) -> None:
    """Give an array that maps a file its attributes."""
    vars(obj).update(state)


def made_view(plain: np.ndarray[Any, Any], root: Any) -> Any:
    """Make a view of an array that maps a file."""
    import numpy as np

    made: Any = plain.view(np.memmap)
    made._mmap = root._mmap
    return made


def mapped(
    filename: str,
    dtype: np.dtype[Any],
    mode: Any,
    offset: int,
    shape: tuple[int, ...],
    order: Any,
    contents: Any,
) -> Any:
    """Map a file, and give it its contents back."""
    import numpy as np

    opened: Any = "r+" if mode == "w+" else mode
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    try:
        if Path(filename).stat().st_size < offset + size:
            raise AutoresumeError(f"{filename}, which is mapped, is shorter than it was")
        made = np.memmap(filename, dtype, opened, offset, shape, order)
    except OSError as error:
        raise AutoresumeError(f"{filename}, which was mapped, cannot be: {error}") from None
    if contents is not None:
        octets = np.ndarray.view(made, np.ndarray).ravel("K").view(np.uint8)
        undo(octets, np.frombuffer(contents, np.uint8))
    return made


def undo(octets: np.ndarray[Any, Any], before: np.ndarray[Any, Any]) -> None:
    """Make bytes what they were, without a write to where they still are."""
    for start in range(0, len(before), CHUNK):
        part = slice(start, start + CHUNK)
        if (octets[part] != before[part]).any():
            octets[part] = before[part]
