"""A run over several processes: resumed, finished, failed and mended, locked, damaged."""

import random
import re
import signal
import time

import crash
import pytest

LOOP = """\
import os
import signal
import sys

base = int(sys.argv[1]) if len(sys.argv) > 1 else 0
total = 0
for step in range(8):  # checkpoint
    total += base + step
    print("step", step, total)
    if os.environ.get("STOP") == str(step):
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
print("total", total)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(LOOP)
    return path


def run(script, place, *options, args=(), **env):
    return crash.run_tool(script, place, "--every", "1", *options, args=args, **env)


def steps_of(outcome):
    return [int(n) for n in re.findall(r"^step (\d+)", outcome.stdout.decode(), re.MULTILINE)]


def ours(outcome):
    return [line for line in outcome.stderr.splitlines() if line.startswith("autoresume: ")]


# --- resumed, finished, started over ---------------------------------------------------------


def test_one_line_says_where_it_goes_on_and_how_old_the_snapshot_is(script, place):
    assert run(script, place, "--crash-after", "3").status == crash.KILLED
    resumed = run(script, place)
    assert resumed.status == 0
    (line,) = resumed.stderr.splitlines()
    assert "script.py:7" in line
    assert re.search(r"\d+(\.\d+)? ?(s|seconds?)\b.*\b(old|ago)|(old|ago)\b.*\d", line), line


def test_other_arguments_are_another_run(script, place):
    killed = run(script, place, "--crash-after", "4", args=["100"])
    assert steps_of(killed) == [0, 1, 2]
    other = run(script, place, args=["200"])
    assert steps_of(other) == list(range(8))
    assert run(script, place, args=["200", "more"]).stdout == other.stdout
    resumed = run(script, place, args=["100"])
    assert steps_of(resumed) == [3, 4, 5, 6, 7]
    assert resumed.stdout.endswith(b"total 828\n")


def test_two_scripts_are_two_runs(script, place, tmp_path):
    second = tmp_path / "second.py"
    second.write_text(LOOP)
    run(script, place, "--crash-after", "4")
    assert steps_of(run(second, place)) == list(range(8))
    assert steps_of(run(script, place)) == [3, 4, 5, 6, 7]


def test_a_finished_run_starts_afresh_and_says_so(script, place):
    first, second = run(script, place), run(script, place)
    assert first.status == second.status == 0
    assert second.stdout == first.stdout
    assert first.stderr == ""
    (line,) = ours(second)
    assert re.search("finished|complete|ended", line)


def test_a_finished_run_keeps_no_snapshots(script, place):
    run(script, place)
    assert not list(place.store.rglob("*.snapshot"))


def test_only_the_last_few_snapshots_are_kept(script, place):
    run(script, place, "--crash-after", "7")
    assert 2 <= len(list(place.store.rglob("*.snapshot"))) <= 4


def test_fresh_starts_over(script, place):
    run(script, place, "--crash-after", "5")
    assert steps_of(run(script, place, "--fresh")) == list(range(8))


def test_fresh_keeps_the_old_run_until_the_new_one_has_its_first_snapshot(script, place):
    run(script, place, "--crash-after", "5")
    stopped = crash.run_tool(script, place, "--every", "100", "--fresh", STOP="2")
    assert (stopped.status, steps_of(stopped)) == (crash.KILLED, [0, 1, 2])
    assert steps_of(run(script, place, STOP="5")) == [4, 5]
    again = run(script, place, "--fresh", "--crash-after", "2")
    assert steps_of(again) == [0]
    assert steps_of(run(script, place)) == [1, 2, 3, 4, 5, 6, 7]


def test_a_run_killed_before_its_first_snapshot_starts_again(script, place):
    stopped = crash.run_tool(script, place, "--every", "100", STOP="3")
    assert stopped.status == crash.KILLED
    assert steps_of(run(script, place)) == list(range(8))


# --- killed at random ------------------------------------------------------------------------

SLOW = """\
import hashlib
import random
import time

import numpy as np


class Walk:
    def __init__(self, rng):
        self.rng, self.place, self.visited = rng, np.zeros(3), []

    def steps(self, n):
        for _ in range(n):  # checkpoint
            time.sleep(0.002)
            self.place[::2] += self.rng.normal(size=2)
            self.visited.append(float(self.place.sum()) + random.random())
        return len(self.visited)


