"""Entries of folders, and `os.scandir` half way: with what it would still give."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator

from autoresume.errors import Unsaveable
from autoresume.pickling import outside
from autoresume.pickling.structs import Sample, Struct, Values
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

NO_FOLDER = -100
"""`AT_FDCWD`: paths are relative to the working directory."""
HOME = os.path.dirname(__file__)  # noqa: PTH120


def entry_sample() -> Sample:
    """Return an entry of the folder of this package."""
    with os.scandir(HOME) as entries:
        entry = next(entries)
    expected = {"name": entry.name, "path": entry.path, "inode": entry.inode()}
    expected["folder"] = NO_FOLDER
    return entry, expected


ENTRY = Struct(
    "object name, object path, object stat, object lstat, byte kind, size inode, int folder",
    entry_sample,
)


def reduce_entry(entry: os.DirEntry[Any], pickler: Pickler) -> Any:
    """Reduce an entry of a folder to what it knows."""
    fields = ENTRY.read(entry)
    if fields["folder"] != NO_FOLDER:
        raise Unsaveable("an entry of a folder that was opened by number")
    return make_entry, (fields,)


def make_entry(fields: Values) -> Any:
    """Make an entry that knows the same, whether it is still there or not."""
    entry = entry_sample()[0]
    ENTRY.write(entry, fields)
    return entry


class Entry(ctypes.Structure):
    """An entry as the system gives it: `struct dirent` of Linux."""

    _fields_ = (
        ("inode", ctypes.c_uint64),
        ("offset", ctypes.c_int64),
        ("length", ctypes.c_ushort),
        ("kind", ctypes.c_ubyte),
        ("name", ctypes.c_char * 256),
    )


def system() -> Any:
    """Return the functions of C that go through a folder."""
    found = ctypes.CDLL(None)
    found.telldir.restype, found.telldir.argtypes = ctypes.c_long, [ctypes.c_void_p]
    found.seekdir.restype, found.seekdir.argtypes = None, [ctypes.c_void_p, ctypes.c_long]
    found.readdir.restype, found.readdir.argtypes = ctypes.POINTER(Entry), [ctypes.c_void_p]
    return found


class Entries:
    """Goes on where an iterator of `os.scandir` stood when it was saved."""

    def __init__(self, entries: list[Any]) -> None:
        self.entries = entries

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self.entries:
            raise StopIteration
        return self.entries.pop(0)

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give no more entries."""
        self.entries.clear()


def scan_sample() -> Sample:
    """Return an iterator over the entries of the folder of this package."""
    return os.scandir(HOME), {"path": HOME, "length": len(os.fsencode(HOME)), "number": -1}


BEFORE = 5 if sys.version_info < (3, 13) else 7
SCAN = Struct(
    ", ".join(f"pointer before_{number}" for number in range(BEFORE - 1))
    + ", pointer narrow, int number, size length, object path, pointer cleanup, pointer stream",
    scan_sample,
)
"""What C keeps of an iterator: its argument, as `path_t` of CPython's Modules/posixmodule.c."""


def reduce_scan(scan: Any, pickler: Pickler) -> Any:
    """Reduce an iterator of `os.scandir` to the entries that it has not given yet."""
    outside.reach()
    fields, stream = SCAN.read(scan), SCAN.raw(scan).stream
    if fields["number"] != -1:
        raise Unsaveable("a folder that was opened by number; go over a list of its entries")
    folder = fields.get("path", ".")
    encode: Any = os.fsencode if isinstance(folder, bytes) else os.fsdecode
    left = [] if stream is None else entries_left(stream)
    return make_entries, (
        [
            {
                "name": encode(name),
                "path": os.path.join(folder, encode(name)),  # noqa: PTH118
                "kind": kind,
                "inode": inode,
                "folder": NO_FOLDER,
            }
            for name, kind, inode in left
        ],
    )


def entries_left(stream: int) -> list[tuple[bytes, int, int]]:
    """Return names, kinds and inodes that are left in a stream of entries, and go back there."""
    functions = system()
    place = functions.telldir(stream)
    found = []
    while entry := functions.readdir(stream):
        one = entry.contents
        if one.name not in (b".", b".."):
            found.append((one.name, one.kind, one.inode))
    functions.seekdir(stream, place)
    return found


def make_entries(left: list[Values]) -> Entries:
    """Make an iterator over entries."""
    return Entries(list(map(make_entry, left)))


REDUCERS: dict[type, Reducer] = {
    os.DirEntry: reduce_entry,
    type(os.scandir(HOME)): reduce_scan,
}
