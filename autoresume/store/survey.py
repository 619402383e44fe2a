"""What there is in a store, for people to look at.

Nothing is unpickled here, no lock is taken and nothing is written. The store may be in use, and
somebody else's: what its files say is not trusted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from autoresume.console import printable
from autoresume.errors import StoreError
from autoresume.store import version1
from autoresume.store.contents import Contents, Entry
from autoresume.store.digests import XXH3, Hashing
from autoresume.store.format import WITHOUT_MANIFEST, DamagedError, Header, decoded, read_header
from autoresume.store.leases import newest_lease, this_process
from autoresume.store.loading import verify_sections
from autoresume.store.manifests import PACKS, header_of, manifest_of
from autoresume.store.places import Files, Place
from autoresume.store.verification import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NONSENSE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
_MISTAKES = (DamagedError, StoreError, OSError, struct.error, *_NONSENSE)
"""What reading a file may raise that is damaged, or was written to be a nuisance."""


@dataclass
class SnapshotInfo:
    """A snapshot. Sizes are in bytes, `time` in seconds since 1970; 0 where it is not known."""

    number: int
    file: str
    on_disk: int
    """Of its file alone."""
    is_current: bool
    """Whether it is of the current generation: others wait to be removed."""
    time: float = 0.0
    place: str = ""
    """Where the program was."""
    program: str = ""
    state: int = 0
    new: int = 0
    """Chunks that no earlier snapshot there holds."""
    format: int = 0
    python: str = ""
    tool: str = ""
    signed: bool = False
    missing: tuple[str, ...] = ()
    """The values that it does not hold."""
    packs: tuple[str, ...] = ()
    problem: str = ""
    """Why nothing is known of it."""


@dataclass
class RunInfo:
    """A run: its name, its snapshots, who works on it, and whether it is finished."""

    name: str
    snapshots: list[SnapshotInfo]
    finished: bool
    holder: str
    """'' for nobody."""
    on_disk: int
    """Bytes of its files, and of the packs that its snapshots use."""

    @property
    def last(self) -> SnapshotInfo | None:
        """The snapshot that it would go on from."""
        current = [one for one in self.snapshots if one.is_current and not one.problem]
        return current[-1] if current and not self.finished else None


class Survey:
    """A look at a store. `manifests` are where its manifests are read from, if not from there."""

    def __init__(
        self, place: Place, manifests: Files | None = None, hashing: Hashing = XXH3
    ) -> None:
        self._place = place
        self._manifests = manifests
        self._hashing = hashing
        self._intact: set[Any] = set()

    def names(self) -> list[str]:
        """Return the names of the runs, the last changed first. Raises: OSError."""
        return [name for name in self._place.folders() if name != PACKS and self._is_run(name)]

    def _is_run(self, folder: str) -> bool:
        contents = Contents.of_files(sizes := self._place.sizes(folder))
        return bool(contents.snapshots or contents.finished or "lock" in sizes)

    def run(self, name: str) -> RunInfo:
        """Look at a run. Raises: OSError."""
        sizes = self._place.sizes(name)
        contents = Contents.of_files(sizes)
        generation = contents.generation()
        snapshots = []
        seen: set[tuple[str, int]] = set()
        for entry in contents.snapshots:
            info = self._snapshot(name, entry, seen)
            info.is_current = entry.generation == generation
            if entry.damaged in contents.damaged:
                info.problem = info.problem or "its chunks were found damaged"
            snapshots.append(info)
        packs = {pack for info in snapshots for pack in info.packs}
        there = self._packs()
        on_disk = sum(sizes.values()) + sum(there.get(pack, 0) for pack in packs)
        finished = generation in contents.finished
        return RunInfo(name, snapshots, finished, self._holder(name), on_disk)

    def problems(self, name: str) -> Iterator[tuple[str, str]]:
        """Read all of each snapshot of a run; yield its name, and what is wrong with it, or ''."""
        for entry in Contents.of_files(self._place.sizes(name)).snapshots:
            try:
                self._verify(f"{name}/{entry.name}", entry.size)
            except FileNotFoundError as error:
                if entry.name in self._place.sizes(name):
                    yield entry.name, f"a pack of it is not there: {error.filename}"
            except _MISTAKES as error:
                yield entry.name, printable(_reason(error))
            else:
                yield entry.name, ""

    def _verify(self, name: str, size: int) -> None:
        with (self._manifests or self._place).open(name) as file:
            header = read_header(file, size, name)
            if header.signed and not self._manifests:
                raise DamagedError("it is signed, and can only be verified with --sign-key")
            if header.version == WITHOUT_MANIFEST:
                version1.sections(file, header)
                return
            manifest = decoded(header, memoryview(file.read()))
        if manifest.hashing != self._hashing.name:
            raise DamagedError(f"its chunks are named by {manifest.hashing!r}")
        verify_sections(manifest, self._pack, self._hashing, self._intact)

    def _pack(self, name: str) -> Any:
        return self._place.pack(f"{PACKS}/{name}")

    def _packs(self) -> dict[str, int]:
        try:
            return dict(self._place.sizes(PACKS))
        except FileNotFoundError:
            return {}

    def _snapshot(self, run: str, entry: Entry, seen: set[tuple[str, int]]) -> SnapshotInfo:
        info = SnapshotInfo(entry.number, entry.name, entry.size, is_current=True)
        name = f"{run}/{entry.name}"
        try:
            header = header_of(self._place, name, entry.size)
            _describe(info, header)
            if header.version == WITHOUT_MANIFEST:
                info.new = entry.size
            else:
                info.new = self._new(name, entry.size, seen)
        except _MISTAKES as error:
            info.problem = printable(_reason(error))
        return info

    def _new(self, name: str, size: int, seen: set[tuple[str, int]]) -> int:
        """Return the bytes of the chunks that are not among those `seen`, which they join."""
        manifest = manifest_of(self._place, name, size)
        names = dict(enumerate(manifest.packs))
        chunks = {(names[e.pack], e.offset): e.stored for e in manifest.entries if e.pack in names}
        new = sum(stored for where, stored in chunks.items() if where not in seen)
        seen.update(chunks)
        return new + len(manifest.here)

    def _holder(self, run: str) -> str:
        """Who works on a run, as far as one can see from here."""
        try:
            seen = newest_lease(self._place, run)
        except OSError:
            return ""
        if seen.is_free or seen.holder is None:
            return ""
        is_alive = seen.holder.process.is_alive(this_process())
        if is_alive is None:
            return f"{seen.holder}, as far as one can see from here"
        return str(seen.holder) if is_alive else ""


def _describe(info: SnapshotInfo, header: Header) -> None:
    meta, content = header.meta, header.content
    info.format = header.version
    info.signed = bool(header.signed)
    info.time = float(header.time or meta.get("time", 0.0))
    info.state = int(content["state"] if "state" in content else content["size"])
    info.packs = tuple(map(str, header.packs))
    info.place = _text(meta.get("place", _round_of(meta)))
    info.program = _text(meta.get("program", ""))
    info.python = ".".join(_text(part) for part in meta.get("python") or ())
    info.tool = _text(meta.get("version", ""))
    info.missing = tuple(map(_text, meta.get("missing", ())))


def _round_of(meta: dict[str, Any]) -> str:
    return f"round {meta['round']}" if "round" in meta else ""


def _text(value: object) -> str:
    return printable(str(value))


def _reason(error: Exception) -> str:
    if isinstance(error, DamagedError | StoreError | OSError):
        return reason(error)
    return f"its header makes no sense ({type(error).__name__})"