def main():
    random.seed(5)
    walk = Walk(np.random.default_rng(5))
    with open("walk.txt", "w") as out:
        for leg in range(10):
            out.write(f"{leg} {walk.steps(15)} {walk.visited[-1]!r}\\n")
            out.flush()
    return hashlib.sha256(repr(walk.visited).encode()).hexdigest()


print(main())
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_times_until_it_finishes(seed, place, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    plain = crash.run_plain(script, place.cwd)
    delays = random.Random(seed)
    command = [*crash.tool_command(place, "--every", "2"), str(script)]
    for process in range(40):
        delay = delays.uniform(0.1, 0.5) + 0.05 * process
        with crash.started(command, place.cwd) as child:
            try:
                out, err = child.communicate(timeout=delay)
            except crash.subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                child.communicate()
                continue
        break
    assert child.returncode == 0, err.decode()
    assert process > 0
    assert out == plain.stdout
    assert crash.files_below(place.cwd) == plain.files


# --- two processes ---------------------------------------------------------------------------

HELD = """\
import pathlib
import time

for step in range(4):  # checkpoint
    print("step", step)
    if step == 2 and not pathlib.Path("go").exists():
        pathlib.Path("held").touch()
        time.sleep(600)
print("done")
"""


def wait_for(path, child, seconds=60):
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_second_process_on_a_run_is_told_of_the_first(place, tmp_path):
    script = tmp_path / "held.py"
    script.write_text(HELD)
    command = [*crash.tool_command(place, "--every", "1"), str(script)]
    with crash.started(command, place.cwd) as first:
        wait_for(place.cwd / "held", first)
        for options in ([], ["--fresh"]):
            second = run(script, place, *options)
            assert (second.status, second.stdout) == (2, b"")
            (line,) = second.stderr.splitlines()
            assert re.search(rf"\b{first.pid}\b", line)
        first.kill()
        first.wait()
    (place.cwd / "go").touch()
    third = run(script, place)
    assert (third.status, steps_of(third)) == (0, [2, 3]), third.stderr


# --- damage ----------------------------------------------------------------------------------


def snapshots(place):
    return sorted(place.store.rglob("*.snapshot"))


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[-40] ^= 0x10
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [truncate, flip, empty])
def test_a_damaged_snapshot_falls_back_to_the_one_before(damage, script, place):
    run(script, place, "--crash-after", "5")
    damage(snapshots(place)[-1])
    resumed = run(script, place)
    assert resumed.status == 0, resumed.stderr
    assert steps_of(resumed) == [3, 4, 5, 6, 7]
    assert resumed.stdout.endswith(b"total 28\n")
    assert sum("warning" in line for line in ours(resumed)) == 1


def test_no_intact_snapshot_is_an_error_and_not_a_start_from_the_beginning(script, place):
    run(script, place, "--crash-after", "5")
    for path in snapshots(place):
        truncate(path)
    refused = run(script, place)
    assert (refused.status, refused.stdout) == (2, b"")
    assert "--fresh" in refused.stderr
    assert steps_of(run(script, place, "--fresh")) == list(range(8))


# --- a script that fails, and is mended ------------------------------------------------------

FAILING = """\
import math


def rate(step):
    return 12 // (5 - step)


def main():
    total = 0
    for step in range(9):  # checkpoint
        print("step", step)
        total += rate(step)
        print("rate added")
    return total


print("total", main())
"""

