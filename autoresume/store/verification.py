"""Verifying in the background what was mapped without a look at it."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from contextlib import suppress

from autoresume.store.format import DamagedError

_HEAD_START = 0.1
"""Seconds for the program to go on: until then the two would wait for each other's turns."""


class Verification:
    """A thread that calls `check` and, if that finds damage, `failed` with the reason."""

    def __init__(self, check: Callable[[], None], failed: Callable[[str], None]) -> None:
        self._damage: DamagedError | None = None
        self._running = _thread.allocate_lock()
        self._running.acquire()
        self._begin = _thread.allocate_lock()
        self._begin.acquire()
        # A bare thread: one of `threading` would be visible to the program.
        _thread.start_new_thread(self._run, (check, failed))

    def wait(self) -> None:
        """Wait for its end. Raises: DamagedError, where `failed` has returned."""
        with suppress(RuntimeError):  # it has begun
            self._begin.release()
        with self._running:
            if self._damage:
                raise self._damage

    def _run(self, check: Callable[[], None], failed: Callable[[str], None]) -> None:
        self._begin.acquire(timeout=_HEAD_START)
        try:
            check()
        except (DamagedError, OSError) as error:
            self._damage = DamagedError(reason(error))
            failed(str(self._damage))
        finally:
            self._running.release()


def reason(error: Exception) -> str:
    """Return why something cannot be read, as half a sentence."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
