"""Open files: reopened at their offset, and those being written rolled back to their length."""

from __future__ import annotations

import fcntl
import gc
import io
import os
import stat
import sys
from pathlib import Path

from autoresume.errors import AutoresumeError, Unsaveable
from autoresume.pickling import outside
from autoresume.pickling.structs import Sample, Struct, Values
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    outside.reach()
    if is_nameless(raw):
        own = {name: value for name, value in vars(raw).items() if not isinstance(value, int)}
        kept = raw.mode, content_of(raw), raw.tell()
        return open_nameless, kept, own, None, None, set_attributes
    length = os.fstat(raw.fileno()).st_size
    args = path_of(raw), raw.mode, raw.tell(), length, pickler.rolls_back_files
    return open_raw, args, vars(raw), None, None, set_attributes


def is_nameless(raw: io.FileIO) -> bool:
    """Tell whether no path leads to a file any more, as with `tempfile.TemporaryFile`."""
    found = os.fstat(raw.fileno())
    return stat.S_ISREG(found.st_mode) and not found.st_nlink


def content_of(raw: io.FileIO) -> bytes:
    """Return all that is in a file, from wherever it stands."""
    with Path(f"/proc/self/fd/{raw.fileno()}").open("rb") as again:
        return again.read()


def open_nameless(mode: str, content: bytes, offset: int) -> io.FileIO:
    """Make a file that no path leads to."""
    import tempfile

    with tempfile.TemporaryFile(buffering=0) as made:
        made.write(content)
        raw = io.FileIO(os.dup(made.fileno()), mode)
    raw.seek(offset)
    return raw


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
    if buffered in BUFFERED:
        file = buffered(file)
    elif buffered is not None:
        file = io.BytesIO()
    if cls is io.TextIOWrapper:
        file = cls(file, **settings)
    file.close()
    return file


def reduce_memory(memory: Any, pickler: Pickler) -> Any:
    """Reduce a closed file in memory to its attributes; pickle knows how to do with open ones."""
    if not memory.closed:
        return NotImplemented
    base = io.BytesIO if isinstance(memory, io.BytesIO) else io.StringIO
    return closed_memory, (type(memory), base), vars(memory), None, None, set_attributes


def closed_memory(cls: Any, base: Any) -> Any:
    """Make a file in memory that is closed."""
    memory = cls.__new__(cls)
    base.__init__(memory)
    memory.close()
    return memory


def reduce_exported(exported: Any, pickler: Pickler) -> Any:
    """Reduce what `BytesIO.getbuffer` shows to the file."""
    found = [one for one in gc.get_referents(exported) if isinstance(one, io.BytesIO)]
    return exported_by, (found[0],)


def exported_by(memory: io.BytesIO) -> Any:
    """Return what a view of the content of a file in memory refers to."""
    return memory.getbuffer().obj


def reduce_named(temporary: Any, pickler: Pickler) -> Any:
    """Reduce a temporary file that has a name to the file below, and whether it is deleted."""
    closer = temporary._closer
    options = {
        name: getattr(closer, name)
        for name in ("delete", "delete_on_close")
        if hasattr(closer, name)
    }
    own = {name: value for name, value in vars(temporary).items() if not callable(value)}
    own.pop("_closer")
    done = {
        name: getattr(closer, name)
        for name in ("close_called", "cleanup_called")
        if hasattr(closer, name)
    }
    args = temporary.file, temporary.name, options, done
    return make_named, args, own, None, None, set_attributes


def make_named(file: Any, name: str, options: dict[str, bool], done: dict[str, bool]) -> Any:
    """Make a temporary file of a file that is there."""
    if sys.version_info < (3, 12):
        options.pop("delete_on_close", None)
    import tempfile

    made: Any = tempfile._TemporaryFileWrapper(file, name, **options)
    vars(made._closer).update(done)
    return made


def mode_and_name(raw: Any) -> tuple[str, Any]:
    """Return the mode and the name of a file, also of one in memory."""
    return getattr(raw, "mode", "rb"), getattr(raw, "name", None)


def check_path(raw: Any) -> None:
    """Raise Unsaveable for a file that cannot be opened again."""
    if isinstance(raw, io.FileIO) and not is_nameless(raw):
        path_of(raw)


