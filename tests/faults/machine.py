"""What a crash of the machine may leave of the files that a process was writing.

Nothing is taken for granted but what POSIX promises: data is on the disk after an fsync of the
file, a name after an fsync of its folder. Anything else may be there or not, in any order: names
without data, lengths without data, single sectors of a write. What a failed fsync left unsaid
stays so, since the next one of the same file says nothing about it (https://lwn.net/Articles/752063/).
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tracing import Call, Verdict, Watcher

_UNKNOWN = {"linkat", "symlink", "sendfile", "copy_file_range"}
_RENAMES = {"rename", "renameat", "renameat2"}
_REMOVALS = {"unlink", "unlinkat", "rmdir"}
_WRITES = {"write", "pwrite64", "writev", "pwritev"}
_MODES = ("none", "all", "names", "lengths", "data")


@dataclass(frozen=True)
class Write:
    """Data at an offset of the file number `file`."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Length:
    """A file made longer with zeros, or cut."""

    file: int
    size: int
    only_longer: bool = False


@dataclass(frozen=True)
class Name:
    """A path that stands for a file from now on, or for a folder: then `file` is None."""

    path: str
    file: int | None


@dataclass(frozen=True)
class Link:
    """A path that stands from now on for a file, which has another one."""

    path: str
    file: int


@dataclass(frozen=True)
class Move:
    """A file or folder that has another path from now on."""

    path: str
    target: str


@dataclass(frozen=True)
class Removal:
    """A path that is no more."""

    path: str


@dataclass(frozen=True)
class Sync:
    """An fsync of a file (by number) or folder (by path) that had begun after `begun` others."""

    what: int | str
    begun: int
    worked: bool


@dataclass(frozen=True)
class Mark:
    """What the process said of itself."""

    text: str


Change = Write | Length | Name | Link | Move | Removal
Event = Change | Sync | Mark


@dataclass
class Disk:
    """The files below a folder: the content by number, and the numbers by path."""

    contents: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int | None] = field(default_factory=dict)

    def write_to(self, root: Path) -> None:
        """Make these files in a new folder."""
        root.mkdir(parents=True)
        for path, file in sorted(self.names.items()):
            place = root / path
            if not place.parent.is_dir():
                continue  # its folder was lost
            if file is None:
                place.mkdir(mode=0o700)
            else:
                place.write_bytes(self.contents.get(file, b""))
                place.chmod(0o600)


class Recorder(Watcher):
    """Records what a process does to the files below `root`, and its marks.

    `other` decides what becomes of the calls.
    """

    def __init__(self, root: Path, marks: int, other: Watcher) -> None:
        self.events: list[Event] = []
        self.before = Disk()
        self._root, self._marks, self._other = root, marks, other
        self._files: dict[tuple[int, int], int] = {}
        self._numbers = itertools.count()
        self._pending: dict[int, list[Event]] = {}
        for path in sorted(root.rglob("*")):
            number = None if path.is_dir() else self._number(path)
            self.before.names[self._relative(str(path))] = number
            if number is not None:
                self.before.contents[number] = path.read_bytes()

    def entering(self, call: Call) -> Verdict:
        """Look at what will be written while it is there to see."""
        if call.name == "write" and call.signed(0) == self._marks:
            text = call.memory(call.arguments[1], call.arguments[2]).decode().strip()
            self.events.append(Mark(text))
        if not call.touches(self._root):
            return None
        if call.name in _UNKNOWN:
            raise NotImplementedError(f"the model of the machine does not know {call.name}")
        self._pending[call.thread] = list(self._planned(call))
        return self._other.entering(call)

    def left(self, call: Call, result: int) -> None:
        """Keep what was planned, if it was done."""
        self._other.left(call, result)
        for event in self._pending.pop(call.thread, ()):
            match event:
                case Sync(what, begun):
                    self.events.append(Sync(what, begun, result == 0))
                case Write(file, offset, data) if result > 0:
                    self.events.append(Write(file, offset, data[:result]))
                case Name(path, int()) if result >= 0:
                    self._files.pop(self._identity(self._root / path), None)
                    self.events.append(Name(path, self._number(self._root / path)))
                case _ if result >= 0:
                    self.events.append(event)

    def _planned(self, call: Call) -> Iterator[Event]:
        if call.name in _WRITES:
            yield self._write(call)
        elif call.name in ("fsync", "fdatasync"):
            yield Sync(self._opened(call), len(self.events), False)
        elif call.name in ("open", "openat", "creat"):
            yield from self._opening(call)
        elif call.name in ("ftruncate", "fallocate"):
            file = self._opened(call)
            assert isinstance(file, int)
            size = call.arguments[1] if call.name == "ftruncate" else sum(call.arguments[2:4])
            yield Length(file, size, only_longer=call.name == "fallocate")
        else:
            yield from self._naming(call)

    def _naming(self, call: Call) -> Iterator[Event]:
        path, *targets = map(self._relative, call.paths)
        if call.name in _RENAMES:
            yield Move(path, targets[0])
        elif call.name == "link":
            yield Link(targets[0], self._number(self._root / path))
        elif call.name in _REMOVALS:
            yield Removal(path)
        elif call.name in ("mkdir", "mkdirat"):
            yield Name(path, None)

    def _opening(self, call: Call) -> Iterator[Event]:
        flags = call.arguments[2 if call.name == "openat" else 1]
        path = Path(call.paths[0])
        if not path.exists():
            if flags & os.O_CREAT:
                yield Name(self._relative(str(path)), -1)
        elif flags & os.O_TRUNC:
            yield Length(self._number(path), 0)

    def _write(self, call: Call) -> Write:
        position, flags = call.file()
        file = self._opened(call)
        assert isinstance(file, int)
        if call.name.startswith("pwrite"):
            position = call.arguments[3]
        elif flags & os.O_APPEND:
            position = Path(call.paths[0]).stat().st_size
        return Write(file, position, self._data(call))

    def _data(self, call: Call) -> bytes:
        address, size = call.arguments[1:3]
        if not call.name.endswith("v"):
            return call.memory(address, size)
        vector = memoryview(call.memory(address, 16 * size)).cast("Q").tolist()
        return b"".join(map(call.memory, vector[::2], vector[1::2]))

    def _opened(self, call: Call) -> int | str:
        """The open file that a call is about, by number, or the folder, by path."""
        if Path(call.paths[0]).is_dir():
            return self._relative(call.paths[0])
        return self._number(Path(f"/proc/{call.thread}/fd/{call.signed(0)}"))

    def _number(self, path: Path) -> int:
        identity = self._identity(path)
        if identity not in self._files:
            self._files[identity] = next(self._numbers)
        return self._files[identity]

    def _identity(self, path: Path) -> tuple[int, int]:
        status = path.stat()
        return status.st_dev, status.st_ino

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self._root)


