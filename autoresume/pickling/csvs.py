"""Readers and writers of csv, in the middle of their file."""

from __future__ import annotations

import csv
import sys
from types import SimpleNamespace

from autoresume.pickling.structs import Sample, Struct
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler


def reader_sample() -> Sample:
    """Return a reader that has read two lines as one row."""
    lines = iter(['"a', 'b"'])
    reader = csv.reader(lines)
    next(reader)
    return reader, {"lines": lines, "dialect": reader.dialect, "line_num": 2}


def writer_sample() -> Sample:
    """Return a writer."""
    write = sys.intern
    writer = csv.writer(SimpleNamespace(write=write))
    return writer, {"write": write, "dialect": writer.dialect}


READER = Struct(
    "object lines, object dialect, object fields, int state, pointer field, size room,"
    " size length, int numeric, long line_num",
    reader_sample,
)
WRITER = Struct("object write, object dialect", writer_sample)
DIALECT = (
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
)


def reduce_dialect(dialect: Any, pickler: Pickler) -> Any:
    """Reduce a dialect of C to its attributes."""
    return make_dialect, ({name: getattr(dialect, name) for name in DIALECT},)


def make_dialect(attributes: dict[str, Any]) -> Any:
    """Make a dialect of C."""
    return csv.reader((), **attributes).dialect


def reduce_reader(reader: Any, pickler: Pickler) -> Any:
    """Reduce a reader to its lines and how many it has read; it begins anew with each row."""
    fields = READER.read(reader)
    state = fields["lines"], fields["line_num"]
    return make_reader, (fields["dialect"],), state, None, None, fill_reader


def make_reader(dialect: Any) -> Any:
    """Make a reader without lines."""
    return csv.reader((), dialect)


def fill_reader(reader: Any, state: tuple[Any, int]) -> None:
    """Give a reader its lines."""
    lines, line_num = state
    READER.write(reader, READER.read(reader) | {"lines": lines, "line_num": line_num})


def reduce_writer(writer: Any, pickler: Pickler) -> Any:
    """Reduce a writer to what it writes with."""
    fields = WRITER.read(writer)
    return make_writer, (fields["dialect"],), fields["write"], None, None, fill_writer


def make_writer(dialect: Any) -> Any:
    """Make a writer that writes nowhere."""
    return csv.writer(SimpleNamespace(write=sys.intern), dialect)


def fill_writer(writer: Any, write: Any) -> None:
    """Give a writer the function that it writes with."""
    WRITER.write(writer, WRITER.read(writer) | {"write": write})


REDUCERS: dict[type, Reducer] = {
    type(csv.reader(())): reduce_reader,
    type(csv.writer(SimpleNamespace(write=print))): reduce_writer,
    type(csv.reader(()).dialect): reduce_dialect,
}
