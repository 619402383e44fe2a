"""The folder of one run, whose file names are all of its state.

    0001-00000007.snapshot       generation 1, snapshot 7
    0002.finished                the run of generation 2 ended well
    .0001-00000008.snapshot.tmp  being written, or left by a process that died over it
    lock                         see `autoresume.store.locks`

The current generation is the highest that is named. Starting over means writing to the next one,
so the old snapshots count until the new run has its first, whatever happens in between.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoresume.errors import StoreError
from autoresume.store import format as snapshot_format
from autoresume.store.durable import TEMPORARY, make_private_folder, replacing, store_errors
from autoresume.store.format import DamagedError
from autoresume.store.locks import RunLock

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_SNAPSHOT = re.compile(r"(\d+)-(\d+)\.snapshot")
_FINISHED = re.compile(r"(\d+)\.finished")


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that was read back whole.

    `meta` is the JSON object and `data` the pickle stream it was saved with; `buffers` are its
    out-of-band buffers as bytes, writable, and private to this process.
    """

    number: int
    meta: dict[str, Any]
    data: memoryview | bytes
    buffers: list[memoryview]


@dataclass(frozen=True, order=True)
class _Entry:
    generation: int
    number: int
    path: Path


@dataclass
class _Contents:
    """What the names in a run's folder say."""

    snapshots: list[_Entry] = field(default_factory=list)
    finished: dict[int, Path] = field(default_factory=dict)
    temporary: list[Path] = field(default_factory=list)

    def generation(self) -> int:
        named = {entry.generation for entry in self.snapshots} | self.finished.keys()
        return max(named, default=1)

    def of(self, generation: int) -> list[_Entry]:
        return [entry for entry in self.snapshots if entry.generation == generation]


class RunStore:
    """The snapshots of the run `key` in the folder `root`, of which the last `keep` stay.

    The folders are made, for their owner only, unless they are there. `save`, `restart` and
    `finish` lock the run where `lock` was not called before. Not for several threads at once.

    Raises: StoreError for a folder that cannot be made or written.
    """

    def __init__(self, root: Path, key: str, *, keep: int = 3) -> None:
        # Absolute, since the script may change its working directory.
        root = Path(root).absolute()
        self._folder = root / key
        self._keep = keep
        self._generation: int | None = None
        self._damaged: set[Path] = set()
        self._lock = RunLock(self._folder / "lock", key)
        with store_errors(f"use the store {root}"):
            make_private_folder(root)
            make_private_folder(self._folder)
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            raise StoreError(f"cannot use the store {root}: {self._folder} is not writable")

    @property
    def folder(self) -> Path:
        """The absolute path of the run's folder."""
        return self._folder

    def lock(self) -> None:
        """Keep other processes off the run until `unlock` or the end of this process.

        Raises: RunLocked naming the process that has the run; StoreError.
        """
        with store_errors(f"lock the run in {self._folder}"):
            self._lock.acquire()
            # Whoever holds the lock is the only one to write, so these are a dead process's.
            _remove(self._contents().temporary)

    def unlock(self) -> None:
        """Let other processes work on the run. Raises: StoreError."""
        # They may start it over.
        self._generation = None
        with store_errors(f"unlock the run in {self._folder}"):
            self._lock.release()

    def save(
        self,
        meta: Mapping[str, Any],
        data: ReadableBuffer,
        buffers: Sequence[ReadableBuffer],
    ) -> int:
        """Save a snapshot and return its number, which counts from 1 in every start of the run.

        `meta` is a JSON object; `buffers` are contiguous, in C or Fortran order. The snapshot is
        durable on return. On an error, all earlier ones are as they were.

        Raises: StoreError, RunLocked.
        """
        self.lock()
        with store_errors(f"save a snapshot in {self._folder}"):
            contents = self._contents()
            generation = self._next_generation(contents)
            number = max((entry.number for entry in contents.of(generation)), default=0) + 1
            path = self._folder / f"{generation:04d}-{number:08d}.snapshot"
            with replacing(path) as file:
                snapshot_format.write(file, meta, data, buffers)
            self._generation = generation
            self._prune()
        return number

    def load(self, warn: Callable[[str], None]) -> Snapshot | None:
        """Read the newest intact snapshot; `warn` gets a line for each damaged one before it.

        None when there is no snapshot or the run is finished.

        Raises: StoreError when there are snapshots and none is intact, or for one written by a
        newer autoresume.
        """
        entries = self._current()
        for entry in reversed(entries):
            try:
                meta, data, buffers = snapshot_format.read(entry.path)
            except (DamagedError, OSError) as error:
                self._damaged.add(entry.path)
                warn(f"skipping the damaged snapshot {entry.path}: {_reason(error)}")
            else:
                return Snapshot(entry.number, meta, data, buffers)
        if entries:
            raise StoreError(
                f"none of the {len(entries)} snapshots in {self._folder} is intact; "
                "--fresh starts the run over"
            )
        return None

    def peek(self) -> dict[str, Any] | None:
        """Read the meta of the newest snapshot with an intact header, and nothing else of it.

        `load` may still find that snapshot damaged and go back to an earlier one of the same run.
        None where `load` has nothing to return.

        Raises: StoreError for a snapshot written by a newer autoresume.
        """
        for entry in reversed(self._current()):
            try:
                with entry.path.open("rb") as file:
                    return snapshot_format.read_header(file).meta
            except (DamagedError, OSError):
                continue
        return None

    def restart(self) -> None:
        """Start the run over; its old snapshots stay until the next `save` has succeeded.

        Until then they are what another process would load.

        Raises: StoreError, RunLocked.
        """
        self.lock()
        with store_errors(f"restart the run in {self._folder}"):
            self._generation = self._contents().generation() + 1

    def finish(self) -> None:
        """Record that the run ended well; its snapshots go. Raises: StoreError, RunLocked."""
        self.lock()
        with store_errors(f"finish the run in {self._folder}"):
            contents = self._contents()
            generation = self._next_generation(contents)
            with replacing(self._folder / f"{generation:04d}.finished"):
                pass
            self._generation = generation
            self._prune()

    @property
    def finished(self) -> bool:
        """Whether the run ended well and was not started over since. Raises: StoreError."""
        with store_errors(f"read {self._folder}"):
            contents = self._contents()
        return (self._generation or contents.generation()) in contents.finished

    def _current(self) -> list[_Entry]:
        with store_errors(f"read {self._folder}"):
            contents = self._contents()
        generation = self._generation or contents.generation()
        return [] if generation in contents.finished else contents.of(generation)

    def _next_generation(self, contents: _Contents) -> int:
        generation = self._generation or contents.generation()
        return generation + 1 if generation in contents.finished else generation

    def _contents(self) -> _Contents:
        contents = _Contents()
        for path in sorted(self._folder.iterdir()):
            if match := _SNAPSHOT.fullmatch(path.name):
                contents.snapshots.append(_Entry(int(match[1]), int(match[2]), path))
            elif match := _FINISHED.fullmatch(path.name):
                contents.finished[int(match[1])] = path
            elif path.name.endswith(TEMPORARY):
                contents.temporary.append(path)
        contents.snapshots.sort()
        return contents

    def _prune(self) -> None:
        """Remove what the newest file in the folder, which is durable, has made useless."""
        contents = self._contents()
        newest = contents.generation()
        kept = [entry.path for entry in self._current() if entry.path not in self._damaged]
        kept = kept[-self._keep :]
        _remove(entry.path for entry in contents.snapshots if entry.path not in kept)
        _remove(path for number, path in contents.finished.items() if number != newest)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