def marks_of(events: list[Event]) -> list[str]:
    """What the process had said of itself by then."""
    return [event.text for event in events if isinstance(event, Mark)]


def crashes(events: list[Event], variants: int) -> list[tuple[int, str]]:
    """The number of events before each crash, and which of the unsynced changes are there after it.

    Each is in the list once for the plain cases, and `variants` times to be left to chance.
    """
    modes = [*_MODES, *(["mixed"] * variants)]
    return [(moment, mode) for moment in range(1, len(events) + 1) for mode in modes]


def left_by(before: Disk, events: list[Event], mode: str, rng: random.Random) -> Disk:
    """The files after a crash: all that is durable, and what `mode` says of the rest."""
    disk = Disk(dict(before.contents), dict(before.names))
    for at, event in enumerate(events):
        if isinstance(event, Sync | Mark):
            continue
        if _is_durable(event, at, events):
            _apply(disk, event)
        elif isinstance(event, Write | Length):
            _apply_some(disk, event, mode, rng)
        elif mode in ("all", "names", "lengths") or (mode == "mixed" and rng.random() < 0.5):
            _apply(disk, event)
    return disk


def _is_durable(change: Change, at: int, events: list[Event]) -> bool:
    syncs = [sync for sync in events if isinstance(sync, Sync) and sync.begun > at]
    if isinstance(change, Write | Length):
        first = next((sync for sync in syncs if sync.what == change.file), None)
        return first is not None and first.worked
    synced = {sync.what for sync in syncs if sync.worked}
    return {os.path.dirname(path) or "." for path in _paths(change)} <= synced


def _paths(change: Name | Link | Move | Removal) -> list[str]:
    return [change.path, change.target] if isinstance(change, Move) else [change.path]


def _apply(disk: Disk, change: Change) -> None:
    match change:
        case Write(file, offset, data):
            old = disk.contents.get(file, b"").ljust(offset, b"\0")
            disk.contents[file] = old[:offset] + data + old[offset + len(data) :]
        case Length(file, size, only_longer):
            old = disk.contents.get(file, b"").ljust(size, b"\0")
            disk.contents[file] = old if only_longer else old[:size]
        case Name(path, file) | Link(path, file):
            disk.names[path] = file
        case Move(path, target):
            _move(disk, path, target)
        case Removal(path):
            disk.names.pop(path, None)


def _move(disk: Disk, path: str, target: str) -> None:
    for name in list(disk.names):
        if name == path or name.startswith(f"{path}/"):
            disk.names[target + name.removeprefix(path)] = disk.names.pop(name)


def _apply_some(disk: Disk, change: Write | Length, mode: str, rng: random.Random) -> None:
    kind = rng.choice(["none", "all", "lengths", "torn"]) if mode == "mixed" else mode
    if kind in ("all", "data"):
        _apply(disk, change)
    elif isinstance(change, Write) and kind == "lengths":
        _apply(disk, Length(change.file, change.offset + len(change.data), only_longer=True))
    elif isinstance(change, Write) and kind == "torn":
        for piece in _torn(change, rng):
            _apply(disk, piece)


def _torn(write: Write, rng: random.Random) -> Iterator[Write]:
    """Some of the sectors of a write."""
    sector, share = rng.choice([512, 4096]), rng.random()
    start = write.offset
    while start < write.offset + len(write.data):
        end = (start // sector + 1) * sector
        if rng.random() < share:
            piece = write.data[start - write.offset : end - write.offset]
            yield Write(write.file, start, piece)
        start = end
