"""The snapshots of one run, whose file names are all of its state.

    RUN/0001-00000007.snapshot       generation 1, snapshot 7: a manifest
    RUN/0002.finished                the run of generation 2 ended well
    RUN/0001-00000007.damaged        its chunks were found damaged after it was loaded
    RUN/.0001-00000008.snapshot.tmp  being written, or left by a process that died over it
    RUN/lock, RUN/lease-0001         who has the run: see `locks` and `leases`
    packs/….pack                     chunks of the state, of all runs of the store
    lock                             held while a snapshot is saved, or packs are removed

The current generation is the highest that is named. Starting over means writing to the next one,
so the old snapshots count until the new run has its first, whatever happens in between.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property, partial
from pathlib import Path

from autoresume.errors import StoreError
from autoresume.store import compression
from autoresume.store.contents import Contents, Entry
from autoresume.store.digests import XXH3
from autoresume.store.durable import store_errors
from autoresume.store.format import (
    NOTHING,
    WITHOUT_MANIFEST,
    DamagedError,
    Header,
    Manifest,
    decoded,
    encoded,
    read_header,
)
from autoresume.store.garbage import collect, needed_by
from autoresume.store.known import Known
from autoresume.store.layout import Cut
from autoresume.store.locations import location, place_at
from autoresume.store.manifests import PACKS, SNAPSHOT, header_of, manifest_of
from autoresume.store.places import PackReader, Place
from autoresume.store.retention import Retention
from autoresume.store.verification import Verification, reason
from autoresume.transforms.hashing import blake2b
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from _typeshed import ReadableBuffer

    from autoresume.store.signing import SignedFiles

_OTHERS = 8
"""In so many runs, those that were changed last, a first snapshot looks for chunks it can share."""

_COPIED = 3
"""In so many snapshots, the last that copies of this process have saved, one looks for chunks."""

_WORTH_SHARING = 1 << 20
"""From this size on, in bytes, it does so."""


class Snapshot(NamedTuple):
    """A snapshot that was read back whole.

    `meta` is the JSON object and `data` the pickle stream it was saved with; `buffers` are its
    out-of-band buffers as bytes, writable, and private to this process.
    """

    number: int
    meta: dict[str, Any]
    data: memoryview
    buffers: list[memoryview]


class RunStore:
    """The snapshots of the run `key` in the store `root`, of which some stay (`retention`).

    `root` is a folder, or a URL.

    With `compress`, new chunks are made smaller with zstd. With `sign_key`, a file with a secret,
    snapshots are signed with it, and no others are loaded; else the store has to be private. The
    folders are made, for their owner only, unless they are there. `save`, `restart` and `finish`
    lock the run where `lock` was not called before. Not for several threads at once.

    Raises StoreError for a folder that cannot be made or written, or that others may write to, and
    where zstandard is missing; UsageError for a key that cannot be used.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        key: str,
        *,
        retention: Retention = Retention(),  # noqa: B008 # it is frozen
        compress: bool = False,
        sign_key: Path | None = None,
    ) -> None:
        self._place = place_at(location(root), private=sign_key is None)
        self._hashing = XXH3
        self._manifests: Place | SignedFiles = self._place
        self._signed = 0
        if sign_key is not None:
            self._sign_with(sign_key)
        self._key = key
        self._retention = retention
        self._compressor = compression.compressor if compress else None
        if self._compressor:
            self._compressor()
        self._generation: int | None = None
        self._damaged: set[str] = set()
        self._verification: Verification | None = None
        self._headers: dict[str, Header] = {}
        self._known = Known()
        self._loaded: Manifest | None = None
        self._copied: list[Entry] = []
        self._is_first = True
        self._is_copy = False
        with store_errors(f"use the store {self._place}"):
            for folder in ("", PACKS, key):
                self._place.make(folder)
        self._lock = self._place.lock(key)

    @staticmethod
    def is_there(root: str | os.PathLike[str], key: str) -> bool:
        """Whether anything of a run is in a store; nothing is made. Raises: StoreError."""
        place = place_at(location(root), private=False)
        with store_errors(f"read {place}/{key}"):
            try:
                return bool(place.sizes(key))
            except FileNotFoundError:
                return False

    def _sign_with(self, key: Path) -> None:
        from autoresume.store.signing import SIZE, SignedFiles, signer_from

        signer = signer_from(key)
        self._hashing = signer.hashing
        self._manifests = SignedFiles(self._place, signer)
        self._signed = SIZE

    @property
    def key(self) -> str:
        """The name of the run."""
        return self._key

    @property
    def folder(self) -> Path:
        """The absolute path of the run's folder, where the store is a folder."""
        return Path(self._where)

    def lock(self) -> None:
        """Keep other processes off the run until `unlock` or the end of this process.

        Raises: RunLocked naming the process that has the run; StoreError.
        """
        if self._is_copy:
            return  # the parent has it
        with store_errors(f"lock the run in {self._where}"):
            self._lock.acquire()
            # Whoever holds the lock is the only one to write, so these are a dead process's.
            self._remove(self._contents().temporary)

    def unlock(self) -> None:
        """Let other processes work on the run. Raises: StoreError."""
        # They may start it over.
        self._generation = None
        self._place.wait_for_room()
        with store_errors(f"unlock the run in {self._where}"):
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
        self.wait_for_verification()
        with store_errors(f"save a snapshot in {self._where}"):
            contents = self._contents()
            generation = self._next_generation(contents)
            number = max((entry.number for entry in contents.of(generation)), default=0) + 1
            with self._sharing():
                name = f"{generation:04d}-{number:08d}.snapshot"
                manifest = self._write_chunks(name, meta, [data, *buffers])
                self._manifests.create(f"{self._key}/{name}", encoded(manifest))
            self._generation = generation
            self._prune()
            if self._is_copy:
                self._place.wait_for_room()  # its end would take the time, and is waited for
        return number

    def load(
        self,
        warn: Callable[[str], None],
        number: int | None = None,
        on_damage: Callable[[str], None] | None = None,
    ) -> Snapshot | None:
        """Read the newest intact snapshot; `warn` gets a line for each damaged one before it.

        With `number` it is that one and no other. None when there is no snapshot or the run is
        finished. With `on_damage`, what is large is verified while the program is running, if
        nobody has touched it since it was written. Where it is damaged nevertheless, `on_damage`
        is called with a line, in another thread, and nothing can be saved any more; the next
        `load` skips the snapshot.

        Raises: StoreError when there are snapshots and none is intact, when there is none of this
        number, or for one written by a newer autoresume.
        """
        entries = self._current()
        if number is not None:
            there = ", ".join(str(entry.number) for entry in entries) or "none"
            entries = [entry for entry in entries if entry.number == number]
            if not entries:
                raise StoreError(f"there is no snapshot {number} in {self._where}, only {there}")
        for entry in reversed(entries):
            try:
                header, (data, *buffers) = self._read(entry, on_damage)
            except (DamagedError, OSError) as error:
                self._damaged.add(entry.name)
                warn(f"skipping the damaged snapshot {self._where}/{entry.name}: {reason(error)}")
            else:
                return Snapshot(entry.number, header.meta, data, buffers)
        if entries:
            raise StoreError(
                f"none of the {len(entries)} snapshots in {self._where} is intact; "
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
            with suppress(DamagedError, OSError):
                header = self._header(entry)
                self._check_readable(header)
                return header.meta
        return None

    def serve_parent(self) -> None:
        """Save for the process that this one was forked from, which has the lock and waits."""
        self._is_copy = True

    def saved_by_copy(self, number: int) -> None:
        """Take note of the snapshot that a forked copy of this process has saved."""
        # Where it is gone by now, it just cannot be built upon.
        with suppress(StoreError, OSError):
            contents = self._contents()
            self._generation = self._next_generation(contents)
            there = contents.of(self._generation)
            ours = [one for one in there if one.number == number or one in self._copied]
            self._copied = ours[-_COPIED:]
        self._is_first = False

    def restart(self) -> None:
        """Start the run over; its old snapshots stay until the next `save` has succeeded.

        Until then they are what another process would load.

        Raises: StoreError, RunLocked.
        """
        self.lock()
        with store_errors(f"restart the run in {self._where}"):
            self._generation = self._contents().generation() + 1

    def finish(self) -> None:
        """Record that the run ended well; its snapshots go. Raises: StoreError, RunLocked."""
        self.lock()
        self.wait_for_verification()
        with store_errors(f"finish the run in {self._where}"):
            contents = self._contents()
            generation = self._next_generation(contents)
            self._write(f"{generation:04d}.finished", [])
            self._generation = generation
            self._prune()
            self._place.wait_for_room()

    def delete(self) -> None:
        """Remove all traces of the run, and unlock it. Raises: StoreError, RunLocked."""
        self.lock()
        with store_errors(f"remove {self._where}"):
            self._remove(entry.name for entry in self._contents().snapshots)
            self._collect()
            self._place.remove_folder(self._key)
        self.unlock()

    @property
    def finished(self) -> bool:
        """Whether the run ended well and was not started over since. Raises: StoreError."""
        with store_errors(f"read {self._where}"):
            contents = self._contents()
        return (self._generation or contents.generation()) in contents.finished

    # -- files -----------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return f"{self._place}/{self._key}"

    def _write(self, name: str, pieces: Sequence[bytes]) -> None:
        self._place.write(f"{self._key}/{name}", pieces)

    def _remove(self, names: Iterable[str]) -> None:
        self._place.remove(f"{self._key}/{name}" for name in names)

    def _header(self, entry: Entry) -> Header:
        return header_of(self._manifests, f"{self._key}/{entry.name}", entry.size)

    def _read(
        self, entry: Entry, on_damage: Callable[[str], None] | None
    ) -> tuple[Header, list[memoryview]]:
        with self._manifests.open(f"{self._key}/{entry.name}") as file:
            header = read_header(file, entry.size, f"{self._where}/{entry.name}")
            self._check_readable(header)
            if header.version == WITHOUT_MANIFEST:
                from autoresume.store import version1

                return header, version1.sections(file, header)
            manifest = decoded(header, memoryview(file.read()))
        if manifest.hashing != self._hashing.name:
            raise DamagedError(f"its chunks are named by {manifest.hashing!r}")
        may_trust = on_damage is not None and not self._signed
        lazily = may_trust and entry.damaged not in self._contents().damaged
        from autoresume.store.loading import load_sections

        loaded = load_sections(
            manifest, self._pack, self._hashing, lazily=lazily, readers=self._place.readers
        )
        if loaded.check and on_damage:
            failed = partial(self._found_damage, entry, on_damage)
            self._verification = Verification(loaded.check, failed)
        self._loaded = manifest
        return header, loaded.sections

    def _check_readable(self, header: Header) -> None:
        if header.signed and not self._signed:
            raise StoreError(
                f"the snapshots in {self._where} are signed: name the file that holds the key "
                "with --sign-key or $AUTORESUME_SIGN_KEY"
            )

    def _found_damage(self, entry: Entry, on_damage: Callable[[str], None], reason: str) -> None:
        with suppress(OSError):
            self._write(entry.damaged, [])
        on_damage(f"the snapshot {self._where}/{entry.name} is damaged: {reason}")

    def wait_for_verification(self) -> None:
        """Let nothing become durable that comes of a damaged snapshot. Raises: StoreError."""
        if self._verification:
            try:
                self._verification.wait()
            except DamagedError as error:
                raise StoreError(f"the run came from a damaged snapshot: {error}") from error

    def _pack(self, name: str) -> PackReader:
        return self._place.pack(f"{PACKS}/{name}")

    def _current(self) -> list[Entry]:
        with store_errors(f"read {self._where}"):
            return self._current_of(self._contents())

    def _current_of(self, contents: Contents) -> list[Entry]:
        generation = self._generation or contents.generation()
        return [] if generation in contents.finished else contents.of(generation)

    def _next_generation(self, contents: Contents) -> int:
        generation = self._generation or contents.generation()
        return generation + 1 if generation in contents.finished else generation

    def _contents(self) -> Contents:
        return Contents.of_files(self._place.sizes(self._key))

    # -- chunks ----------------------------------------------------------------------------------

    @cached_property
    def _shares(self) -> bool:
        return self._place.can_share

    def _sharing(self) -> AbstractContextManager[None]:
        """Keep packs from being removed that are about to be named."""
        return self._place.sharing() if self._shares else nullcontext()

    @cached_property
    def _prefix(self) -> str:
        """How the names of this run's packs begin."""
        return blake2b(self._key.encode(), digest_size=8).hexdigest() + "-"

    def _write_chunks(
        self, snapshot: str, meta: Mapping[str, Any], sections: Sequence[ReadableBuffer]
    ) -> Manifest:
        from autoresume.store.saving import NewPack, save_sections  # here, because it takes a while

        if self._is_first and sum(memoryview(one).nbytes for one in sections) >= _WORTH_SHARING:
            self._learn()
        self._use_earlier()
        self._known.look_at(self._packs() if self._shares else self._own_packs())
        name = f"{self._prefix}{os.urandom(8).hex()}.pack"
        pack = NewPack(name, partial(self._place.new_pack, f"{PACKS}/{name}"))
        saved = save_sections(
            sections, pack, self._known, self._pack, self._hashing, self._compressor, Cut()
        )
        return Manifest(
            meta,
            *saved,
            time.time(),
            hashing=self._hashing.name,
            name=f"{self._key}/{snapshot}",
            signed=self._signed,
        )

    def _use_earlier(self) -> None:
        """Take note of the snapshots that were loaded, and saved by copies.

        Neither a resume has time for that, nor a process that a copy works for.
        """
        if self._loaded:
            self._known.use(self._loaded)
            self._loaded = None
        for entry in self._copied:
            with suppress(DamagedError, StoreError, OSError):
                name = f"{self._key}/{entry.name}"
                self._known.use(manifest_of(self._manifests, name, entry.size))
        self._copied = []

    def _packs(self) -> Mapping[str, int]:
        """Return the packs of the store, and their sizes."""
        try:
            return self._place.sizes(PACKS)
        except FileNotFoundError:
            return {}

    def _learn(self) -> None:
        """Look for chunks in the newest snapshots of this run, and of others."""
        runs = self._place.folders()[:_OTHERS] if self._shares else [self._key]
        for run in runs:
            found = self._place.sizes(run)
            for name in sorted(filter(SNAPSHOT.fullmatch, found))[-1:]:
                with suppress(DamagedError, StoreError, OSError):
                    manifest = manifest_of(self._manifests, f"{run}/{name}", found[name])
                    if manifest.hashing == self._hashing.name:
                        self._known.learn(manifest)

    # -- retention -------------------------------------------------------------------------------

    def _prune(self) -> None:
        """Remove what the newest file in the folder, which is durable, has made useless."""
        contents = self._contents()
        newest = contents.generation()
        current = [entry for entry in self._current_of(contents) if entry.name not in self._damaged]
        times = {entry.number: self._known_header(entry).time for entry in current}
        numbers = self._retention.kept(times, time.time())
        kept = [entry for entry in current if entry.number in numbers]
        gone = [entry for entry in contents.snapshots if entry not in kept]
        unused = self._packs_of(gone) - self._packs_of(kept)
        self._remove(entry.name for entry in gone)
        self._remove(contents.damaged - {entry.damaged for entry in kept})
        self._remove(name for number, name in contents.finished.items() if number != newest)
        if unused or self._is_first:
            self._collect()
        self._is_first = False

    def _packs_of(self, entries: Iterable[Entry]) -> set[str]:
        return {pack for entry in entries for pack in self._known_header(entry).packs}

    def _known_header(self, entry: Entry) -> Header:
        if entry.name not in self._headers:
            try:
                self._headers[entry.name] = self._header(entry)
            except (DamagedError, IsADirectoryError):
                self._headers[entry.name] = NOTHING
        return self._headers[entry.name]

    def _collect(self) -> None:
        if not self._shares:
            with suppress(StoreError):
                collect(self._place, self._own_packs().keys() - self._lent, [self._key])
            return
        with self._place.alone() as alone:
            if alone:
                collect(self._place, self._packs(), self._place.folders())

    def _own_packs(self) -> Mapping[str, int]:
        return {n: size for n, size in self._packs().items() if n.startswith(self._prefix)}

    @cached_property
    def _lent(self) -> set[str]:
        """The packs that snapshots of other runs need: they were copied from where runs share.

        Here there will be no more of them, since nobody uses the packs of others.
        """
        return needed_by(self._place, [run for run in self._place.folders() if run != self._key])
