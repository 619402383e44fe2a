"""What cannot be saved by nature, and what to do about it."""

from __future__ import annotations

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    "torch.utils.data.dataloader._MultiProcessingDataLoaderIter": "give it num_workers=0",
    "multiprocessing.connection._ConnectionBase": REBUILD,
    "asyncio.events.AbstractEventLoop": FINISH,
    "_asyncio.Future": FINISH,
    "socket.socket": REBUILD,
    "_socket.socket": REBUILD,
    "ssl.SSLSocket": REBUILD,
    "select.epoll": REBUILD,
    "sqlite3.Blob": REBUILD,
    "_tokenize.TokenizerIter": LIST,
    **dict.fromkeys(
        (
            "_hashlib.HASH",
            "_hashlib.HMAC",
            *(f"_{name}.{name}_type" for name in ("md5", "sha1")),
            *(f"_sha2.SHA{size}Type" for size in (224, 256, 384, 512)),
            *(f"_sha{size}.sha{size}" for size in (224, 256, 384, 512)),
            *(f"_sha3.{name}" for name in ("sha3_224", "sha3_256", "sha3_384", "sha3_512")),
            *(f"_sha3.{name}" for name in ("shake_128", "shake_256")),
            *(f"_blake2.{name}" for name in ("blake2b", "blake2s")),
        ),
        "its state cannot be read; keep the bytes, or make the hash inside of the loop's body",
    ),
    **dict.fromkeys(
        (
            "zlib.Compress",
            "zlib.Decompress",
            "zlib._ZlibDecompressor",
            "_bz2.BZ2Compressor",
            "_bz2.BZ2Decompressor",
            "_lzma.LZMACompressor",
            "_lzma.LZMADecompressor",
        ),
        "its state cannot be read; use it inside of the loop's body, or a file of gzip",
    ),
    "pyexpat.xmlparser": "its state cannot be read; parse before the loop, into a tree",
    "xml.etree.ElementTree.iterparse.<locals>.IterParseIterator": LIST,
    "xml.etree.ElementTree.XMLParser": "its state cannot be read; parse before the loop",
    "xml.etree.ElementTree.XMLPullParser": "its state cannot be read; parse before the loop",
    "_hmac.HMAC": "its state cannot be read; make it inside of the loop's body",
    "selectors.BaseSelector": REBUILD,
    "select.poll": REBUILD,
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
