"""When snapshots are taken: schedules by a clock that the tests set, and loops of programs."""

import time

import crash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoresume.policy import (
    CAPTURE_RATE,
    CAPTURE_SETUP,
    LONGEST_RETRY,
    MAX_OVERHEAD,
    PLANNED,
    SHORTEST_INTERVAL,
    Clock,
    Policy,
    Rules,
    daly_interval,
)
from autoresume.transforms.every import Every


class Bench(Clock):
    """A policy, its clock, its flag, and what was spent at which times."""

    def __init__(self, rules=None):
        self.time = 1000.0
        self.woken = []
        self.is_set = True
        self.taken = []
        self.spent = 0.0
        self.has_captured = False
        self.policy = Policy(rules or Rules(), self.set_due, self)

    def set_due(self, due):
        self.is_set = due

    def now(self):
        return self.time

    def wake(self, schedule, deadline):
        self.woken.append((deadline, schedule))

    def advance(self, seconds):
        """Let time pass, and the schedules be woken that have asked for it."""
        self.time += seconds
        due = [pair for pair in self.woken if pair[0] <= self.time]
        self.woken = [pair for pair in self.woken if pair[0] > self.time]
        for deadline, schedule in due:
            schedule.woken(deadline)

    def boundary(
        self, capture=0.0, write=0.0, size=0, works=True, flag=None, loading=0.0, objects=None
    ):
        """Come to a boundary; returns whether a snapshot was tried there.

        The first capture takes ``loading`` seconds more. Others take what is expected for their
        ``objects``, in bytes, unless these are given.
        """
        schedule = self.policy.schedule(flag)
        if not (self.is_set if flag is None else flag.is_set) or not schedule.is_due():
            return False
        if objects is None:
            objects = (capture - CAPTURE_SETUP) * CAPTURE_RATE
        capture += 0.0 if self.has_captured else loading
        self.has_captured = True
        self.pay(capture)
        cost = capture - schedule.loading(capture, objects)
        if not schedule.may_write(cost, size):
            return False
        self.pay(write)
        if works:
            schedule.taken(cost + write)
            self.taken.append(self.time)
        else:
            schedule.failed(cost + write)
        return True

    def pay(self, seconds):
        self.time += seconds
        self.spent += seconds

    def run(self, seconds, step=0.1, **costs):
        """Come to a boundary every ``step`` seconds; returns when snapshots were taken."""
        start, first = self.time, len(self.taken)
        while self.time < start + seconds:
            self.advance(step)
            self.boundary(**costs)
        return [when - start for when in self.taken[first:]]


class Flag:
    def __init__(self, every):
        self.every = every
        self.is_set = True

    def set_due(self, due):
        self.is_set = due


BUDGET = PLANNED * MAX_OVERHEAD

# -- the budget ----------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.floats(0.001, 100),  # work until the boundary
        st.floats(0.0, 5),  # capture
        st.floats(0.5, 1),  # write, to be multiplied
        st.integers(0, 10**9),  # bytes
        st.booleans(),  # whether the write works
        st.integers(0, 10**8),  # bytes of objects
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.floats(0.001, 0.5), st.floats(0, 3))
def test_what_is_spent_is_never_more_than_the_budget_one_snapshot_and_a_capture(
    steps, bound, scale
):
    bench = Bench(Rules(max_overhead=bound))
    largest = start = 0.0
    for work, capture, write, size, works, objects in steps:
        bench.advance(work)
        capture, write = scale * (0.5 + capture / 10), scale * write
        is_tried = bench.boundary(capture, write, size, works, objects=objects)
        start = start or capture  # the first capture, in which much is loaded
        if is_tried:
            largest = max(largest, capture + write)
        rehearsal = scale  # the next one, which may take longer than its size tells
        assert bench.spent - start <= bound * (bench.time - 1000) + largest + rehearsal + 1e-6


def test_snapshots_come_as_often_as_the_budget_allows():
    bench = Bench()
    taken = bench.run(1000, capture=0.05, write=0.05, size=10**6)
    gaps = [b - a for a, b in zip(taken, taken[1:], strict=False)]
    assert all(0.1 / BUDGET - 0.2 < gap < 0.1 / BUDGET + 0.2 for gap in gaps[1:]), gaps
    assert bench.spent == pytest.approx(BUDGET * 1000, rel=0.1)


def test_the_first_boundary_rehearses_and_pays_for_it():
    bench = Bench()
    assert not bench.boundary(capture=0.1, write=0.1, size=10**7)
    assert (bench.spent, bench.is_set) == (0.1, False)
    (first, *_) = bench.run(60, capture=0.1, write=0.1, size=10**7)
    # 0.1 for the rehearsal, then 0.1 + 0.01 + 0.02 s for the first, by 500 MB a second.
    assert first == pytest.approx(0.23 / BUDGET, abs=0.5)


