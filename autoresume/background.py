"""Snapshots that are taken by a forked copy of the process, while the program goes on.

Forking stops the program for the time that it takes to copy the page tables: milliseconds per GiB.
Later the program pays for each page that it writes to before the copy has ended. The copy ends with
the process: what it has not finished by then would come in between with the next one's work.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress

from autoresume.errors import StoreError, Unsaveable
from autoresume.pickling import outside
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_DIE_WITH_PARENT = 1
"""`PR_SET_PDEATHSIG` of `man 2 prctl`."""

_LONGEST = 3600.0
"""Seconds after which a copy is taken to hang, for it may: locks of threads that it does not have
can be held for ever."""

_WITH_THREADS = ("torch", "jax", "cupy", "tensorflow")
"""Libraries with state that their own code captures: on devices that a copy cannot reach, or with
threads that it does not have."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


class Report(NamedTuple):
    """What has become of a snapshot: its number; or why there is none, and whose fault that is."""

    number: int = 0
    failed: str = ""
    """The store could not be written, or the copy has died."""
    unsaveable: str = ""
    """The state could not be captured."""
    is_shared: bool = False
    """The state could not be captured by a copy, since it is not in memory alone."""
    seconds: float = 0.0
    """Processor time that the copy took."""


class Copies:
    """At most one forked copy of this process that takes a snapshot.

    With `wanted`, copies are used where that is exact. `sources` are the program's modules.
    """

    def __init__(self, wanted: bool, sources: Iterable[bytes]) -> None:
        self._wanted = wanted and hasattr(os, "fork")
        # What the program does after a fork would be part of the snapshot.
        self._minds_forks = wanted and any(b"register_at_fork" in source for source in sources)
        self._captures = True
        self._child = 0
        self._pipe = -1
        self._started = 0.0

    @property
    def is_running(self) -> bool:
        """Whether there is a copy whose report was not fetched yet."""
        return self._child != 0

    def note_capture(self) -> None:
        """Take note of what this process has captured itself."""
        self._captures = not outside.reached

    def can_capture(self) -> bool:
        """Whether a copy can do all of it: the state is in memory, and nothing there has locks."""
        has_threads = any(name in sys.modules for name in _WITH_THREADS)
        return self._captures and not (self._minds_forks or has_threads) and self._can_fork()

    def can_write(self) -> bool:
        """Whether a copy can write what this process has captured."""
        return not outside.reached_memory and self._can_fork()

    def _can_fork(self) -> bool:
        # A handler of the program's would be called for a child that it does not know.
        return self._wanted and not callable(signal.getsignal(signal.SIGCHLD))

    def start(self, begin: Callable[[], None], save: Callable[[], int]) -> None:
        """Fork a copy that calls `begin` and `save`, which returns the number of the snapshot.

        Raises: OSError where no process can be made.
        """
        parent = os.getpid()
        seeded = sys.modules.get("random")
        state = seeded and seeded.getstate()
        pipe, answer = os.pipe()
        try:
            self._child = _fork()
        except BaseException:
            os.close(pipe)
            os.close(answer)
            raise
        if self._child == 0:
            outside.is_copy = True
            _work(parent, answer, begin, save, state)
        os.close(answer)
        self._pipe = pipe
        self._started = time.monotonic()

    def poll(self) -> Report | None:
        """Fetch the report of the copy; None while it is at work."""
        return self._report(0.0)

    def wait(self) -> Report:
        """Wait for the report of the copy."""
        report = self._report(_LONGEST)
        assert report is not None
        return report

    def stop(self) -> None:
        """Kill the copy, if there is one."""
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            self._reap()

    def _report(self, patience: float) -> Report | None:
        left = max(self._started + _LONGEST - time.monotonic(), 0.0)
        import select

        if not select.select([self._pipe], [], [], min(left, patience))[0]:
            if left > patience:
                return None
            self.stop()
            return Report(failed="the process that was to save it hung, and was killed")
        answer = b"".join(iter(lambda: os.read(self._pipe, 1 << 16), b""))
        status, seconds = self._reap()
        if not answer:
            return Report(failed=f"the process that was to save it has died ({status})")
        report = Report(**json.loads(answer))._replace(seconds=seconds)
        if report.is_shared:
            self._captures = False
        return report

    def _reap(self) -> tuple[str, float]:
        child, self._child = self._child, 0
        os.close(self._pipe)
        try:
            _, status, usage = os.wait4(child, 0)
        except ChildProcessError:
            return "status unknown", 0.0  # the program waits for all its children
        code = os.waitstatus_to_exitcode(status)
        told = f"status {code}" if code >= 0 else f"signal {-code}"
        return told, usage.ru_utime + usage.ru_stime


def _fork() -> int:
    with warnings.catch_warnings():
        # Threads that are gone in the copy are a danger to what takes locks. The copy runs the
        # pickler and writes files; where libraries with threads have state, it only writes.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _work(
    parent: int, answer: int, begin: Callable[[], None], save: Callable[[], int], randomness: Any
) -> NoReturn:
    """Save in the copy, and report."""
    code = 1
    try:
        _die_with(parent)
        # A signal to all processes of a terminal or a job is for the program to follow.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if randomness:
            # It seeds itself anew in every forked process.
            sys.modules["random"].setstate(randomness)
        begin()
        os.write(answer, json.dumps(_outcome(save)._asdict()).encode())
        code = 0
    finally:
        os._exit(code)


def _outcome(save: Callable[[], int]) -> Report:
    try:
        return Report(number=save())
    except outside.NotInMemory:
        return Report(is_shared=True)
    except Unsaveable as error:
        return Report(unsaveable=str(error))
    except StoreError as error:
        return Report(failed=str(error))
    except BaseException as error:
        import traceback

        return Report(failed=traceback.format_exception_only(error)[-1].strip())


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        library: Any = ctypes.CDLL(None)
        library.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
