"""One process at a time works on a run, wherever its folder lies: leases, which run out.

    RUN/lease-0007   who has the run, and a count that goes up as long as that process lives

A lock of the kernel (`autoresume.store.locks`) keeps out the processes that the same kernel, or
the server of the folder, gives locks to. It says nothing where locks stay on their machine (sshfs,
shared folders of virtual machines, NFS without lockd) or where there are none (object stores).
There the lease decides:

- Where the holder runs on this machine, one can see whether it does. If not, or if it would have
  to hold the lock that we hold, the run is taken over at once.
- Of another machine nothing is known but the count. Who has seen it stand still for the time of
  the lease, by a clock of its own, takes the run over: clocks are not compared, nor set ones used.
- The highest number counts. Taking over is to create the next one, which one process can; the
  lower ones are removed then. A holder that has been asleep meanwhile finds a higher number, and
  does not become the holder again by writing to its own file.
- The holder looks before each snapshot whether it still has the run, and never gets it back.

The number is what M. Kleppmann calls a fencing token (How to do distributed locking, 2016).
"""

from __future__ import annotations

import _thread
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep, strftime

from xxhash import xxh3_64_hexdigest

from autoresume import console
from autoresume.errors import RunLocked, StoreError
from autoresume.store.locks import RunLock, boot_id
from autoresume.store.places import Place
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = re.compile(r"lease-(\d+)")
_BEATS = 6
"""So often a holder renews its lease in the time of the lease."""
_LOOKS = 30
"""So often somebody who waits looks at it in that time, at least."""
_SIZE = 1024
"""Of the file, in bytes: what is written over it is as long, so that half a write does no harm."""
_LONGEST = 3600.0
"""Seconds of a lease, at most: a longer time is a mistake."""
_TRIES = 10

# The tokens of the leases that a process has, and that process.
_holders: dict[str, int] = {}


class Process(NamedTuple):
    """A process, as far as others can recognise it."""

    host: str
    boot: str
    """The start of its machine, or the machine where the system has no name for that."""
    namespace: str
    """Where its number counts: containers number their processes by themselves."""
    pid: int
    started: str
    """When it was started, as its system says it: numbers are given out again. '' is unknown."""

    def is_alive(self, here: Process) -> bool | None:
        """Whether it is running, seen from the process `here`; None where one cannot tell."""
        if (self.boot, self.namespace) != (here.boot, here.namespace):
            return None
        state, started = _state_of(self.pid)
        if state:
            return started == self.started and state not in "ZX"
        return None if _exists(self.pid) else False


class Holder(NamedTuple):
    """What a lease says."""

    process: Process
    since: str
    token: str
    """What no other lease has."""
    seconds: float
    """The time of the lease."""
    reach: str | None
    """What the lock keeps out that the process holds; None where it holds none."""
    beat: int = 0
    released: bool = False

    def __str__(self) -> str:
        process = self.process
        return console.printable(f"process {process.pid} on {process.host} since {self.since}")

    def encoded(self, run: str) -> bytes:
        """Return the content of the file: JSON, and a checksum that is right for this run only."""
        fields = {**self._asdict(), "process": self.process._asdict()}
        text = json.dumps(fields).encode()
        return (text + b"\n" + _checksum(run, text)).ljust(_SIZE - 1) + b"\n"


def decoded(content: bytes, run: str) -> Holder | None:
    """Return what the file of a lease says; None where that cannot be read."""
    text, _, checksum = content.partition(b"\n")
    if checksum.strip() != _checksum(run, text):
        return None
    try:
        fields: dict[str, Any] = json.loads(text)
        holder = Holder(**{**fields, "process": Process(**fields["process"])})
        valid = 0 < holder.seconds <= _LONGEST and 0 < holder.process.pid < 1 << 31
    except (ValueError, TypeError, KeyError):
        return None
    return holder if valid else None


def _checksum(run: str, text: bytes) -> bytes:
    return xxh3_64_hexdigest(run.encode() + b"\n" + text).encode()