def test_what_the_first_capture_loads_does_not_put_the_first_snapshot_off():
    for loading in (0.0, 0.05, 0.5):
        bench = Bench()
        assert not bench.boundary(capture=0.005, loading=loading)
        (first, *_) = bench.run(5, step=0.01, capture=0.005, write=0.01)
        assert first + loading == pytest.approx(max(0.02 / BUDGET, loading), abs=0.02)
    rare = Bench(Rules(mtbf=3600))
    assert not rare.boundary(capture=0.005, loading=0.5)
    (first, *_) = rare.run(60, step=0.01, capture=0.005, write=0.01)
    assert first + 0.505 == pytest.approx(daly_interval(0.015, 3600), abs=0.05)
    begun = Bench()
    begun.advance(60)
    assert begun.boundary(capture=0.005, write=0.01, loading=0.5)  # written, and not counted
    (second, *_) = begun.run(5, step=0.01, capture=0.005, write=0.01)
    assert second == pytest.approx(SHORTEST_INTERVAL, abs=0.04)


def test_a_state_that_grows_is_not_captured_again_and_again_before_it_is_written():
    bench = Bench()
    start, captured = bench.time, 0
    while not bench.taken and bench.time - start < 60:
        capture = 0.005 + 0.004 * (bench.time - start)
        captured += bench.is_set
        bench.boundary(capture=capture, write=0.02, size=8 * 10**6)
        bench.advance(0.05)
    assert captured <= 3 and bench.time - start < 5


def test_a_program_that_has_worked_for_long_is_saved_at_its_first_boundary():
    bench = Bench()
    bench.advance(3600)
    assert bench.boundary(capture=0.1, write=0.1, size=10**7)


def test_cheap_snapshots_come_every_second():
    taken = Bench().run(30, step=0.01, capture=0.0001, write=0.0001, size=100)
    gaps = [b - a for a, b in zip(taken, taken[1:], strict=False)]
    assert len(taken) >= 27
    assert min(gaps) >= SHORTEST_INTERVAL - 1e-9


def test_one_slow_snapshot_does_not_stop_them():
    bench = Bench()
    bench.run(1000, capture=0.05, write=0.05)
    bench.run(6, capture=0.05, write=600)
    taken = bench.run(100, capture=0.05, write=0.05)
    assert len(taken) > 15


def test_a_cheap_first_snapshot_does_not_mislead():
    bench = Bench()
    bench.run(3, capture=0.001, write=0.001)
    assert bench.taken
    before = bench.time
    taken = bench.run(2000, capture=1, write=1)
    assert len(taken) < BUDGET * (2000 + before - 1000) / 2 + 2
    gaps = [b - a for a, b in zip(taken[1:], taken[2:], strict=False)]
    assert min(gaps) > 99


def test_a_resumed_process_knows_what_a_snapshot_costs():
    bench = Bench()
    bench.policy.resume(1.0)
    assert not bench.is_set
    (first, *_) = bench.run(100, capture=0.5, write=0.5)
    assert first == pytest.approx(1 / BUDGET, abs=1.5)
    older = Bench()
    older.policy.resume(None)
    assert not older.boundary(0.1)
    older.advance(1.5)
    assert older.is_set


# -- failures in the mean time -------------------------------------------------------------------


def test_daly_intervals():
    """The predictions of figures 3 to 5 of the paper, in minutes."""
    for mtbf, expected in ((24 * 60, 117), (6 * 60, 57), (15, 9.1)):
        assert daly_interval(5, mtbf) == pytest.approx(expected, rel=0.01)
    assert daly_interval(10, 4) == 4


def test_with_a_mean_time_between_failures():
    expected = daly_interval(2, 3600)
    taken = Bench(Rules(mtbf=3600)).run(3600, capture=1, write=1)
    gaps = [b - a for a, b in zip(taken[1:], taken[2:], strict=False)]
    assert all(gap == pytest.approx(expected + 2, abs=0.3) for gap in gaps)
    assert 2 / expected < MAX_OVERHEAD  # more seldom than the budget would have it
    # Failures that come often: more than 2 % pay, unless the bound is given as well.
    often = Bench(Rules(mtbf=60)).run(2000, capture=1, write=1)
    bounded = Bench(Rules(mtbf=60, max_overhead=0.02)).run(2000, capture=1, write=1)
    assert len(often) == pytest.approx(2000 / (daly_interval(2, 60) + 2), abs=2)
    assert 12 <= len(bounded) <= 15


