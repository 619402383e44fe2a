"""Open files: reopened at their offset, and those being written rolled back to their length."""

from __future__ import annotations

import ctypes
import io
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoresume.errors import AutoresumeError, Unsaveable
from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

NOT_AGAIN = os.O_TRUNC | os.O_CREAT | os.O_EXCL
"""What opening a file did the first time and must not do a second time."""

REOPEN = "close it before the marked loop, or open it inside of the loop's body"


class FileChanged(AutoresumeError):
    """A file of the state is gone, or shorter than it was at the snapshot."""


def reduce_raw(raw: io.FileIO, pickler: Pickler) -> Any:
    """Reduce an unbuffered file to its path, offset and length."""
    if raw.closed:
        return closed_file, (io.FileIO, None, raw.mode, raw.name, {})
    length = os.fstat(raw.fileno()).st_size
    args = path_of(raw), raw.mode, raw.tell(), length, pickler.rolls_back_files
    return open_raw, args, vars(raw), None, None, set_attributes


def path_of(raw: io.FileIO) -> str:
    """Return the absolute path of an open regular file."""
    name: Any = raw.name
    link = Path(f"/proc/self/fd/{raw.fileno()}")
    path = link.readlink() if link.is_symlink() else Path(os.fsdecode(str(name))).absolute()
    opened = os.fstat(raw.fileno())
    if str(path) == os.devnull:
        return os.devnull
    if not stat.S_ISREG(opened.st_mode) or not path.is_file():
        raise Unsaveable(f"{name!r} is no regular file that a path leads to; {REOPEN}")
    if not os.path.samestat(path.stat(), opened):
        raise Unsaveable(f"another file has taken the path of {name!r}; {REOPEN}")
    return str(path)


def open_raw(path: str, mode: str, offset: int, length: int, cut: bool = True) -> io.FileIO:
    """Open a file again, cut to its length at the snapshot if that is asked for."""
    try:
        raw = io.FileIO(path, mode, opener=open_as_is)
    except FileNotFoundError:
        raise FileChanged(f"{path}: this file was open at the snapshot and is gone") from None
    found = os.fstat(raw.fileno()).st_size
    if found < length:
        raise FileChanged(f"{path}: had {length} bytes at the snapshot and has only {found} now")
    if cut and raw.writable() and path != os.devnull:
        os.ftruncate(raw.fileno(), length)
    raw.seek(offset)
    return raw


def open_as_is(path: str, flags: int) -> int:
    """Open without truncating or creating."""
    return os.open(path, flags & ~NOT_AGAIN)


def set_attributes(file: Any, attributes: dict[str, Any]) -> None:
    """Give a file the attributes that can be set: `name`, `mode` and the program's own."""
    for name, value in attributes.items():
        setattr(file, name, value)


def closed_file(cls: Any, buffered: Any, mode: str, name: Any, settings: dict[str, Any]) -> Any:
    """Make a closed file, or a closed layer of one, that still knows its name and settings."""
    file: Any = io.FileIO(os.devnull, mode, opener=open_as_is)
    file.name = name
    if buffered is not None:
        file = buffered(file)
    if cls is io.TextIOWrapper:
        file = cls(file, **settings)
    file.close()
    return file


def reduce_buffered(buffered: Any, pickler: Pickler) -> Any:
    """Reduce a buffered file to the file below and the offset that the program sees."""
    raw = buffered.raw
    if type(raw) is not io.FileIO:
        raise Unsaveable(f"a file over a {type(raw).__name__}; {REOPEN}")
    if raw.closed:
        return closed_file, (None, type(buffered), raw.mode, raw.name, {}), vars(buffered)
    path_of(raw)
    if buffered.writable():
        buffered.flush()
    args = type(buffered), raw, buffered.tell()
    return buffered_over, args, vars(buffered), None, None, set_attributes


def buffered_over(cls: Any, raw: io.FileIO, offset: int) -> Any:
    """Make a buffered file over an unbuffered one, at an offset."""
    buffered = cls(raw)
    buffered.seek(offset)
    return buffered


def reduce_text(text: io.TextIOWrapper, pickler: Pickler) -> Any:
    """Reduce a text file to the binary file below, its settings and its place."""
    settings = {
        "encoding": text.encoding,
        "errors": text.errors,
        "newline": newline_of(text),
        "line_buffering": text.line_buffering,
        "write_through": text.write_through,
    }
    buffer: Any = text.buffer
    if text.closed:
        args = io.TextIOWrapper, type(buffer), buffer.raw.mode, buffer.raw.name, settings
        return closed_file, args, vars(text), None, None, set_attributes
    if type(buffer) in BUFFERED:
        path_of(buffer.raw)
    place = text_place(text)
    return text_over, (buffer, settings, place), vars(text), None, None, set_attributes


def newline_of(text: io.TextIOWrapper) -> str | None:
    """Return the argument `newline` of a text file, which only the C struct holds.

    The fields are those of `textio` in CPython's Modules/_io/textio.c; three of them that can be
    read otherwise tell whether they lie where they are expected.
    """
    fields = (ctypes.c_size_t * 10).from_address(id(text))
    if (fields[4], fields[5], fields[9]) != (id(text.buffer), id(text.encoding), id(text.errors)):
        raise Unsaveable("a text file of an unknown build of Python; open it in binary mode")
    if not fields[8]:
        return None
    newline: str = ctypes.cast(fields[8], ctypes.py_object).value
    return newline


def text_place(text: io.TextIOWrapper) -> int:
    """Return what `seek` takes to come back to the same character."""
    if not text.seekable():
        raise Unsaveable(f"a text file that cannot be positioned; {REOPEN}")
    if text.writable():
        text.flush()
    try:
        return text.tell()
    except OSError:  # a text file does not tell while it is iterated; flush() makes it tell lies
        return place_by_rest(text)


def place_by_rest(text: io.TextIOWrapper) -> int:
    """Find the place of a text file by reading what is left of it, and go back there."""
    buffer: Any = text.buffer
    rest = text.read()
    end = buffer.seek(0, os.SEEK_END)
    for written in (rest, rest.replace("\n", "\r\n")):
        place = end - len(written.encode(text.encoding, text.errors or "strict"))
        if place >= 0 and text.seek(place) == place and text.read() == rest:
            return text.seek(place)
    raise Unsaveable("a text file in the middle of its iteration; read it by readline()")


def text_over(buffer: Any, settings: dict[str, Any], place: int) -> io.TextIOWrapper:
    """Make a text file over a binary one."""
    text = io.TextIOWrapper(buffer, **settings)
    text.seek(place)
    return text


BUFFERED = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
REDUCERS: dict[type, Reducer] = {
    io.FileIO: reduce_raw,
    **dict.fromkeys(BUFFERED, reduce_buffered),
    io.TextIOWrapper: reduce_text,
}
