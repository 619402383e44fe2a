"""Memory that is mapped: by the file that it shows, and with what has been written to it."""

from __future__ import annotations

import mmap
import os
import pickle
import stat
from pathlib import Path

from autoresume.errors import Unsaveable
from autoresume.pickling import outside
from autoresume.pickling.files import REOPEN, FileChanged
from autoresume.pickling.structs import Sample, Struct, Values
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

SIZE = 10


def sample() -> Sample:
    """Return memory of its own."""
    made = mmap.mmap(-1, SIZE)
    made.seek(3)
    return made, {"size": SIZE, "place": 3, "offset": 0, "exports": 0, "number": -1, "access": 0}


MAP = Struct(
    "pointer start, size size, size place, size offset, size exports, int number, int tracked,"
    " pointer weak, int access",
    sample,
)


def reduce_map(mapped: mmap.mmap, pickler: Pickler) -> Any:
    """Reduce a map to its file, and to what it shows if that can be written."""
    if mapped.closed:
        return closed_map, ()
    fields, start = MAP.read(mapped), MAP.raw(mapped).start
    writable, shared = protection(start)
    if writable and shared:
        outside.reach_memory()
    path = None if fields["number"] == -1 else path_of(fields["number"])
    content = pickle.PickleBuffer(mapped) if writable or path is None else None
    kept = {name: fields[name] for name in ("size", "place", "offset", "access")}
    return make_map, (path, kept, writable, shared, content)


def path_of(number: int) -> str:
    """Return the path of an open file."""
    opened, path = os.fstat(number), Path(f"/proc/self/fd/{number}").readlink()
    if not stat.S_ISREG(opened.st_mode) or not path.is_file():
        raise Unsaveable(f"{path} is no regular file that a path leads to; {REOPEN}")
    if not os.path.samestat(path.stat(), opened):
        raise Unsaveable(f"another file has taken the path {path}; {REOPEN}")
    return str(path)


def protection(start: int) -> tuple[bool, bool]:
    """Return whether mapped memory can be written, and whether others see it."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights, *_ = line.split()
        first, last = (int(address, 16) for address in span.split("-"))
        if first <= start < last:
            return rights[1] == "w", rights[3] == "s"
    raise Unsaveable("mapped memory that the system does not know of")


def make_map(path: str | None, fields: Values, writable: bool, shared: bool, content: Any) -> Any:
    """Map a file again, or memory of one's own."""
    number = -1 if path is None else opened(path, fields, writable and shared)
    options: Values = {"offset": fields["offset"]}
    if fields["access"]:
        options["access"] = fields["access"]
    else:
        options["flags"] = mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE
        options["flags"] |= mmap.MAP_ANONYMOUS if path is None else 0
        options["prot"] = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
    mapped = mmap.mmap(number, fields["size"], **options)
    if number != -1:
        os.close(number)
    if content is not None and mapped[:] != content:
        mapped[:] = bytes(content)
    mapped.seek(fields["place"])
    return mapped


def opened(path: str, fields: Values, written: bool) -> int:
    """Open a file that is to be mapped, and return its number."""
    try:
        number = os.open(path, os.O_RDWR if written else os.O_RDONLY)
    except FileNotFoundError:
        raise FileChanged(f"{path}: this file was mapped at the snapshot and is gone") from None
    needed, found = fields["offset"] + fields["size"], os.fstat(number).st_size
    if found < needed:
        raise FileChanged(f"{path}: had {needed} bytes at the snapshot and has only {found} now")
    return number


def closed_map() -> mmap.mmap:
    """Make a map that is closed."""
    mapped = mmap.mmap(-1, 1)
    mapped.close()
    return mapped


REDUCERS: dict[type, Reducer] = {mmap.mmap: reduce_map}
