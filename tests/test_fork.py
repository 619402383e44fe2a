"""Snapshots that a forked copy of the process takes, while the program goes on."""

import os
import random
import signal
import subprocess
import time

import crash
import pytest

PROGRAMS = sorted(crash.all_programs())


def write(place, source):
    script = place.cwd.parent / "script.py"
    script.write_text(source)
    return script


@pytest.mark.parametrize("number", range(8))
def test_programs_killed_at_a_boundary_and_resumed(number, tmp_path, sample_size, sample_seed):
    name = random.Random(f"fork{sample_seed}").sample(PROGRAMS, 8)[number]
    crash.check(crash.script_of(name), tmp_path, sample_size, sample_seed, ("--fork",))


BUSY = """
import random, sys
import numpy as np

random.seed(5)
numbers = np.zeros(300_000)
seen = {}
squares = (n * n for n in range(10**9))
with open("out.txt", "w") as out:
    for step in range(40):  # checkpoint
        for k in range(200):
            seen[step, k] = [random.random(), next(squares)]
            numbers[k * step] += random.random()
        numbers += np.sin(numbers)
        OUT
        print(step, sum(a for a, _ in seen.values()), numbers.sum(), flush=True)
"""


@pytest.mark.parametrize("file", ["", "out.write(f'{step} {random.random()}\\n')"], ids=str)
def test_killed_at_random_times(file, place):
    """Also while the copy is at work, and the program changes what the copy is saving."""
    source = BUSY.replace("OUT", file or "pass")
    if not file:
        source = source.replace('with open("out.txt", "w") as out', "if True")
    script = write(place, source)
    plain = crash.run_plain(script, crash.Place.under(place.cwd.parent).cwd)
    lines = plain.stdout.splitlines()
    command = [*crash.tool_command(place, "--fork", "--every", "2"), str(script)]
    seen, rng = {}, random.Random(3)
    for _ in range(12):
        with crash.started(command, place.cwd) as child:
            time.sleep(0.35 + rng.random() * 0.5)
            child.kill()
            out, _ = child.communicate()
        # Unbuffered, as PYTHONUNBUFFERED has it, a line is written in parts.
        note([line[:-1] for line in out.splitlines(keepends=True) if line.endswith(b"\n")], seen)
    last = crash.run(command, place.cwd)
    assert last.status == 0, last.stderr
    note(last.stdout.splitlines(), seen)
    assert [seen[n] for n in range(len(lines))] == lines
    assert last.files == plain.files


def note(lines, seen):
    """Every step is the same whenever it is printed."""
    for line in lines:
        step = int(line.split()[0])
        assert seen.setdefault(step, line) == line


STEPS = """
import os, sys, time
from pathlib import Path

value = []
for step in range(12):  # checkpoint
    value.append(step)
    time.sleep(0.05)
    BODY
    print(step, flush=True)
"""


ALTERNATING = """
import numpy as np

size = 1 << 20
numbers = np.random.default_rng(5).integers(256, size=8 * size, dtype=np.uint8)
for step in range(8):  # checkpoint
    numbers[:size] = np.random.default_rng(step % 2).integers(256, size=size, dtype=np.uint8)
print(numbers.sum())
"""


def test_copies_write_what_none_of_the_last_ones_has_written(place):
    script = write(place, ALTERNATING)
    crash.run_tool(script, place, "--fork", "--every", "1", "--crash-after", "6")
    sizes = [path.stat().st_size for path in (place.store / "packs").iterdir()]
    assert 10 << 20 <= sum(sizes) < 11 << 20


def test_a_copy_that_dies_costs_its_snapshot_only(place):
    body = """if step == 3:
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        while not children.read_text():
            time.sleep(0.001)
        os.kill(int(children.read_text().split()[0]), 9)
"""
    script = write(place, STEPS.replace("BODY", SLOW + body))
    done = crash.run_tool(script, place, "--fork", "--every", "1")
    assert done.status == 0, done.stderr
    assert done.stdout == b"".join(b"%d\n" % n for n in range(12))
    warnings = [line for line in done.stderr.splitlines() if "no snapshot" in line]
    assert warnings == [
        "autoresume: warning: no snapshot: the process that was to save it has died (signal 9)"
    ]


SLOW = """
    class Slow:
        def __reduce__(self):
            time.sleep(0.2)
            return int, ()

    slow = Slow()
    """


