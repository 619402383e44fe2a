"""When to take a snapshot.

A schedule belongs to the boundaries that share a flag: those of a loop that is marked with
``every=``, or all others. It clears the flag while there is nothing to do, so that boundaries cost
nothing, and sets it when a snapshot is due. All times are seconds of a clock that nobody sets.
"""

from __future__ import annotations

import _thread
import math
import weakref
from collections import deque
from collections.abc import Callable
from time import monotonic, sleep

from autoresume.transforms.every import Every
from autoresume.transforms.records import NamedTuple, field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object

MAX_OVERHEAD = 0.02
"""The part of the time that snapshots take at most where the user has not said otherwise.

Tries that give no snapshot take no more either, whatever the schedule.
"""

PLANNED = 0.7
"""The part of a bound that is planned for. The rest is for snapshots that take longer than
expected, and for what they cost beside their own time, such as caches that they empty: about a
quarter of it where a program works on arrays that are larger than these."""

SHORTEST_INTERVAL = 1.0
"""Seconds between snapshots, at least, where the user gives neither a count nor a time."""

SHORTEST_RETRY = 0.01
"""Seconds between tries, at least, where no snapshot could be taken at a boundary."""

LONGEST_RETRY = 300.0
"""Seconds between tries, at most, where snapshots cannot be written."""

WRITE_SETUP, WRITE_RATE = 0.01, 500e6
"""Seconds, and bytes per second, that a write is taken to need before one has been measured."""

CAPTURE_SETUP, CAPTURE_RATE = 0.005, 50e6
"""The same for a capture, whose bytes are those of objects: arrays are not copied."""


class Clock:
    """Monotonic time: neither corrections of the wall clock nor a suspended machine matter, and no
    program that puts functions of its own into `time`."""

    def now(self) -> float:
        """The time in seconds."""
        return monotonic()

    def wake(self, schedule: Schedule, deadline: float) -> None:
        """Have the schedule woken at a time; raises RuntimeError where that is not possible."""
        # A bare thread: one of `threading` would be visible to the program.
        # It must not keep the program's globals alive when Python ends.
        _thread.start_new_thread(_wake, (weakref.ref(schedule), deadline))


def _wake(schedule: weakref.ref[Schedule], deadline: float) -> None:
    while (left := deadline - monotonic()) > 0:
        sleep(left)
    found = schedule()
    if found is not None:
        found.woken(deadline)


def daly_interval(cost: float, mtbf: float) -> float:
    """The time to work between two snapshots that take ``cost`` seconds each, so that least is
    lost to them and to failures that come every ``mtbf`` seconds in the mean.

    Source: J. T. Daly, A higher order estimate of the optimum checkpoint interval for restart
    dumps, Future Generation Computer Systems 22 (2006) 303-312.
    """
    if cost >= 2 * mtbf:
        return mtbf
    ratio = cost / (2 * mtbf)
    return math.sqrt(2 * cost * mtbf) * (1 + math.sqrt(ratio) / 3 + ratio / 9) - cost


