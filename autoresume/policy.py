"""When to take a snapshot."""

from __future__ import annotations

import _thread
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

SHORTEST_INTERVAL = 1.0
"""Seconds between snapshots, at least, where the user gives neither a count nor a time."""

SHORTEST_RETRY = 0.01
"""Seconds between tries, at least, where no snapshot could be taken at a boundary."""

COST_FACTOR = 50
"""By default a snapshot is due no sooner than after this many times what the last one took."""


@dataclass
class Policy:
    """Decides at which boundaries a snapshot is taken.

    ``every_count``: at every so many-th boundary. ``every_seconds``: at the first boundary after
    so many seconds. With neither, as often as keeps their cost below 2 % of the time. ``set_due``
    is called with False when boundaries need not ask for a while, and with True when they must.
    """

    every_count: int | None
    every_seconds: float | None
    set_due: Callable[[bool], None]
    passed: int = 0
    _deadline: float = field(default=0.0, init=False)
    _owed: bool = field(default=False, init=False)
    _has_tried: bool = field(default=False, init=False)

    def start(self, *, resumed: bool) -> None:
        """Begin to count, or to wait; by default a fresh run's first snapshot is due at once."""
        self.passed = 0
        if self.every_seconds is not None or (resumed and self.every_count is None):
            self._wait(self.every_seconds or SHORTEST_INTERVAL)

    def is_due(self) -> bool:
        """Called at each boundary that asks: whether to take a snapshot here."""
        if self.every_count is not None and not self._owed:
            self.passed += 1
            return self.passed % self.every_count == 0
        return time.monotonic() >= self._deadline

    def taken(self, cost: float) -> None:
        """A snapshot was taken, and took ``cost`` seconds."""
        self._owed = False
        if self.every_count is None:
            self._wait(self.every_seconds or max(SHORTEST_INTERVAL, COST_FACTOR * cost))

    def missed(self, cost: float) -> None:
        """None could be taken, which took ``cost`` seconds: one is due at a boundary soon.

        The first try costs more than all others, for which it has prepared what they need.
        """
        self._owed = True
        self._wait(max(SHORTEST_RETRY, COST_FACTOR * cost if self._has_tried else 0.0))
        self._has_tried = True

    def _wait(self, seconds: float) -> None:
        self._deadline = deadline = time.monotonic() + seconds
        self.set_due(False)
        # A bare thread: one of `threading` would be visible to the program.
        # It must not keep the program's globals alive when Python ends.
        _thread.start_new_thread(_wake, (weakref.ref(self), deadline))

    def is_waiting_for(self, deadline: float) -> bool:
        """Whether no snapshot was taken since the wait for ``deadline`` began."""
        return deadline == self._deadline


def _wake(policy: weakref.ref[Policy], deadline: float) -> None:
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(left)
    found = policy()
    if found is not None and found.is_waiting_for(deadline):
        found.set_due(True)
