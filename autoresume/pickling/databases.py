"""Connections of sqlite3 to a file, whose content is brought back to that of the snapshot.

And the rows that have been read from any database.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

from autoresume.errors import Unsaveable
from autoresume.pickling import outside
from autoresume.pickling.files import FileChanged
from autoresume.pickling.refusals import REBUILD
from autoresume.pickling.structs import Sample, Struct, Values
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from autoresume.pickling.pickler import Pickler

PRAGMAS = (
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cell_size_check",
    "defer_foreign_keys",
    "foreign_keys",
    "ignore_check_constraints",
    "journal_mode",
    "locking_mode",
    "mmap_size",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "secure_delete",
    "synchronous",
    "temp_store",
    "wal_autocheckpoint",
)
"""Settings of a connection."""

WAL = 18
"""Two bytes of the header of a database tell of write-ahead logging, which has no single file."""


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers for sqlite3; empty while it is not imported."""
    found = sys.modules.get("sqlite3")
    if found is None:
        return []
    return [
        (found.Connection, reduce_connection),
        (found.Cursor, reduce_cursor),
        (found.Row, reduce_row),
    ]


def connection_sample() -> Sample:
    """Return a connection that detects types."""
    import sqlite3

    return sqlite3.connect(":memory:", detect_types=3), {"detect_types": 3}


def cursor_sample() -> Sample:
    """Return a cursor that has done nothing."""
    import sqlite3

    connection = sqlite3.connect(":memory:")
    cursor: Any = connection.cursor()
    cursor.arraysize = 7
    cursor.row_factory = connection_sample
    expected = {"connection": connection, "arraysize": 7, "rowcount": -1}
    return cursor, expected | {"row_factory": connection_sample, "closed": 0}


CONNECTION = Struct("pointer database, pointer state, int detect_types", connection_sample)
CURSOR = Struct(
    "object connection, object description, object casts, int arraysize, object lastrowid,"
    " long rowcount, object row_factory, object statement, int closed",
    cursor_sample,
)


@contextmanager
def plainly(connection: sqlite3.Connection) -> Iterator[None]:
    """Let rows be tuples of strings and numbers for a while."""
    factories = connection.row_factory, connection.text_factory
    connection.row_factory, connection.text_factory = None, str
    try:
        yield
    finally:
        connection.row_factory, connection.text_factory = factories


def is_closed(connection: sqlite3.Connection) -> bool:
    """Tell whether a connection has been closed."""
    import sqlite3

    try:
        return connection.total_changes < 0
    except sqlite3.ProgrammingError:
        return True


def reduce_connection(connection: sqlite3.Connection, pickler: Pickler) -> Any:
    """Reduce a connection to its file, its settings, and the content of the database."""
    if is_closed(connection):
        return closed_connection, (type(connection),), vars_of(connection)
    outside.reach()
    if connection.in_transaction:
        raise Unsaveable("it is inside of a transaction; commit before the loop goes on")
    names = ["isolation_level", "row_factory", "text_factory", "autocommit"]
    settings = {name: getattr(connection, name) for name in names if hasattr(connection, name)}
    with plainly(connection):
        path = path_of(connection)
        refuse_additions(connection)
        pragmas = read_pragmas(connection)
        content = connection.serialize()
    detect_types = CONNECTION.read(connection)["detect_types"]
    args = type(connection), path, detect_types, settings, pragmas, content
    return connect, args, vars_of(connection)


def vars_of(connection: Any) -> dict[str, Any] | None:
    """Return the attributes of an instance of a subclass."""
    return getattr(connection, "__dict__", None)


def path_of(connection: sqlite3.Connection) -> str:
    """Return the file of a connection to nothing else."""
    rows = connection.execute("pragma database_list").fetchall()
    if [row[1] for row in rows] != ["main"]:
        raise Unsaveable(f"it has temporary tables or other databases attached; {REBUILD}")
    if not rows[0][2]:
        raise Unsaveable(f"its database is in memory; {REBUILD}")
    return str(rows[0][2])


