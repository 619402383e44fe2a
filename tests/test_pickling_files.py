"""Open files come back where they were, and those being written are rolled back."""

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
