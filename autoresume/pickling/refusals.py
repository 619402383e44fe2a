"""What cannot be saved by nature, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

REBUILD = "close it before the marked loop, or open it inside of the loop's body"
LIST = "go over a list of its items instead, made by `list()`"
FINISH = "let it finish and drop it before the marked loop goes on"

REMEDIES = {
    "builtins.frame": "drop it before the marked loop goes on",
    "subprocess.Popen": FINISH,
    "threading.Thread": FINISH,
    "threading.Timer": FINISH,
    "concurrent.futures._base.Executor": FINISH,
    "concurrent.futures._base.Future": FINISH,
    "multiprocessing.process.BaseProcess": FINISH,
    "multiprocessing.pool.Pool": FINISH,
    "multiprocessing.queues.Queue": REBUILD,
    "multiprocessing.connection._ConnectionBase": REBUILD,
    "asyncio.events.AbstractEventLoop": FINISH,
    "_asyncio.Future": FINISH,
    "socket.socket": REBUILD,
    "_socket.socket": REBUILD,
    "ssl.SSLSocket": REBUILD,
    "select.epoll": REBUILD,
    "sqlite3.Connection": REBUILD,
    "sqlite3.Cursor": REBUILD,
    "mmap.mmap": REBUILD,
    "_csv.reader": LIST,
    "_sre.SRE_Scanner": LIST,
    "_hashlib.HASH": "keep the bytes, or make the hash inside of the loop's body",
}
"""Remedies by the name of a type; subclasses are refused likewise."""


def refusal_of(cls: type) -> str | None:
    """Return what to do about instances of a class that cannot be saved; None: they can."""
    for ancestor in cls.__mro__:
        remedy = REMEDIES.get(f"{ancestor.__module__}.{ancestor.__qualname__}")
        if remedy is not None:
            return remedy
    return None


def refuse(remedy: str) -> Reducer:
    """Return a reducer that refuses whatever it is given."""

    def reduce_never(obj: Any, pickler: Pickler) -> Any:
        raise Unsaveable(remedy)

    return reduce_never