NOT_5 = ("12 // (5 - step)", "12 // (5 - step) if step != 5 else 0")
MENDED = {
    "in a called function": [NOT_5],
    "in a new function": [
        ("    return 12 // (5 - step)", "    return divide(12, 5 - step)"),
        (
            "def main",
            "def divide(a, b):\n    return a // b if b else math.floor(0.5)\n\n\ndef main",
        ),
    ],
    "above the loop": [
        ("def rate", "# A comment of\n# some lines.\n\n\ndef rate"),
        NOT_5,
    ],
    "inside the loop": [("total += rate(step)", "if step != 5:\n            total += rate(step)")],
    "inside the loop, above": [
        ('print("step", step)', 'assert step < 100\n        print("step", step)'),
        NOT_5,
    ],
    "in the function, above the loop": [("total = 0\n", "total = 0\n    limit = 5\n"), NOT_5],
    "behind the loop": [("return total\n", "total += 0\n    return total\n"), NOT_5],
}
TOTAL = sum(12 // (5 - step) for step in range(9) if step != 5)


def mend(path, edits):
    source = path.read_text()
    for old, new in edits:
        assert source.count(old) == 1
        source = source.replace(old, new)
    path.write_text(source)


@pytest.fixture
def failing(tmp_path):
    path = tmp_path / "failing.py"
    path.write_text(FAILING)
    return path


@pytest.mark.parametrize("edits", MENDED.values(), ids=MENDED)
def test_a_failed_script_is_mended_and_goes_on(edits, failing, place):
    failed = run(failing, place)
    assert (failed.status, steps_of(failed)) == (1, [0, 1, 2, 3, 4, 5])
    assert "ZeroDivisionError" in failed.stderr
    mend(failing, edits)
    goes_on = run(failing, place)
    assert (goes_on.status, steps_of(goes_on)) == (0, [5, 6, 7, 8]), goes_on.stderr
    assert goes_on.stdout.endswith(f"total {TOTAL}\n".encode())
    afresh = run(failing, place)
    assert afresh.stdout.endswith(f"total {TOTAL}\n".encode())


def test_a_failed_script_that_was_not_mended_fails_again_in_the_same_place(failing, place):
    first, second = run(failing, place), run(failing, place)
    assert (second.status, steps_of(second)) == (1, [5])
    assert crash.traceback_of(second.stderr) == crash.traceback_of(first.stderr)


def test_a_module_of_the_failed_script_is_mended(tmp_path, place):
    script, helper = tmp_path / "script.py", tmp_path / "helper.py"
    script.write_text(
        "import helper\n\nfor step in range(6):  # checkpoint\n"
        "    print('step', step, helper.check(step), len(helper.SEEN))\n"
    )
    helper.write_text(
        "SEEN = []\n\n\ndef check(step):\n    assert step != 3\n    SEEN.append(step)\n"
        "    return 1\n"
    )
    failed = run(script, place)
    assert (failed.status, steps_of(failed)) == (1, [0, 1, 2])
    mend(helper, [("    assert step != 3\n", "")])
    goes_on = run(script, place)
    assert goes_on.stdout == b"step 3 1 4\nstep 4 1 5\nstep 5 1 6\n", goes_on.stderr


@pytest.mark.parametrize(
    "edits",
    [
        [("def main", "def other"), ("main())", "other())")],
        [("    for step in range(9):  # checkpoint\n", "    if total == 0:\n        step = 1\n")],
    ],
    ids=["renamed", "no loop"],
)
def test_source_that_has_changed_too_much_is_refused(edits, failing, place):
    run(failing, place)
    mend(failing, edits)
    refused = run(failing, place)
    assert (refused.status, refused.stdout) == (2, b""), refused.stderr
    assert "failing.py" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert run(failing, place, "--fresh").status in (0, 1)


def test_a_function_that_uses_another_variable_after_an_edit_is_not_given_the_old_one(tmp_path):
    script = tmp_path / "script.py"
    source = (
        "def outer():\n    a, b = 'a', 'b'\n    def inner():\n        return a, 1\n"
        "    return inner, lambda: b\n"
        "inner, other = outer()\nfor i in range(2):  # checkpoint\n    print(i)\nprint(inner())\n"
    )
    for edit, status, told in (
        ("a, 2", 0, ""),
        ("b, 1", 2, "script.py:3 in outer.<locals>.inner:"),
    ):
        script.write_text(source)
        place = crash.Place.under(tmp_path)
        crash.run_tool(script, place, "--every", "1", "--crash-after", "1")
        script.write_text(source.replace("a, 1", edit))
        outcome = crash.run_tool(script, place)
        assert (outcome.status, told in outcome.stderr) == (status, True), outcome.stderr
        assert status or outcome.stdout == b"0\n1\n('a', 2)\n"
