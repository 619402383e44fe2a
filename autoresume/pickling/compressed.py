"""Files of gzip, bz2 and lzma.

What is read is found again by its place in the content. The state of a compressor cannot be read,
but that of gzip can be copied: the copy ends its member as of the snapshot, and a new member
begins where the run goes on. The content is the same, if not the bytes that it is compressed to.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct

from autoresume.errors import Unsaveable
from autoresume.pickling import outside
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

APPEND = "open it for appending inside of the loop's body, or write with gzip"


def reduce_gzip(file: Any, pickler: Pickler) -> Any:
    """Reduce a file of gzip to the file below, and what leads back to its place."""
    outside.reach()
    if file.closed:
        return closed_gzip, (file.name, file.mode)
    own = file.myfileobj is not None
    if file.mode == gzip.READ:
        return open_gzip, (file.fileobj, file.name, own, file.tell())
    if hasattr(file, "_buffer"):
        file._buffer.flush()
    end = file.compress.copy().flush() + struct.pack("<LL", file.crc, file.size & 0xFFFFFFFF)
    return new_member, (file.fileobj, file.name, own, end, file._write_mtime, file.offset)


def closed_gzip(name: str, mode: Any) -> gzip.GzipFile:
    """Make a closed file of gzip."""
    made: Any = gzip.GzipFile(fileobj=io.BytesIO(), mode="rb")
    made.close()
    made.name, made.mode = name, mode
    return made  # type: ignore[no-any-return]


def open_gzip(fileobj: Any, name: str, own: bool, place: int) -> gzip.GzipFile:
    """Make a file that reads gzip from some place in the content."""
    fileobj.seek(0)
    made = gzip.GzipFile(name, "rb", fileobj=fileobj)
    if own:
        made.myfileobj = fileobj
    made.seek(place)
    return made


def new_member(
    fileobj: Any, name: str, own: bool, end: bytes, time: float | None, place: int
) -> gzip.GzipFile:
    """End the member that was being written, and begin another one."""
    fileobj.write(end)
    made: Any = gzip.GzipFile(name, "ab", fileobj=fileobj, mtime=time)
    if own:
        made.myfileobj = fileobj
    made.offset = place
    return made  # type: ignore[no-any-return]


def reduce_reader(file: Any, pickler: Pickler) -> Any:
    """Reduce a file of bz2 or lzma that is read to the file below and its place."""
    if file.closed:
        return closed_file, (type(file),)
    if file.writable():
        raise Unsaveable(f"the state of its compressor cannot be read; {APPEND}")
    options = file._buffer.raw._decomp_args
    return open_reader, (type(file), file._fp, options, file._closefp, file.tell())


def closed_file(cls: Any) -> Any:
    """Make a closed file of bz2 or lzma."""
    made = cls(io.BytesIO())
    made.close()
    return made


def open_reader(cls: Any, below: Any, options: dict[str, Any], own: bool, place: int) -> Any:
    """Make a file that reads bz2 or lzma from some place in the content."""
    below.seek(0)
    made = cls(below, **options)
    made._closefp = own
    made.seek(place)
    return made


REDUCERS: dict[type, Reducer] = {
    gzip.GzipFile: reduce_gzip,
    bz2.BZ2File: reduce_reader,
    lzma.LZMAFile: reduce_reader,
}