def reduce_buffered(buffered: Any, pickler: Pickler) -> Any:
    """Reduce a buffered file to the file below and the offset that the program sees."""
    raw = buffered.raw
    if buffered.closed:
        return closed_file, (None, type(buffered), *mode_and_name(raw), {}), vars(buffered)
    check_path(raw)
    if isinstance(raw, io.FileIO):
        outside.reach()
    if not buffered.seekable():
        raise Unsaveable(f"a file over a {type(raw).__name__}; {REOPEN}")
    if buffered.writable():
        buffered.flush()
    args = type(buffered), raw, buffered.tell()
    return buffered_over, args, vars(buffered), None, None, set_attributes


def buffered_over(cls: Any, raw: io.FileIO, offset: int) -> Any:
    """Make a buffered file over an unbuffered one, at an offset."""
    buffered = cls(raw)
    buffered.seek(offset)
    return buffered


def text_sample() -> Sample:
    """Return a text file in the middle of its iteration."""
    data = io.BytesIO(b"ab\ncd\n")
    text = io.TextIOWrapper(data, encoding="ascii", errors="ignore", newline="\n")
    next(text)
    expected = {"buffer": data, "encoding": text.encoding, "errors": text.errors}
    return text, expected | {"seekable": 1, "telling": 0, "used": 3}


TEXT = Struct(
    "int ok, int detached, size chunk, object buffer, object encoding, object encoder,"
    " object decoder, object newline, object errors, pointer writes,"
    " byte line_buffering, byte write_through, byte reads_universal, byte reads_translated,"
    " byte writes_translated, byte seekable, byte has_read1, byte telling, byte finalizing,"
    " pointer encode, byte at_start, object decoded, size used,"
    " object pending, size pending_bytes, object snapshot, double read",
    text_sample,
)
"""The fields of a text file; those of `textio` in CPython's Modules/_io/textio.c."""


def reduce_text(text: io.TextIOWrapper, pickler: Pickler) -> Any:
    """Reduce a text file to the binary file below, its settings and its place."""
    settings = {
        "encoding": text.encoding,
        "errors": text.errors,
        "newline": TEXT.read(text).get("newline"),
        "line_buffering": text.line_buffering,
        "write_through": text.write_through,
    }
    buffer: Any = text.buffer
    if type(buffer) in BUFFERED and not text.closed:
        outside.reach()
    if text.closed:
        raw: Any = getattr(buffer, "raw", None)
        layers = io.TextIOWrapper, type(buffer), *mode_and_name(raw), settings
        return closed_file, layers, vars(text), None, None, set_attributes
    if type(buffer) in BUFFERED:
        check_path(buffer.raw)
    args = buffer, settings, text_place(text), newlines_seen(text)
    return text_over, args, vars(text), None, None, set_attributes


def newlines_sample() -> Sample:
    """Return a decoder that has seen one kind of line ends."""
    errors = "ignore"
    made = io.IncrementalNewlineDecoder(None, translate=True, errors=errors)
    made.decode("a\r\nb")
    return made, {"decoder": None, "errors": errors, "bits": 2 | 4 << SEEN}


SEEN = 2
NEWLINES = Struct("object decoder, object errors, int bits", newlines_sample)


def newlines_seen(text: io.TextIOWrapper) -> int:
    """Return which line ends there have been, as bits; it is what `newlines` tells."""
    decoder = TEXT.read(text).get("decoder")
    if type(decoder) is not io.IncrementalNewlineDecoder:
        return 0
    return int(NEWLINES.checked(decoder).bits) >> SEEN


Place = int | tuple["Any", str] | None
"""What `seek` takes; the state of the decoder and what it has decoded but nobody has read; None
if the file below has its place already."""


def text_place(text: io.TextIOWrapper) -> Place:
    """Return what leads back to the same character.

    A text file does not tell while it is iterated.
    """
    if not text.seekable():
        raise Unsaveable(f"a text file that cannot be positioned; {REOPEN}")
    fields = TEXT.read(text)
    if text.writable() and is_compressed(text.buffer):
        hand_on(text, fields)
        return None
    if fields["telling"] or not text.readable():
        if text.writable():
            text.flush()
        return text.tell()
    if "pending" in fields:
        raise Unsaveable("a text file written to in the middle of its iteration; flush it first")
    return fields["decoder"].getstate(), fields.get("decoded", "")[fields["used"] :]


