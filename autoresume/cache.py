"""The cache of compiled modules, beside the script, where Python keeps its own.

One file holds what has been compiled for one script: what there is to know of each module, and its
code. It is used for the same sources, tool, Python and options only, and as a whole or not at all:
whatever is not as it was written means to compile again.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
from importlib.util import cache_from_source

from autoresume import __version__
from autoresume.rawframes import IS_READABLE
from autoresume.store.privacy import OTHERS, check_owner
from autoresume.switches import IS_SWITCHABLE
from autoresume.transforms.hashing import blake2b
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_SIZE = 16
"""Bytes of a digest."""


class Entry(NamedTuple):
    """What is known of a module: plain data.

    ``source``: the digest of its source. ``imports``: what it may import, as part of ``package``.
    ``key``: what ``code`` depends on beside the source; None where it has not been compiled.
    ``own`` and ``outline``: as `autoresume.transforms.compiled.Compiled` has them, marshalled.
    ``places``: what is known of where frames stood, see `autoresume.places`, by the name of the
    code and the offset of the instruction.
    """

    filename: str
    source: bytes
    package: str | None
    imports: list[str]
    is_marked: bool
    key: bytes | None = None
    code: CodeType | None = None
    own: dict[int, tuple[int | None, float | None]] = {}  # noqa: RUF012 - nobody changes it
    outline: bytes = b""
    places: dict[tuple[str, int, int, int], tuple[Any, ...]] = {}  # noqa: RUF012


class Cache:
    """What is known of the modules of one script; ``options`` change what they are compiled to."""

    def __init__(self, script: str, *options: object) -> None:
        self._path = _path(script)
        self._key = _key(script, options)
        self._entries = _read(self._path, self._key) if self._path else {}
        self.is_new = False
        """Whether something is known that is not in the file."""

    def find(self, name: str, filename: str, source: bytes) -> Entry | None:
        """Return what is known of a module whose source has that digest."""
        entry = self._entries.get(name)
        is_it = entry is not None and (entry.filename, entry.source) == (filename, source)
        return entry if is_it else None

    def keep(self, name: str, entry: Entry) -> None:
        """Know this of a module from now on."""
        self._entries[name] = entry
        self.is_new = True

    def save(self) -> None:
        """Write what is new, where Python would write its own, and where that can be done."""
        if self.is_new and self._path and not sys.dont_write_bytecode:
            entries = {name: tuple(entry) for name, entry in self._entries.items()}
            try:
                _write(self._path, self._key, marshal.dumps(entries))
            except OSError:
                pass  # as Python does
        self.is_new = False


def digest_of_parts(*parts: object) -> bytes:
    """Return what is another one where the text of a part is another one."""
    return digest_of(repr(parts).encode("utf-8", "surrogatepass"))


def digest_of(content: bytes | memoryview) -> bytes:
    """Return what is another one for any other content."""
    return blake2b(content, digest_size=_SIZE).digest()


def _path(script: str) -> str | None:
    """Return where the cache of a script is; None where there is none, as for /dev/stdin."""
    if not script.endswith(".py"):
        return None
    try:
        return os.path.splitext(cache_from_source(script))[0] + ".autoresume"
    except NotImplementedError:
        return None


def _key(script: str, options: tuple[object, ...]) -> bytes:
    python = sys.version, sys.implementation.cache_tag, sys.flags.optimize, IS_READABLE
    # What is compiled without a warning is not compiled again to give one.
    how = sys.warnoptions, sys._xoptions, os.environ.get("PYTHONNODEBUGRANGES"), IS_SWITCHABLE
    return digest_of_parts(script, options, __version__, _tool(), python, how)


def _tool() -> list[tuple[str, int, int]]:
    """Return what changes when the tool does, in a checkout too."""
    own = os.path.dirname(__file__)
    found: list[tuple[str, int, int]] = []
    for folder in (own, os.path.join(own, "transforms")):
        try:
            found += _sources(folder)
        except OSError:
            pass  # in an archive, which the version stands for
    return sorted(found)


def _sources(folder: str) -> list[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        found = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(".py")]
    return [(path, about.st_size, about.st_mtime_ns) for path, about in found]


def _read(path: str, key: bytes) -> dict[str, Entry]:
    try:
        content = _content(path)
    except OSError:
        return {}
    payload = memoryview(content)[2 * _SIZE :]
    if content[: 2 * _SIZE] != key + digest_of(payload):
        return {}
    return {name: Entry(*fields) for name, fields in marshal.loads(payload).items()}


def _content(path: str) -> bytes:
    """Return a file that nobody else can have written; raises OSError for any other."""
    with open(path, "rb", buffering=0) as file:
        check_owner(file.fileno())
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode) or mode & OTHERS:
            raise PermissionError(path)
        return file.read()


def _write(path: str, key: bytes, payload: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(temporary, flags, 0o600), "wb", buffering=0) as file:
            file.write(key + digest_of(payload) + payload)
        os.replace(temporary, path)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise
