"""How many snapshots stay, how small they are, and going back to one: from the command line."""

import crash
import pytest

STEPS = """
table = list(range(100_000))
for step in range(12):  # checkpoint
    table[step] = -step
    print(step, sum(table))
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(STEPS)
    return path


def numbers(place):
    found = place.store.glob("*/*.snapshot")
    return sorted(int(path.stem.rpartition("-")[2]) for path in found)


def killed(script, place, snapshot, *options):
    done = crash.run_tool(script, place, "--every", "1", "--crash-after", str(snapshot), *options)
    assert done.status == crash.KILLED, done.stderr
    return done


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ([], [6, 7, 8]),
        (["--keep", "5"], [4, 5, 6, 7, 8]),
        (["--keep", "1", "--history", "1h"], [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
    ids=str,
)
def test_what_stays(options, left, script, place):
    killed(script, place, 8, *options)
    assert numbers(place) == left
    resumed = crash.run_tool(script, place, *options)
    assert (resumed.status, numbers(place)) == (0, [])


def test_going_back(script, place):
    plain = crash.run_plain(script, place.cwd).stdout.splitlines(keepends=True)
    killed(script, place, 8, "--keep", "9")
    back = crash.run_tool(script, place, "--from", "3", "--every", "1", "--crash-after", "2")
    assert back.stdout == b"".join(plain[2:4])
    assert "from snapshot 3," in back.stderr
    assert numbers(place) == [8, 9, 10]
    on = crash.run_tool(script, place)
    assert on.stdout == b"".join(plain[4:])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "2"], "there is no snapshot 2 in "),
        (["--from", "0"], "expected a number from 1, not '0'"),
        (["--from", "3", "--fresh"], "give one of them"),
        (["--history", "5"], "expected a time such as 30s"),
    ],
    ids=str,
)
def test_refused(options, said, script, place):
    killed(script, place, 8)
    refused = crash.run_tool(script, place, *options)
    assert (refused.status, refused.stdout) == (2, b"")
    assert said in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert numbers(place) == [6, 7, 8]


def test_smaller(script, place, tmp_path):
    plain = crash.run_plain(script, place.cwd).stdout
    other = crash.Place.under(tmp_path)
    first = killed(script, place, 5, "--compress", "--keep", "1")
    killed(script, other, 5, "--keep", "1")
    assert 1.2 * size(place) < size(other)
    resumed = crash.run_tool(script, place, "--every", "1")
    assert first.stdout + resumed.stdout == plain


def size(place):
    return sum(path.stat().st_size for path in place.store.rglob("*") if path.is_file())