class Seen(NamedTuple):
    """A lease as it was found; the number is 0 where there is none."""

    number: int
    content: bytes = b""
    holder: Holder | None = None
    """What it says; None where that cannot be read."""

    @property
    def is_free(self) -> bool:
        """Whether nobody has the run, or the last one has given it back."""
        return not self.number or (self.holder is not None and self.holder.released)

    def __str__(self) -> str:
        return str(self.holder) if self.holder else "another process, whose lease cannot be read"


def newest_lease(place: Place, run: str) -> Seen:
    """Read the lease that counts. Raises: OSError."""
    for _ in range(_TRIES):
        found = map(_NAME.fullmatch, place.sizes(run))
        number = max((int(match[1]) for match in found if match), default=0)
        if not number:
            return Seen(0)
        # It may have gone meanwhile: then there is a higher one.
        with suppress(FileNotFoundError), place.open(f"{run}/{_name(number)}") as file:
            content = file.read()
            return Seen(number, content, decoded(content, run))
    raise FileNotFoundError("the files of leases come and go")


class Lease:
    """The lease of the run called `run`, in a place; not for several threads.

    `lock` is the lock of the run, where the place has locks: it is taken as well. The class
    attribute `seconds` is the time of new leases.
    """

    seconds = 60.0
    # A beat every 10 s is next to no work, and what others see of it may be 20 s old (sshfs's
    # cache). The rest is for a holder that is busy in C code, for a slow network, and for a store
    # that cannot be written for a moment.

    def __init__(self, place: Place, run: str, lock: RunLock | None = None) -> None:
        self._place = place
        self._run = run
        self._lock = lock
        self._number = 0
        self._holder: Holder | None = None
        self._owner = 0
        self._lost: RunLocked | None = None
        self._stop = self._writing = _thread.allocate_lock()

    @property
    def held(self) -> bool:
        """Whether this process, not one that it was forked from, took the lease."""
        return self._owner == os.getpid()

    def acquire(self) -> None:
        """Take the lease, or make sure of it where it is held.

        This may wait until the lease of a process on another machine has run out. Once it was
        lost to another process it stays so until `release`.

        Raises: RunLocked naming the holder; StoreError where the store is gone; OSError.
        """
        if self._lost:
            raise self._lost
        if self.held:
            self._make_sure()
            return
        if self._lock:
            self._lock.acquire()
        try:
            self._take()
        except BaseException:
            if self._lock:
                self._lock.release()
            raise

    def release(self) -> None:
        """Give the lease back, if this process has it. Raises: OSError."""
        self._lost = None
        if not self.held:
            return
        # Where the place does not let us, others see that we are gone, or wait.
        with suppress(OSError, StoreError), self._writing:
            if self._is_ours(self._newest()):
                self._write(released=True)
        self._let_go()

    def _let_go(self) -> None:
        assert self._holder
        self._owner = 0
        del _holders[self._holder.token]
        self._stop.release()
        self._stop = _thread.allocate_lock()
        if self._lock:
            self._lock.release()

    # -- to take it ------------------------------------------------------------------------------

    def _take(self) -> None:
        here = this_process()
        seen = self._newest()
        if not self._can_be_had(seen, here):
            self._wait_for(seen)
        self._claim(seen.number + 1, here)

    def _can_be_had(self, seen: Seen, here: Process) -> bool:
        """Whether it can be had at once. Raises: RunLocked where the holder is known to live."""
        holder = seen.holder
        if seen.is_free:
            return True
        if holder is None:
            # What is damaged says nothing. Where the lock is heard of everywhere, it decides.
            return self._lock is not None and self._lock.reaches_all
        if holder.process == here:
            if _holders.get(holder.token) == here.pid:
                raise self._locked(f"in this process, {here.pid}")
            return True
        is_alive = holder.process.is_alive(here)
        if is_alive:
            raise self._locked(seen)
        reach = self._lock and self._lock.reach
        return is_alive is False or (reach is not None and reach == holder.reach)

    def _wait_for(self, seen: Seen) -> None:
        """Wait until a lease runs out. Raises: RunLocked when its holder shows itself; OSError."""
        seconds = seen.holder.seconds if seen.holder else self.seconds
        console.say(
            f"run {self._run} may be in progress: {seen}; "
            f"waiting {seconds:.0f} s for a sign of that process"
        )
        start = monotonic()
        while (waited := monotonic() - start) < seconds:
            sleep(min(seconds / _LOOKS, seconds - waited, 1.0))
            now = self._newest()
            if now.number == seen.number and now.is_free:
                return
            if now != seen:
                raise self._locked(now)

    def _claim(self, number: int, here: Process) -> None:
        since = strftime("%Y-%m-%d %H:%M:%S%z")
        reach = self._lock.reach if self._lock else None
        self._number = number
        self._holder = Holder(here, since, os.urandom(16).hex(), self.seconds, reach)
        self._create()
        self._owner = os.getpid()
        _holders[self._holder.token] = self._owner
        with suppress(OSError, StoreError):  # those do not count any more
            self._remove_older()
        self._begin_to_renew()

    def _create(self) -> None:
        assert self._holder
        content = self._holder.encoded(self._run)
        try:
            self._place.create(self._path(self._number), [content], durable=False)
        except (FileExistsError, FileNotFoundError):
            # Who has the run removes what others were writing.
            if self._newest().number < self._number:
                raise
            raise self._locked("another process has just started on it") from None

    def _remove_older(self) -> None:
        found = map(_NAME.fullmatch, self._place.sizes(self._run))
        older = [match[0] for match in found if match and int(match[1]) < self._number]
        self._place.remove(f"{self._run}/{name}" for name in older)

    def _locked(self, who: Seen | str) -> RunLocked:
        return RunLocked(f"run {self._run} is in progress: {who}")

    # -- to keep it ------------------------------------------------------------------------------

    def _make_sure(self) -> None:
        try:
            if self._lock:
                self._lock.acquire()
            self._confirm()
        except RunLocked as error:
            self._lost = error
            self._let_go()
            raise

    def _confirm(self) -> None:
        with self._writing:
            seen = self._newest()
            if not seen.number:
                self._create()  # somebody has removed the file
            elif seen.number == self._number and seen.holder is None:
                self._write()  # what was in it is damaged
            elif not self._is_ours(seen):
                raise RunLocked(
                    f"run {self._run} was taken over by {seen}, when this process had not been "
                    "heard of for a while; this one ends, so that the two do not mix"
                )

    def _is_ours(self, seen: Seen) -> bool:
        assert self._holder
        is_ours = seen.holder is not None and seen.holder.token == self._holder.token
        return seen.number == self._number and is_ours

    def _begin_to_renew(self) -> None:
        self._stop, self._writing = _thread.allocate_lock(), _thread.allocate_lock()
        self._stop.acquire()
        # A bare thread: one of `threading` would be visible to the program. It ends with the
        # process, and forked children have none. Where no thread can be had, the lease runs out.
        with suppress(RuntimeError), _no_signals():
            _thread.start_new_thread(self._renew, (self._stop, self._writing))

    def _renew(self, stop: _thread.LockType, writing: _thread.LockType) -> None:
        while not stop.acquire(timeout=self.seconds / _BEATS):
            # Where the place lets nobody write or cannot be reached, the next beat may do.
            with suppress(OSError, StoreError), writing:
                if self._stop is not stop or not self._is_ours(self._newest()):
                    return
                self._write()

    def _write(self, *, released: bool = False) -> None:
        assert self._holder
        self._holder = self._holder._replace(beat=self._holder.beat + 1, released=released)
        self._place.overwrite(self._path(self._number), self._holder.encoded(self._run))

    # -- files -----------------------------------------------------------------------------------

    def _newest(self) -> Seen:
        return newest_lease(self._place, self._run)

    def _path(self, number: int) -> str:
        return f"{self._run}/{_name(number)}"


def _name(number: int) -> str:
    return f"lease-{number:04d}"


def this_process() -> Process:
    """Return what others can recognise this process by."""
    host, pid = os.uname().nodename, os.getpid()
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return Process(host, boot_id(), namespace, pid, _state_of(pid)[1])


def _state_of(pid: int) -> tuple[str, str]:
    """Return the state and the start of a process, empty where one cannot see them."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], fields[19]  # from the third field of `man 5 proc_pid_stat` on


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextmanager
def _no_signals() -> Iterator[None]:
    """Have threads that are started meanwhile get no signals: the program may wait for some."""
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
