"""Boundaries at which no snapshot could be taken, for runs that go on without it."""

from __future__ import annotations

import time

from autoresume import console
from autoresume.transforms.records import field, record

PATIENCE = 10.0
"""Seconds without a snapshot after which the user is told; twice as many each further time."""


@record
class Misses:
    """Tells the user why there is no snapshot, once it takes long."""

    patience: float = PATIENCE
    reason: str | None = None
    _since: float = field(default_factory=time.monotonic)

    def add(self, reason: str) -> None:
        """No snapshot could be taken; the first reason of several is the one that is told."""
        self.reason = self.reason or reason
        waited = time.monotonic() - self._since
        if waited >= self.patience:
            console.warn(f"no snapshot could be taken for {waited:.0f} s: {self.reason}")
            self.patience = 2 * waited

    def end(self) -> None:
        """A snapshot was taken."""
        self.reason = None
        self._since = time.monotonic()
