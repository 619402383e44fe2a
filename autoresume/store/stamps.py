"""Whether the time of a file tells of each change.

Kernels stamp a file that is changed with the time of their last tick; ticks are 1 to 10 ms apart.
Changed twice between two of them, a file has the same time as before.
"""

from __future__ import annotations

import sys
import time

from autoresume.store.locks import OF_ONE_MACHINE

TICK = 15_000_000
"""Nanoseconds, more than a tick takes."""
_COARSE = 5
"""`CLOCK_REALTIME_COARSE` of Linux: the time of the last tick, which files are stamped with."""
_MULTIGRAIN = frozenset({"btrfs", "ext4", "tmpfs", "xfs"})
"""File systems that give a file that was looked at a time of its own when it is changed again
within a tick: from Linux 6.13 on (Documentation/filesystems/multigrain-ts.rst)."""
_COARSEST = 1_000_000
"""Some file systems keep seconds or hundredths: the time of nearly no file is such by chance."""


def is_settled(changed: int, system: str) -> bool:
    """Whether a file that was last changed then, and looked at, gets another time by a change now.

    `changed` is its ctime in nanoseconds, `system` the kind of its file system.
    """
    if sys.platform != "linux" or system not in OF_ONE_MACHINE:
        return changed <= time.time_ns() - TICK  # the clock of another machine, perhaps
    tick = time.clock_gettime_ns(_COARSE)
    # Before Linux 6.13 no time is ahead of the tick.
    is_own = changed > tick and system in _MULTIGRAIN
    return bool(changed % _COARSEST) and (changed < tick or is_own)
