"""Damage, kills, crowds, lost places and wrong clocks: the last durable snapshot is there.

The store is known from the outside only: the command line, the methods of `RunStore` and the
files below the folder. `test_system_calls.py` has the faults of system calls.
"""

import os
import random
import re
import time

import crash
import pytest
from faults.driving import FOLDER, drive, times

from autoresume.store import RunStore

PROGRAM = FOLDER / "program.py"


# --- damage ---------------------------------------------------------------------------------------


def test_damage(memory, sample_size, sample_seed):
    """Bits flipped; files cut, longer, removed, swapped, or older than the others."""
    drive("damage.py", memory, times(sample_size, 2), sample_seed)


# --- many processes -------------------------------------------------------------------------------


def test_many_processes_on_one_store(tmp_path, sample_size, sample_seed):
    """Some on the same run, killed at random times; one of a run works, the others are told.

    On a disk: there a save takes so long that others tidy up meanwhile.
    """
    kills = 60 * (sample_size or 20)
    report = drive("crowd.py", tmp_path, kills, sample_seed)
    assert report["told"]


def test_kills_at_random_times(place, sample_size, sample_seed):
    """Of one run, until it is left alone; every line is there, and none of them is another."""
    kills = 25 * (sample_size or 20)
    args = [f"{7 * kills}", ""]
    command = [*crash.tool_command(place, "--every", "1"), str(PROGRAM), *args]
    rng, pieces = random.Random(sample_seed), []
    for _ in range(kills):
        with crash.started(command, place.cwd) as child:
            pieces.append(killed_at_random(child, rng))
    last = crash.run(command, place.cwd)
    plain = crash.run_plain(PROGRAM, crash.Place.under(place.cwd.parent).cwd, args)
    assert last.status == 0, last.stderr
    assert last.files == plain.files
    assert_joined(plain.stdout.splitlines(), [*pieces, last.stdout.splitlines()])


def killed_at_random(child, rng):
    """Kill a process somewhere: in its start, or after some steps. Returns the lines it printed."""
    lines = []
    if rng.random() < 0.2:
        time.sleep(rng.uniform(0, 0.3))
    else:
        lines = [child.stdout.readline() for _ in range(rng.randrange(1, 12))]
        time.sleep(rng.uniform(0, 0.01))
    child.kill()
    lines += child.stdout.readlines()
    # Unbuffered, as PYTHONUNBUFFERED has it, a line is written in parts.
    return [line.rstrip(b"\n") for line in lines if line.endswith(b"\n")]


def assert_joined(expected, pieces):
    """What each process printed goes on where the last one had its last snapshot.

    That is after the last line that it printed, or before it.
    """
    covered = 0
    for piece in filter(None, pieces):
        start = expected.index(piece[0])
        assert start in (covered - 1, covered), f"{piece[0]} after {covered} lines"
        covered = start + len(piece)
        assert piece == expected[start:covered]
    assert covered == len(expected)


# --- places that are not what they were -----------------------------------------------------------


def disturbed(place, *plan, **env):
    """Run the program, which does something to its store at some steps."""
    args = ["20", str(place.store), *map(str, plan)]
    return crash.run_tool(PROGRAM, place, "--every", "1", args=args, **env)


def check_whole(outcome, place):
    """See that a run has done what it would have done undisturbed; returns its warnings."""
    plain = crash.run_plain(PROGRAM, crash.Place.under(place.cwd.parent).cwd, ["20", ""])
    assert outcome.stdout == plain.stdout, outcome.stderr
    assert outcome.files == plain.files
    warnings = outcome.stderr.splitlines()
    assert all(line.startswith("autoresume: ") for line in warnings), warnings
    return warnings


@pytest.mark.parametrize("action", ["move", "remove", "file"])
def test_a_store_that_vanishes(place, action):
    """The run goes on to its end; 16 snapshots in a row fail, which it says ever less often."""
    outcome = disturbed(place, action, 3)
    warnings = check_whole(outcome, place)
    assert 1 <= sum("no snapshot: " in line for line in warnings) <= 5, warnings


def test_a_store_that_comes_back(place):
    """What is saved then is there for the next process."""
    outcomes = [disturbed(place, "move", 3, "return", 8, "stop", 15) for _ in range(2)]
    assert [outcome.status for outcome in outcomes] == [75, 0], outcomes
    together = b"".join(outcome.stdout for outcome in outcomes)
    check_whole(crash.Outcome(together, "", 0, outcomes[-1].files), place)


def test_files_that_vanish_between_two_saves(tmp_path, sample_seed):
    """What is saved then needs none of them."""
    store, rng = RunStore(tmp_path / "store", "run"), random.Random(sample_seed)
    shared = [rng.randbytes(300_000) for _ in range(4)]
    for number in range(1, 10):
        store.save({"number": number}, rng.randbytes(100_000), shared)
        for path in (tmp_path / "store").rglob("*.*"):
            if rng.random() < 0.5:
                path.unlink()
        store.save({"number": -number}, b"", shared)
        snapshot = RunStore(tmp_path / "store", "run").load(pytest.fail)
        assert snapshot.meta == {"number": -number}
        assert [bytes(buffer) for buffer in snapshot.buffers] == shared


def test_a_file_where_the_store_should_be(place):
    place.store.write_text("")
    refused = disturbed(place)
    assert (refused.status, refused.stdout) == (2, b"")
    assert re.fullmatch(r"autoresume: error: cannot read .*: Not a directory\n", refused.stderr)


# --- clocks ---------------------------------------------------------------------------------------


def test_a_clock_that_jumps_while_programs_run(place):
    """It is shown nowhere but in the age of a snapshot, which is never negative."""
    path = os.pathsep.join([str(FOLDER / "clock"), crash.environment().get("PYTHONPATH", "")])
    outcomes = [
        crash.run_tool(PROGRAM, place, "--every", "1", *options, args=["20", ""], PYTHONPATH=path)
        for options in [["--crash-after", "4"]] * 4 + [[]]
    ]
    assert [outcome.status for outcome in outcomes] == [crash.KILLED] * 4 + [0]
    for outcome in outcomes[1:]:
        assert re.search(r", \d+(\.\d)? (s|min|h) old$", outcome.stderr, re.MULTILINE), outcome
    together = b"".join(outcome.stdout for outcome in outcomes)
    check_whole(crash.Outcome(together, "", 0, outcomes[-1].files), place)


def test_times_of_files_mean_nothing(tmp_path, sample_seed):
    rng = random.Random(sample_seed)
    for number in range(1, 10):
        store = RunStore(tmp_path / "store", "run")
        store.save({"number": number}, rng.randbytes(300_000), [])
        store.unlock()
        for path in (tmp_path / "store").rglob("*"):
            moment = rng.uniform(0, 4e9)
            os.utime(path, (moment, moment))
        snapshot = RunStore(tmp_path / "store", "run").load(pytest.fail)
        assert snapshot.meta["number"] == snapshot.number == number
