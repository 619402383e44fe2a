"""Open files come back where they were, and those being written are rolled back."""

import subprocess

import crash
import pytest
from pickling_driver import refusal, roundtrip, spawn, step, write


def test_files(tmp_path):
    roundtrip(
        tmp_path,
        """
        import os, sys
        os.chdir(os.path.dirname(__file__))
        written = open("out.txt", "w")
        written.write("one\\n")
        appended = open("log.txt", "a")
        appended.write("first\\n")
        read = open("main.py")
        first = read.readline()
        iterated = open("main.py")
        next(iterated)
        binary = open("main.py", "rb")
        binary.read(7)
        updated = open("data.bin", "wb+")
        updated.write(b"abc")
        raw = open("main.py", "rb", buffering=0)
        raw.read(3)
        windows = open("windows.txt", "w", newline="\\r\\n", encoding="utf-16")
        windows.write("a\\n")
        closed = open("main.py")
        closed.close()
        out, raw_out = sys.__stdout__, sys.__stdout__.buffer
        lines = open("main.py").read().splitlines(True)
        memory = __import__("io").StringIO("kept")
        memory.read(2)
        """,
        """
        import os, sys
        os.chdir(os.path.dirname(__file__))
        written.write("two\\n"); written.flush()
        assert open("out.txt").read() == "one\\ntwo\\n"
        assert (written.name, written.mode, written.encoding) == ("out.txt", "w", "UTF-8")
        appended.write("second\\n"); appended.flush()
        assert open("log.txt").read() == "first\\nsecond\\n"
        assert read.readline() == lines[1] and next(iterated) == lines[1]
        assert binary.read(5) == "".join(lines).encode()[7:12]
        assert raw.read(4) == "".join(lines).encode()[3:7]
        updated.seek(0)
        assert updated.read() == b"abc"
        windows.write("b\\n"); windows.flush()
        assert open("windows.txt", "rb").read() == "a\\r\\nb\\r\\n".encode("utf-16")
        assert closed.closed and closed.name == "main.py"
        assert out is sys.__stdout__ and raw_out is sys.__stdout__.buffer
        assert memory.read() == "pt"
        """,
    )


PROGRAM = """
import os
out = open(os.path.dirname(__file__) + "/out.txt", "w")
out.write("before\\n")
"""


def test_what_was_written_after_the_snapshot_is_rolled_back(tmp_path):
    write(tmp_path, main=PROGRAM, check="out.write('after'); out.close()")
    step("run", tmp_path)
    (tmp_path / "out.txt").write_text("before\nand more that is lost with the process\n")
    step("check", tmp_path)
    assert (tmp_path / "out.txt").read_text() == "before\nafter"


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_text("bef"), "had 7 bytes at the snapshot and has only 3 now"),
    ],
)
def test_a_file_that_is_not_there_any_more_is_a_named_error(tmp_path, damage, told):
    write(tmp_path, main=PROGRAM, check="")
    step("run", tmp_path)
    damage(tmp_path / "out.txt")
    done = spawn("check", tmp_path)
    assert done.returncode != 0
    assert str(tmp_path / "out.txt") in done.stderr and told in done.stderr


def test_files_that_no_path_leads_to_are_refused(tmp_path):
    message = refusal(
        tmp_path,
        """
        import os
        r, w = os.pipe()
        pipe = open(r, "rb", buffering=0)
        """,
    )
    assert message.startswith("pipe: _io.FileIO cannot be saved; ")
    assert "no regular file" in message


READS = """
import sys
first = input()
for line in sys.stdin:  # checkpoint
    print(first, line.strip())
"""


def fed(place, program, stdin, *options):
    command = [*crash.tool_command(place, "--every", "500", *options), str(program)]
    return subprocess.run(
        command, cwd=place.cwd, env=crash.environment(), stdin=stdin, capture_output=True, text=True
    )


@pytest.fixture
def reading(tmp_path):
    """A place, a program that reads its standard input, and a file for that."""
    (tmp_path / "main.py").write_text(READS)
    (tmp_path / "in.txt").write_text("".join(f"line {n} é\n" for n in range(3000)))
    return crash.Place.under(tmp_path), tmp_path / "main.py", tmp_path / "in.txt"


def test_the_standard_input_goes_on(reading):
    place, program, given = reading
    with given.open() as stdin:
        before = fed(place, program, stdin, "--crash-after", "2")
    with given.open() as stdin:
        after = fed(place, program, stdin)
    told = (before.stdout + after.stdout).splitlines()
    assert told == [f"line 0 é line {n} é" for n in range(1, 3000)], after.stderr


def test_another_standard_input_is_a_named_error(reading):
    place, program, given = reading
    with given.open() as stdin:
        fed(place, program, stdin, "--crash-after", "2")
    after = fed(place, program, subprocess.DEVNULL)
    assert after.returncode and "give the same file as the standard input" in after.stderr


def test_a_pipe_that_is_read_in_part_is_refused(reading):
    place, program, given = reading
    with subprocess.Popen(["cat", str(given)], stdout=subprocess.PIPE) as cat:
        done = fed(place, program, cat.stdout)
    assert done.returncode == 2 and "has been read from a pipe" in done.stderr


def test_a_program_may_close_its_standard_input(tmp_path):
    program = tmp_path / "main.py"
    program.write_text(
        "import os\nos.close(0)\nfor i in range(5):  # checkpoint\n    print(i, flush=True)\n"
    )
    (tmp_path / "given").write_text("not read\n")
    place = crash.Place.under(tmp_path)
    with (tmp_path / "given").open() as stdin:
        before = fed(place, program, stdin, "--every", "1", "--crash-after", "2")
    with (tmp_path / "given").open() as stdin:
        after = fed(place, program, stdin, "--every", "1")
    assert (before.returncode, after.returncode) == (crash.KILLED, 0), before.stderr + after.stderr
    assert before.stdout + after.stdout == "0\n1\n2\n3\n4\n"
