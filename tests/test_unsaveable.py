"""Values that cannot be saved: all of them are named, and with --on-unsaveable left out."""

import pytest
from crash import KILLED, Place, run_tool

PROGRAM = """
import hashlib
import sqlite3


class Box:
    pass


def attempt(use):
    try:
        print(use())
    except (NameError, RuntimeError) as error:
        print(type(error).__name__, error)


def work(box, kept):
    conn = sqlite3.connect(":memory:")
    box.db, box.plain = conn, [1]
    digests = {"a": hashlib.sha256(b"a")}
    same = digests["a"]
    for step in range(4):  # checkpoint
        print(step)
    for use in (lambda: conn.total_changes, lambda: same, lambda: box.plain, lambda: kept):
        attempt(use)
    gone = box.db
    for step in range(2):  # checkpoint
        print("again", step)
    uses = [
        lambda: gone.total_changes, lambda: gone(), lambda: bool(gone), lambda: gone == 1,
        lambda: isinstance(gone, int), lambda: f"{gone}", lambda: [*gone], lambda: {gone},
        lambda: 1 + gone, lambda: gone.__class__, lambda: setattr(gone, "x", 1), lambda: repr(gone),
        lambda: digests["a"].hexdigest(),
    ]
    for use in uses:
        attempt(use)


number = 5
top = sqlite3.connect(":memory:")
work(Box(), number)
attempt(lambda: top.total_changes)
"""
WHERE = "work().conn (sqlite3.Connection)"
REMEDY = (
    "its database is in memory; close it before the marked loop, "
    "or open it inside of the loop's body"
)


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(PROGRAM)
    return path


def lines_of(outcome):
    return [line for line in outcome.stderr.splitlines() if "resuming" not in line]


def test_all_values_that_cannot_be_saved_are_listed_at_the_first_boundary(script, tmp_path):
    outcome = run_tool(script, Place.under(tmp_path))
    assert outcome.status == 2 and outcome.stdout == b""
    at = f"autoresume: error: {script}:22: "
    assert sorted(outcome.stderr.splitlines()) == [
        f"{at}top: sqlite3.Connection cannot be saved; {REMEDY}",
        f"{at}work().conn: sqlite3.Connection cannot be saved; {REMEDY}",
        f"{at}work().same: _hashlib.HASH cannot be saved; its state cannot be read; keep the "
        "bytes, or make the hash inside of the loop's body",
    ]


def test_a_long_list_is_cut(tmp_path):
    path = tmp_path / "many.py"
    path.write_text(
        "import socket\nmany = [socket.socket() for _ in range(13)]\n"
        "for step in range(2):  # checkpoint\n    print(step, many)\n"
    )
    lines = run_tool(path, Place.under(tmp_path)).stderr.splitlines()
    assert len(lines) == 11 and lines[10].endswith(":3: and 3 more")
    assert f"{path}:3: many[9]: socket.socket cannot be saved" in lines[9]


@pytest.mark.parametrize("mode", ["warn", "drop"])
def test_the_run_goes_on_without_them(mode, script, tmp_path):
    place, option = Place.under(tmp_path), f"--on-unsaveable={mode}"
    first = run_tool(script, place, option, "--every", "1", "--crash-after", "2")
    assert first.status == KILLED
    # The stand-ins are saved and restored as what they are.
    second = run_tool(script, place, option, "--every", "1", "--crash-after", "3")
    assert second.status == KILLED
    third = run_tool(script, place, option, "--every", "1")
    assert third.status == 0, third.stderr
    lines = (first.stdout + second.stdout + third.stdout).decode().splitlines()
    assert lines[:4] == ["0", "1", "2", "3"]
    assert lines[4].startswith("NameError") and "'conn'" in lines[4]
    assert lines[5].startswith("NameError") and lines[6:8] == ["[1]", "5"]
    assert lines[8:10] == ["again 0", "again 1"]
    told = "was not saved in the snapshot that this run goes on from; make it again before it is"
    assert lines[10:22] == [f"NotSaved {WHERE} {told} used"] * 12
    assert lines[22] == f"NotSaved work().same (_hashlib.HASH) {told} used"
    assert lines[23].startswith("NameError") and len(lines) == 24
    if mode == "drop":
        assert lines_of(first) == lines_of(second) == lines_of(third) == []
        return
    out = "; it is left out of the snapshots, using it is an error then"
    assert sorted(lines_of(first)) == [
        f"autoresume: warning: {script}:22: {path} cannot be saved; {remedy}{out}"
        for path, remedy in (
            ("top: sqlite3.Connection", REMEDY),
            ("work().conn: sqlite3.Connection", REMEDY),
            (
                "work().same: _hashlib.HASH",
                "its state cannot be read; keep the bytes, or make the hash inside of "
                "the loop's body",
            ),
        )
    ]
    (line,) = lines_of(second)
    assert line.startswith("autoresume: warning: not in the snapshot: ") and WHERE in line


@pytest.mark.parametrize(("mode", "warnings"), [("warn", 1), ("drop", 0)])
def test_forked_copies_tell_of_each_value_once(mode, warnings, tmp_path):
    path = tmp_path / "forked.py"
    path.write_text(
        "import socket\nvalues = []\n"
        "for step in range(8):  # checkpoint\n"
        "    if step == 2:\n        values.append(socket.socket())\n"
        "    print(step)\n"
    )
    options = ("--fork", f"--on-unsaveable={mode}", "--every", "1", "--crash-after", "99")
    outcome = run_tool(path, Place.under(tmp_path), *options)
    assert outcome.status == 0
    assert outcome.stderr.count("values[0]: socket.socket cannot be saved") == warnings


def test_what_is_no_value_costs_the_snapshot_only(tmp_path):
    path = tmp_path / "thread.py"
    path.write_text(
        "import threading\nstop = threading.Event()\n"
        "thread = threading.Thread(target=stop.wait)\nthread.start()\n"
        "for step in range(3):  # checkpoint\n    print(step)\nstop.set()\n"
    )
    place = Place.under(tmp_path)
    outcome = run_tool(path, place, "--on-unsaveable=warn", "--every", "1")
    assert outcome.status == 0 and outcome.stdout == b"0\n1\n2\n"
    assert (
        outcome.stderr.count("no snapshot: ") == 1 and "threads cannot be saved" in outcome.stderr
    )
    assert run_tool(path, Place.under(tmp_path), "--on-unsaveable=drop").stderr == ""


def test_dead_variables_are_kept_for_a_debugger(tmp_path):
    path = tmp_path / "dead.py"
    path.write_text(
        "import sys\n\ndef look():\n    return sorted(sys._getframe(1).f_locals)\n\n"
        "def work(argument):\n    dead = [1]\n"
        "    for step in range(2):  # checkpoint\n        pass\n    print(look())\n\nwork(3)\n"
    )
    for options, names in (((), []), (("--keep-dead",), ["argument", "dead", "step"])):
        place = Place.under(tmp_path)
        run_tool(path, place, *options, "--every", "1", "--crash-after", "2")
        found = run_tool(path, place, *options).stdout.decode()
        assert [name for name in eval(found) if not name.startswith("_ar")] == names