def refuse_additions(connection: sqlite3.Connection) -> None:
    """Raise Unsaveable where the program has added functions or orders to a connection."""
    import sqlite3

    plain = sqlite3.connect(":memory:")
    if added_to(connection) != added_to(plain):
        raise Unsaveable(f"functions or collations were added to it; {REBUILD}")
    plain.close()


def added_to(connection: sqlite3.Connection) -> set[Any]:
    """Return the names of the functions and collations that a connection knows."""
    functions = {row[:5] for row in connection.execute("pragma function_list")}
    return functions | {row[1] for row in connection.execute("pragma collation_list")}


def read_pragmas(connection: sqlite3.Connection) -> Values:
    """Return the settings of a connection."""
    rows = {name: connection.execute(f"pragma {name}").fetchone() for name in PRAGMAS}
    return {name: row[0] for name, row in rows.items() if row is not None}


def closed_connection(cls: Any) -> Any:
    """Make a connection that has been closed."""
    connection = connected(cls, ":memory:", 0)
    connection.close()
    return connection


def connected(cls: Any, path: str, detect_types: int) -> Any:
    """Make a connection, without running an `__init__` of the program's."""
    import sqlite3

    connection = cls.__new__(cls)
    sqlite3.Connection.__init__(connection, path, detect_types=detect_types, isolation_level=None)
    return connection


def connect(
    cls: Any, path: str, detect_types: int, settings: Values, pragmas: Values, content: bytes
) -> Any:
    """Connect to a file again, and bring it back to its content at the snapshot."""
    if not Path(path).is_file():
        raise FileChanged(f"{path}: this database was open at the snapshot and is gone")
    connection = connected(cls, path, detect_types)
    if connection.serialize() != content:
        roll_back(connection, content)
    now = read_pragmas(connection)
    for name, value in pragmas.items():
        if now.get(name) != value:
            connection.execute(f"pragma {name} = {value}").fetchall()
    for name, value in settings.items():
        if hasattr(connection, name):  # `autocommit` is of Python 3.12
            setattr(connection, name, value)
    return connection


def roll_back(connection: sqlite3.Connection, content: bytes) -> None:
    """Give a database the content that it had."""
    import sqlite3

    memory = sqlite3.connect(":memory:")
    memory.deserialize(content[:WAL] + b"\1\1" + content[WAL + 2 :])
    memory.backup(connection)
    memory.close()


def reduce_cursor(cursor: sqlite3.Cursor, pickler: Pickler) -> Any:
    """Reduce a cursor that has no rows left to its connection and what it tells."""
    fields = CURSOR.read(cursor)
    if "statement" in fields:
        raise Unsaveable("it has rows that are not fetched yet; go over a list, by `fetchall()`")
    return make_cursor, (type(cursor), fields["connection"]), fields, None, None, fill_cursor


def make_cursor(cls: Any, connection: sqlite3.Connection) -> Any:
    """Make a cursor."""
    import sqlite3

    cursor = cls.__new__(cls)
    sqlite3.Cursor.__init__(cursor, connection)
    return cursor


def fill_cursor(cursor: Any, fields: Values) -> None:
    """Let a cursor tell what it told."""
    CURSOR.write(cursor, fields)


def reduce_row(row: sqlite3.Row, pickler: Pickler) -> Any:
    """Reduce a row to the names of its columns and their values."""
    return make_row, (type(row), tuple(row.keys()), tuple(row)), vars_of(row)


def make_row(cls: Any, names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    """Make a row, without running a `__new__` of the program's."""
    import sqlite3

    return sqlite3.Row.__new__(cls, cursor_over(names), values)


@lru_cache(maxsize=16)
def cursor_over(names: tuple[str, ...]) -> sqlite3.Cursor:
    """Return a cursor over columns of some names, from which a row takes them."""
    import sqlite3

    columns = ", ".join('null as "' + name.replace('"', '""') + '"' for name in names)
    with closing(sqlite3.connect(":memory:")) as connection:
        return connection.execute(f"select {columns}")