# -- schedules that are given --------------------------------------------------------------------


def test_a_count():
    bench = Bench(Rules(Every(count=3)))
    bench.policy.start()
    assert [bench.boundary() for _ in range(7)] == [False, False, True] * 2 + [False]


def test_a_time():
    bench = Bench(Rules(Every(seconds=30.0)))
    bench.policy.start()
    assert not bench.is_set
    assert bench.run(100, step=1, capture=2) == [32, 64, 96]


def test_loops_with_a_schedule_of_their_own():
    bench = Bench()
    counted, timed = Flag(Every(count=2)), Flag(Every(seconds=10.0))
    assert [bench.boundary(1, flag=counted) for _ in range(4)] == [False, True] * 2
    assert not bench.boundary(1, flag=timed)
    assert (timed.is_set, bench.is_set) == (False, True)
    bench.advance(10)
    assert bench.boundary(1, flag=timed)
    # They are the user's wish, so that the budget of all others is as it was.
    bench.advance(56)
    assert bench.boundary(1)


# -- when it does not work -----------------------------------------------------------------------


def test_a_boundary_where_nothing_can_be_saved_is_followed_by_another_try_soon():
    bench = Bench(Rules(Every(count=1000)))
    schedule = bench.policy.schedule(None)
    schedule.missed(5.0)  # the first prepares what all others need
    assert not bench.is_set
    bench.advance(0.011)
    assert bench.is_set
    assert schedule.is_due()
    schedule.missed(0.1)
    bench.advance(4.9)
    assert not bench.is_set
    bench.advance(0.2)
    assert schedule.is_due()
    schedule.taken(0.0)
    assert not schedule.is_due()


@pytest.mark.parametrize("rules", [Rules(), Rules(Every(count=1)), Rules(Every(seconds=0.1))])
def test_a_full_disk(rules):
    bench = Bench(rules)
    bench.policy.start()
    bench.advance(600)
    tried, told = [], 0
    start = bench.time
    while bench.time < start + 36000:
        bench.advance(0.5)
        schedule = bench.policy.schedule(None)
        if bench.is_set and schedule.is_due():
            bench.pay(0.01)
            assert schedule.may_write(0.01, 1000)
            tried.append(bench.time)
            told += schedule.failed(0.01)
    assert tried[1] - tried[0] < 2  # a short trouble costs little
    assert tried[-1] - tried[-2] == pytest.approx(LONGEST_RETRY, abs=2)
    assert len(tried) < 140
    assert told == len(tried).bit_length()
    bench.advance(LONGEST_RETRY)
    assert bench.boundary(0.01, 0.01)
    assert bench.policy.schedule(None).failed(0.01)  # a new trouble is told at once


def test_a_schedule_that_no_thread_can_wake_asks_at_all_boundaries(monkeypatch):
    bench = Bench(Rules(Every(seconds=5.0)))
    monkeypatch.setattr(bench, "wake", lambda *_: exec("raise RuntimeError"))
    bench.policy.start()
    assert bench.is_set
    assert not bench.boundary()
    bench.time += 5
    assert bench.boundary()


# -- a snapshot that is demanded -----------------------------------------------------------------


@pytest.mark.parametrize(
    "rules", [Rules(), Rules(mtbf=1e6), Rules(Every(count=1000)), Rules(Every(seconds=1e6))]
)
def test_a_demand_is_heard_at_the_next_boundary(rules):
    bench = Bench(rules)
    bench.policy.start()
    own, other = Flag(Every(seconds=1e6)), Flag(Every(count=1000))
    bench.boundary(capture=0.1, size=10**9)
    bench.boundary(capture=0.1, flag=own)
    bench.policy.demand()
    assert bench.is_set
    assert own.is_set
    for flag in (None, own, other):
        schedule = bench.policy.schedule(flag)
        assert schedule.is_due()
        assert schedule.may_write(100.0, 10**12)
    # Where it is not possible, tries take half of the time at most, until it is.
    schedule = bench.policy.schedule(None)
    for try_again in (schedule.missed, schedule.missed, schedule.failed, schedule.failed):
        try_again(0.5)
        bench.advance(0.51)
        assert bench.is_set
        assert schedule.is_due()


def test_a_demand_in_the_middle_of_a_wait_is_not_lost():
    bench = Bench(Rules(Every(seconds=100.0)))

    def wake(schedule, deadline):
        bench.policy.demand()  # as from a handler

    bench.wake = wake
    bench.policy.start()
    assert bench.is_set
    assert bench.policy.schedule(None).is_due()