def hand_on(text: io.TextIOWrapper, fields: Values) -> None:
    """Write what a text file has gathered, without flushing the file below."""
    pending: Any = fields.pop("pending", [])
    for part in pending if isinstance(pending, list) else [pending]:
        text.buffer.write(part if isinstance(part, bytes) else part.encode())
    TEXT.write(text, fields | {"pending_bytes": 0})


def go_to(text: io.TextIOWrapper, state: Any, decoded: str) -> None:
    """Let a text file go on with a state of its decoder, and with what that has decoded."""
    fields = TEXT.read(text)
    fields.pop("snapshot", None)
    fields["decoder"].setstate(state)
    TEXT.write(text, fields | {"decoded": decoded, "used": 0, "telling": 0})


def text_over(buffer: Any, settings: dict[str, Any], place: Place, seen: int) -> io.TextIOWrapper:
    """Make a text file over a binary one."""
    text = io.TextIOWrapper(buffer, **settings)
    if isinstance(place, tuple):
        state, decoded = place
        go_to(text, state, decoded)
    elif place is not None:
        text.seek(place)
    if seen:
        NEWLINES.checked(TEXT.read(text)["decoder"]).bits |= seen << SEEN
    return text


# -- the standard input --------------------------------------------------------------------


def input_place() -> tuple[int, Any, str] | None:
    """Return how far the standard input has been read; None where that cannot be told.

    Raises Unsaveable for a pipe of which a part has been read.
    """
    stdin: Any = sys.__stdin__
    if type(stdin) is not io.TextIOWrapper or stdin.closed or not TEXT.fits:
        return None
    opened = status_of(stdin)
    if opened is None:
        return None
    fields = TEXT.read(stdin)
    if stat.S_ISREG(opened.st_mode):
        outside.reach()
        unread = fields.get("decoded", "")[fields["used"] :]
        return stdin.buffer.tell(), fields["decoder"].getstate(), unread
    if fields["read"] and not stat.S_ISCHR(opened.st_mode) and not has_ended(stdin):
        raise Unsaveable(
            "a part of the standard input has been read from a pipe; give it as a file, "
            "or read all of it before the marked loop"
        )
    return None


def is_compressed(buffer: Any) -> bool:
    """Tell whether what is under a text file is one of gzip."""
    gzip = sys.modules.get("gzip")
    return gzip is not None and isinstance(buffer, gzip.GzipFile)


def status_of(stream: io.TextIOWrapper) -> os.stat_result | None:
    """Return what is known of the file of a stream; None where its number has been closed."""
    try:
        return os.fstat(stream.fileno())
    except OSError:
        return None


def has_ended(pipe: io.TextIOWrapper) -> bool:
    """Tell whether a pipe has nothing more to give, now or later."""
    fields = TEXT.read(pipe)
    if fields.get("decoded", "")[fields["used"] :]:
        return False
    import select
    import termios
    from array import array

    readable, _, _ = select.select([pipe], [], [], 0)
    waiting = array("i", [0])
    fcntl.ioctl(pipe.fileno(), termios.FIONREAD, waiting)
    return bool(readable) and not waiting[0]


def go_on_with_input(place: tuple[int, Any, str] | None) -> None:
    """Go to a place of the standard input. Raises FileChanged if there is no such place."""
    if place is None:
        return
    offset, state, unread = place
    stdin: Any = sys.__stdin__
    opened = None if stdin is None else status_of(stdin)
    if opened is None or not stat.S_ISREG(opened.st_mode) or opened.st_size < offset:
        raise FileChanged(
            f"{offset} bytes of the standard input had been read at the snapshot; "
            "give the same file as the standard input again"
        )
    stdin.buffer.seek(offset)
    go_to(stdin, state, unread)


BUFFERED = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
REDUCERS: dict[type, Reducer] = {
    io.FileIO: reduce_raw,
    **dict.fromkeys(BUFFERED, reduce_buffered),
    io.TextIOWrapper: reduce_text,
    type(io.BytesIO().getbuffer().obj): reduce_exported,
}
FAMILIES: list[tuple[type, Reducer]] = [(io.BytesIO, reduce_memory), (io.StringIO, reduce_memory)]
