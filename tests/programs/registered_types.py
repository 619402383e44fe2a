"""Objects that C hides, in types that the program has registered; and one that leads to them."""

import sqlite3
import zlib

import autoresume

TABLE = "CREATE TABLE seen (number INTEGER, note TEXT)"


class Checksum:
    """Like a hash object: what it has taken in cannot be asked for."""

    __slots__ = ("__inner", "chunks")

    def __init__(self):
        self.__inner = zlib.compressobj()
        self.chunks = []

    def update(self, data):
        self.__inner.compress(data)
        self.chunks.append(data)
        return self

    def digest(self):
        return f"{zlib.crc32(self.__inner.copy().flush()):08x}"


class Tagged(Checksum):
    """Registered by its base class."""


def save_database(connection):
    return list(connection.iterdump())


def load_database(script):
    connection = sqlite3.connect(":memory:")
    connection.executescript("\n".join(script))
    return connection


def again(saved):
    cls, chunks = saved
    checksum = cls()
    for chunk in chunks:
        checksum.update(chunk)
    return checksum


autoresume.register(sqlite3.Connection, save_database, load_database)
autoresume.register(Checksum, lambda one: (type(one), list(one.chunks)), again, subclasses=True)


def fill(connection, checksum, numbers):
    tagged = Tagged()
    both = [checksum, {"the same": checksum}]
    for number in numbers:  # checkpoint
        connection.execute("INSERT INTO seen VALUES (?, ?)", (number, "x" * number))
        checksum.update(bytes([number]) * 100)
        tagged.update(b"tag")
        assert both[0] is both[1]["the same"] is checksum is shared[0]
    return tagged.digest(), [count for (count,) in connection.execute("SELECT count(*) FROM seen")]


database = sqlite3.connect(":memory:")
database.execute(TABLE)
shared = [Checksum()]
keep = {database: "as a key"}
for turn in range(3):
    print(turn, fill(database, shared[0], range(turn, turn + 3)), shared[0].digest())
    print(keep[database], database.execute("SELECT sum(number) FROM seen").fetchone())
print(type(shared[0]).__name__, database.execute("SELECT * FROM seen").fetchall())