# -- real clocks ---------------------------------------------------------------------------------


def test_the_wall_clock_does_not_matter(monkeypatch):
    monkeypatch.setattr(time, "time", iter([0.0, 1e10, 5.0]).__next__)
    flags = []
    policy = Policy(Rules(Every(seconds=0.2)), flags.append)
    policy.start()
    schedule = policy.schedule(None)
    assert not schedule.is_due()
    deadline = time.monotonic() + 60
    while not flags[-1] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert flags == [False, True]
    assert schedule.is_due()


JUMPING = """\
import time

now = time.perf_counter
start, n = now(), 0
time.time = lambda: 1e12 * (-1) ** n
time.monotonic = lambda: 0.0
time.sleep = lambda seconds: None
while now() - start < 60:  # checkpoint
    n += 1
"""


@pytest.mark.parametrize("every", [["--every", "0.1s"], ["--max-overhead", "90%"]], ids=str)
def test_a_program_that_has_clocks_of_its_own(every, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(JUMPING)
    place = crash.Place.under(tmp_path)
    for _ in range(2):
        killed = crash.run_tool(script, place, *every, "--crash-after", "2")
        assert killed.status == crash.KILLED
    assert "script.py:8 in <module>" in killed.stderr


SHORT = """\
import os
import time
import numpy

values = numpy.zeros(100)
for i in range(45):  # checkpoint
    time.sleep(0.1)
    values[i] = i
    print(i, values.sum(), flush=True)
    if i == 40 and "KILLED" in os.environ:
        os.kill(os.getpid(), 9)
"""


def test_seconds_of_work_are_not_lost(tmp_path):
    """The first snapshot comes when it is paid for, not the loading before it."""
    script = tmp_path / "script.py"
    script.write_text(SHORT)
    place = crash.Place.under(tmp_path)
    killed = crash.run_tool(script, place, KILLED="1")
    assert killed.status == crash.KILLED, killed.stderr
    resumed = crash.run_tool(script, place)
    assert "script.py at script.py:6" in resumed.stderr
    lines, more = killed.stdout.splitlines(), resumed.stdout.splitlines()
    assert lines[: 45 - len(more)] + more == [
        b"%d %.1f" % (i, sum(range(i + 1))) for i in range(45)
    ]


# -- loops of programs ---------------------------------------------------------------------------

LOOPS = """\
import hashlib


def inner(n):
    total, scratch = 0, hashlib.sha256()
    for i in range(n):  # checkpoint every=3, exclude=scratch
        if i < 0:
            print(scratch.digest())
        total += i
        print("inner", n, i, total)
    return total


class Work:
    def outer(self):
        found = []
        # checkpoint every=2
        while len(found) < 5:
            found.append(inner(len(found) + 1))
            for last in "ab":  # checkpoint every=1h
                print("last", last)
            for letter in "xy":  # checkpoint
                print(letter, found)
        return found


print(Work().outer())
"""
# Boundaries of `inner` and `outer` in the order of the program.
SNAPSHOTS = 15 // 3 + 5 // 2


def test_each_loop_follows_its_own_schedule_in_every_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(LOOPS)
    plain = crash.run_plain(script, tmp_path)
    for options in (["--every", "1h"], ["--every=1h", "--auto"], []):
        for k in (1, 2, 4, SNAPSHOTS):
            place = crash.Place.under(tmp_path)
            killed = crash.run_tool(script, place, *options, "--crash-after", str(k))
            assert killed.status == crash.KILLED, killed.stderr
            resumed = crash.run_tool(script, place, *options)
            assert killed.stdout + resumed.stdout == plain.stdout, resumed.stderr
        through = crash.run_tool(
            script, crash.Place.under(tmp_path), *options, "--crash-after", str(SNAPSHOTS + 1)
        )
        assert (through.status, through.stdout) == (0, plain.stdout)


CALL = """\
import autoresume
import os
import sys

killed_at = int(sys.argv[1])
boundaries = 0


@autoresume.resumable(every="1h")
def work(n):
    total = 0
    for i in range(n):  # checkpoint every=4
        total += i
        print(i, total, flush=True)
        if i == killed_at:
            os.kill(os.getpid(), 9)
    return total


print(work(10))
"""


def test_a_resumable_function_follows_the_schedule_of_its_loop(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(CALL)
    killed = crash.run_plain(script, tmp_path, ["6"])
    assert killed.status == crash.KILLED
    resumed = crash.run_plain(script, tmp_path, ["100"])
    assert resumed.stdout.split()[0] == b"3", resumed.stderr  # the fourth boundary was at 3
    assert resumed.stdout.endswith(b"45\n")
