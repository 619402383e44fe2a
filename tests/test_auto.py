"""``--auto``: every loop is a boundary, and one that cannot be saved is passed over."""

import crash
import pytest

from autoresume import console
from autoresume.misses import Misses
from autoresume.transforms import parse

PLAIN = """\
def inner(n):
    total = 0
    for i in range(n):
        j = 0
        while j < 3:
            total += i * j
            j += 1
        print("row", i, total)
    return total


async def never():
    for i in range(3):
        pass


class Table:
    rows = []
    for i in range(3):
        rows.append(i)


print([inner(k) for k in range(3)], Table.rows)
"""
AWKWARD = """\
import re
import socket
import sys
import threading
import time


def key(found):
    total = 0
    for i in range(3):
        time.sleep(0.002)
        total += i
    return found.group() * total


def with_socket():
    with socket.socket() as connection:
        for i in range(3):
            time.sleep(0.002)
        return connection.family.name


def numbers():
    for i in range(3):
        time.sleep(0.002)
        yield i


def lasting():
    for i in range(300):
        time.sleep(0.005)
        print("at", i)


print(re.sub("[a-c]", key, "abcd"))
print(sum(numbers()))
thread = threading.Thread(target=time.sleep, args=(0.03,))
thread.start()
while thread.is_alive():
    time.sleep(0.002)
thread.join()
if "socket" in sys.argv:
    print(with_socket())
else:
    lasting()
"""


def write(tmp_path, source):
    script = tmp_path / "script.py"
    script.write_text(source)
    return script


def check(script, folder, first, then):
    plain = crash.run_plain(script, folder)
    place = crash.Place.under(folder)
    killed = crash.run_tool(script, place, *first)
    assert killed.status == crash.KILLED, killed
    resumed = crash.run_tool(script, place, *then)
    assert (resumed.status, killed.stdout + resumed.stdout) == (0, plain.stdout), resumed.stderr
    return killed, resumed


@pytest.mark.parametrize("number", [1, 2, 7, 12])
def test_a_script_without_marks(number, tmp_path):
    options = "--auto", "--every", "1"
    check(write(tmp_path, PLAIN), tmp_path, (*options, "--crash-after", str(number)), options)


@pytest.mark.parametrize("number", [1, 5])
def test_what_cannot_be_saved_is_passed_over(number, tmp_path):
    options = "--auto", "--every", "1"
    script = write(tmp_path, AWKWARD)
    killed, _ = check(script, tmp_path, (*options, "--crash-after", str(number)), options)
    assert b"aaabbbcccd" in killed.stdout
    assert "error" not in killed.stderr


def test_it_runs_to_its_end(place, tmp_path):
    script = write(tmp_path, AWKWARD)
    outcome = crash.run_tool(script, place, "--auto", "--every", "1", args=["socket"])
    assert (outcome.status, outcome.stderr) == (0, "")
    assert outcome.stdout.endswith(b"AF_INET\n")


def test_a_run_goes_on_as_it_was_started(tmp_path):
    _, resumed = check(
        write(tmp_path, PLAIN), tmp_path, ("--auto", "--every", "1", "--crash-after", "3"), ()
    )
    assert "was started with --auto" in resumed.stderr
    marked = write(tmp_path, PLAIN.replace("range(n):", "range(n):  # checkpoint"))
    _, resumed = check(marked, tmp_path, ("--every", "1", "--crash-after", "3"), ("--auto",))
    assert "was started without --auto" in resumed.stderr


def test_a_script_without_loops(place, tmp_path):
    outcome = crash.run_tool(write(tmp_path, "print(1)\n"), place, "--auto")
    assert (outcome.status, outcome.stdout) == (0, b"1\n")
    assert "no loop in" in outcome.stderr


def test_which_loops():
    parsed = parse(PLAIN.encode(), "sample.py", every_loop=True)
    assert sorted(node.lineno for node in parsed.marked) == [3, 5, 19]


def test_the_user_is_told_in_the_end(monkeypatch):
    told = []
    monkeypatch.setattr(console, "warn", told.append)
    misses = Misses(patience=60)
    misses.add("a.py:1: first")
    assert not told
    misses.patience = 0
    misses.add("a.py:2: second")
    assert told == ["no snapshot could be taken for 0 s: a.py:1: first"]
    misses.end()
    misses.patience = 0
    misses.add("a.py:3: third")
    assert "third" in told[1]