def test_what_cannot_be_saved_ends_the_program_though_a_copy_found_it(place):
    body = "if step == 3:\n        value.append(__import__('socket').socket())"
    script = write(place, STEPS.replace("BODY", body))
    done = crash.run_tool(script, place, "--fork", "--every", "1")
    assert done.status == 2
    assert "value[4]" in done.stderr and "socket" in done.stderr
    assert b"11\n" not in done.stdout


def test_a_store_that_cannot_be_written_is_told_of(place):
    body = f"if step == 3:\n        __import__('shutil').rmtree({str(place.store)!r})"
    script = write(place, STEPS.replace("BODY", body))
    done = crash.run_tool(script, place, "--fork", "--every", "1")
    assert done.stdout == b"".join(b"%d\n" % n for n in range(12))
    assert "no snapshot: " in done.stderr and "was removed" in done.stderr


def test_a_signal_waits_for_the_copy_and_takes_another_snapshot(place):
    script = write(place, STEPS.replace("BODY", SLOW))
    command = [*crash.tool_command(place, "--fork", "--every", "1"), str(script)]
    with crash.started(command, place.cwd) as child:
        lines = [child.stdout.readline() for _ in range(4)]
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 75, err
    lines += out.splitlines(keepends=True)
    resumed = crash.run(command, place.cwd)
    assert b"".join(lines) + resumed.stdout == b"".join(b"%d\n" % n for n in range(12))


def forks(place, source, **env):
    """How many copies a program under `--fork` makes, of 12 snapshots."""
    script = write(place, source)
    log = place.cwd.parent / "forks"
    tracing = place.cwd.parent / "site"
    tracing.mkdir()
    (tracing / "sitecustomize.py").write_text(
        f"import os\nreal = os.fork\n"
        f"def fork():\n    open({str(log)!r}, 'a').write('x')\n    return real()\n"
        f"os.fork = fork\n"
    )
    path = f"{tracing}{os.pathsep}{crash.environment()['PYTHONPATH']}"
    done = crash.run_tool(
        script, place, "--fork", "--every", "1", "--crash-after", "99", PYTHONPATH=path
    )
    assert done.status == 0, done.stderr
    return len(log.read_text()) if log.exists() else 0


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("pass", 12),
        ("log = open('log.txt', 'w')", 12),
        ("import numpy as np; shared = np.memmap('m', 'u1', 'w+', shape=9)", 0),
        ("import mmap; shared = mmap.mmap(-1, 100)", 0),
        ("import signal; signal.signal(signal.SIGCHLD, lambda *_: None)", 0),
        ("os.register_at_fork(after_in_child=value.clear)", 12),
    ],
    ids=str,
)
def test_no_copy_where_that_would_not_be_exact(start, expected, place):
    source = STEPS.replace("value = []", f"value = []\n{start}").replace("BODY", "pass")
    assert forks(place, source) == expected


def test_shared_memory_is_saved_as_it_was(place):
    source = """
import numpy as np

shared = np.memmap("m", "f8", "w+", shape=200_000)
for step in range(12):  # checkpoint
    shared += step
    print(step, shared.sum(), flush=True)
"""
    script = write(place, source)
    plain = crash.run_plain(script, crash.Place.under(place.cwd.parent).cwd)
    first = crash.run_tool(script, place, "--fork", "--every", "1", "--crash-after", "7")
    second = crash.run_tool(script, place, "--fork", "--every", "1")
    assert first.stdout + second.stdout == plain.stdout
    assert second.files == plain.files


def test_no_copy_is_left_behind(place):
    """Neither by a program that ends nor by one that is killed while it has one."""
    script = write(place, STEPS.replace("BODY", SLOW.replace("0.2", "5")))
    command = [*crash.tool_command(place, "--fork", "--every", "1"), str(script)]
    with crash.started(command, place.cwd) as child:
        child.stdout.readline()
        child.stdout.readline()
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(child.pid)], capture_output=True, text=True
        )
        child.kill()
    (copy,) = children.stdout.split()
    for _ in range(100):
        if not os.path.exists(f"/proc/{copy}") or gone(copy):
            break
        time.sleep(0.02)
    else:
        raise AssertionError(f"{copy} is still there")


def gone(process):
    with open(f"/proc/{process}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "Z"