@record
class Costs:
    """What the last snapshots took, and what the next one is expected to take, in seconds."""

    estimate: float = CAPTURE_SETUP + WRITE_SETUP
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=5))
    has_captured: bool = False

    @property
    def expected(self) -> float:
        """The lower median, which a single slow one does not move; an estimate before the first."""
        if not self.recent:
            return self.estimate
        return sorted(self.recent)[(len(self.recent) - 1) // 2]

    def loading(self, cost: float, size: int) -> float:
        """The part of a capture that no later one will take; 0 but for the first.

        That one loads what all of them need. It took ``cost`` seconds, for ``size`` bytes of
        objects.
        """
        is_first, self.has_captured = not self.has_captured, True
        return max(cost - (CAPTURE_SETUP + size / CAPTURE_RATE), 0.0) if is_first else 0.0


class Schedule:
    """Decides at which of the boundaries that share a flag a snapshot is taken.

    ``set_due`` is called with False when they need not ask for a while, with True when they must.
    """

    def __init__(self, set_due: Callable[[bool], None], clock: Clock, costs: Costs) -> None:
        self._set_due = set_due
        self._clock = clock
        self._costs = costs
        self._deadline = -math.inf
        self._tries_again = False
        self._has_missed = False
        self._failures = 0
        self.is_demanded = False

    def start(self) -> None:
        """Begin to count, or to wait."""

    def is_due(self) -> bool:
        """Called at each boundary that asks: whether to take a snapshot here."""
        return self._clock.now() >= self._deadline

    def loading(self, cost: float, size: int) -> float:
        """The seconds of a capture that are not part of its cost; see `Costs.loading`."""
        return self._costs.loading(cost, size)

    def may_write(self, cost: float, size: int) -> bool:
        """Whether to write what took ``cost`` seconds to capture and has ``size`` bytes."""
        return True

    def taken(self, cost: float) -> None:
        """A snapshot was taken, and took ``cost`` seconds."""
        self._tries_again, self._failures = False, 0
        self._costs.recent.append(cost)

    def missed(self, cost: float) -> None:
        """None could be captured, which took ``cost`` seconds: one is due at a boundary soon.

        The first try costs more than all others, for which it has prepared what they need.
        """
        self._try_again(SHORTEST_RETRY, cost if self._has_missed else 0.0)
        self._has_missed = True

    def failed(self, cost: float) -> bool:
        """None could be written, which took ``cost`` seconds: one is due after a while.

        The while gets longer, as long as it lasts. Returns whether it is time to say so again.
        """
        self._failures += 1
        self._try_again(min(2.0 ** (self._failures - 1), LONGEST_RETRY), cost)
        return self._failures & (self._failures - 1) == 0

    def postpone(self) -> None:
        """The last snapshot is still being written: ask again soon."""
        self._tries_again = True
        self._wait(self._clock.now() + SHORTEST_RETRY)

    def is_due_after(self, cost: float) -> bool:
        """Whether one is due though the last one took ``cost`` seconds more, in the background."""
        if self._costs.recent:
            self._costs.recent[-1] += cost
        return True

    def demand(self) -> None:
        """Have a snapshot taken at the very next boundary, or the first where it can be.

        It may be called at any time by the thread that comes to the boundaries.
        """
        self.is_demanded = True
        self._deadline = -math.inf
        self._set_due(True)

    def woken(self, deadline: float) -> None:
        """A wait is over; a newer one may have begun since."""
        if deadline == self._deadline:
            self._set_due(True)

    def _try_again(self, wait: float, cost: float) -> None:
        self._tries_again = True
        if self.is_demanded:
            self._wait(self._clock.now() + max(SHORTEST_RETRY, cost))
        else:
            self._wait(self._clock.now() + max(wait, cost / MAX_OVERHEAD))

    def _wait(self, deadline: float) -> None:
        was_demanded = self.is_demanded
        self._deadline = deadline
        self._set_due(False)
        try:
            self._clock.wake(self, deadline)
        except RuntimeError:  # no thread can be started: let all boundaries ask
            self._set_due(True)
        if self.is_demanded and not was_demanded:  # by a signal, in between
            self.demand()


class Counted(Schedule):
    """At every so many-th boundary."""

    def __init__(
        self, count: int, set_due: Callable[[bool], None], clock: Clock, costs: Costs
    ) -> None:
        super().__init__(set_due, clock, costs)
        self._count = count
        self._passed = 0

    def is_due(self) -> bool:
        """Count, unless there is a snapshot that should have been taken."""
        if self._tries_again or self.is_demanded:
            return super().is_due()
        self._passed += 1
        return self._passed % self._count == 0


class Timed(Schedule):
    """At the first boundary after so many seconds."""

    def __init__(
        self, seconds: float, set_due: Callable[[bool], None], clock: Clock, costs: Costs
    ) -> None:
        super().__init__(set_due, clock, costs)
        self._seconds = seconds

    def start(self) -> None:
        """Begin to wait."""
        self._wait(self._clock.now() + self._seconds)

    def taken(self, cost: float) -> None:
        """Wait for the next."""
        super().taken(cost)
        self.start()


class Budgeted(Schedule):
    """As often as a budget allows, or with ``mtbf`` seconds between failures as often as pays.

    What was spent, together with the next snapshot, is planned to be at most PLANNED times
    ``bound`` of the time that has passed; while no write has been measured, one that turns out to
    be dearer when it is due is taken if it keeps within the bound. Of the slowest snapshot so far
    only the usual is counted: a file system that hangs once does not keep a long run from being
    saved. So what was spent exceeds the budget by one snapshot at most, as long as not several are
    slow, and by one capture, where the first was slow not only for what it loaded.
    """

    def __init__(
        self,
        bound: float | None,
        mtbf: float | None,
        set_due: Callable[[bool], None],
        clock: Clock,
        costs: Costs,
    ) -> None:
        super().__init__(set_due, clock, costs)
        self._bound = bound
        self._mtbf = mtbf
        self._began = self._last = clock.now()
        self._spent = 0.0
        self._slowest = 0.0

    def resume(self) -> None:
        """The process goes on from a snapshot: nothing is lost yet."""
        self._last = self._clock.now()
        self._wait(self._next())

    def may_write(self, cost: float, size: int) -> bool:
        """Whether there is time for it; before a first write was measured, it is estimated."""
        if self._costs.recent or self.is_demanded:
            return True
        self._costs.estimate = cost + WRITE_SETUP + size / WRITE_RATE
        # What has grown since it was planned may use what is held back: else a state that grows
        # is captured again and again, and never written.
        if self._clock.now() >= self._next(planned=1.0):
            return True
        self._spent += cost
        self._wait(self._next())
        return False

    def taken(self, cost: float) -> None:
        """Wait until there is time for the next."""
        super().taken(cost)
        self._spend(cost)
        self._last = self._clock.now()
        self._wait(self._next())

    def is_due_after(self, cost: float) -> bool:
        """What a snapshot took in the background is paid for, too."""
        super().is_due_after(cost)
        self._spend(cost)
        if self.is_demanded or self._clock.now() >= self._next():
            return True
        self._wait(self._next())
        return False

    def missed(self, cost: float) -> None:
        """A try is paid for, too."""
        self._spend(cost)
        super().missed(cost)

    def failed(self, cost: float) -> bool:
        """A try is paid for, too."""
        self._spend(cost)
        return super().failed(cost)

    def _spend(self, cost: float) -> None:
        self._spent += cost
        self._slowest = max(self._slowest, cost)

    def _try_again(self, wait: float, cost: float) -> None:
        left = 0.0 if self.is_demanded else self._next() - self._clock.now()
        super()._try_again(max(wait, left), cost)

    def _next(self, planned: float = PLANNED) -> float:
        """The time from which on a snapshot is due, in that part of the bound."""
        expected = self._costs.expected
        times = [self._last + SHORTEST_INTERVAL]
        if self._bound is not None:
            spent = self._spent - max(0.0, self._slowest - expected)
            times.append(self._began + (spent + expected) / (planned * self._bound))
        if self._mtbf is not None:
            times.append(self._last + daly_interval(expected, self._mtbf))
        return max(times)


class Rules(NamedTuple):
    """What the user says about when to take snapshots.

    Either ``every``, or with none in it: ``max_overhead``, the part of the time that snapshots may
    take, and ``mtbf``, the mean time between failures in seconds. Without any, MAX_OVERHEAD holds.
    """

    every: Every = Every()
    max_overhead: float | None = None
    mtbf: float | None = None


class Flag(Protocol):
    """The flag of a loop with a schedule of its own."""

    @property
    def every(self) -> Every:
        """What its marker says."""

    def set_due(self, due: bool) -> None:
        """Tell the loop whether to ask."""


class Policy:
    """The schedules of a process: that of the run, and those that loops have of their own.

    ``set_due`` is for the loops that have none.
    """

    def __init__(
        self, rules: Rules, set_due: Callable[[bool], None], clock: Clock | None = None
    ) -> None:
        self._clock = clock or Clock()
        self._costs = Costs()
        self._own: dict[Flag, Schedule] = {}
        self._run = self._budgeted(rules, set_due) or self._given(rules.every, set_due)
        self.is_demanded = False

    @property
    def expected_cost(self) -> float:
        """The seconds that the next snapshot is expected to take."""
        return self._costs.expected

    def start(self) -> None:
        """The program has come to its first boundary."""
        self._run.start()

    def resume(self, cost: float | None) -> None:
        """The program goes on from a snapshot, which was expected to take ``cost`` seconds."""
        if cost is not None:
            self._costs.recent.append(cost)
        if isinstance(self._run, Budgeted):
            self._run.resume()
        else:
            self._run.start()

    def schedule(self, flag: Flag | None) -> Schedule:
        """The schedule of a boundary; ``flag`` is that of its loop, if it has one of its own."""
        if flag is None:
            return self._run
        if flag not in self._own:
            self._own[flag] = self._given(flag.every, flag.set_due)
            self._own[flag].start()
            if self.is_demanded:
                self._own[flag].demand()
        return self._own[flag]

    def demand(self) -> None:
        """Have a snapshot taken at the next boundary, whichever it is; see `Schedule.demand`."""
        self.is_demanded = True
        for schedule in [self._run, *self._own.values()]:
            schedule.demand()

    def _budgeted(self, rules: Rules, set_due: Callable[[bool], None]) -> Schedule | None:
        if rules.every != Every():
            return None
        bound = rules.max_overhead
        if bound is None and rules.mtbf is None:
            bound = MAX_OVERHEAD
        return Budgeted(bound, rules.mtbf, set_due, self._clock, self._costs)

    def _given(self, every: Every, set_due: Callable[[bool], None]) -> Schedule:
        if every.count is not None:
            return Counted(every.count, set_due, self._clock, self._costs)
        assert every.seconds is not None
        return Timed(every.seconds, set_due, self._clock, self._costs)
