"""What the tool says reaches the terminal as it is, and nothing else."""

import io
import os
import pty
import subprocess
import sys

import pytest
from crash import environment, interpreter

from autoresume import console

NASTY = "[bold]a[/bold] [/] \\[x] 3.5 'q' " + "long " * 60


def test_plain_lines(capfd, monkeypatch):
    monkeypatch.setattr(sys, "__stderr__", os.fdopen(os.dup(2), "w"))
    console.say("resuming")
    console.warn(NASTY)
    console.error("bad\n    x = (\n        ^")
    out, err = capfd.readouterr()
    assert out == ""
    assert err == (
        f"autoresume: resuming\nautoresume: warning: {NASTY}\n"
        "autoresume: error: bad\n    x = (\n        ^\n"
    )


@pytest.mark.parametrize("change", ["sys.stderr = io.StringIO()", "sys.stderr = None"])
def test_the_programs_own_stderr_is_left_alone(change):
    program = f"import io, sys\nfrom autoresume import console\n{change}\nconsole.say('x')\n"
    program += "print(sys.stderr and sys.stderr.getvalue())"
    command = [interpreter(), "-c", program]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.stderr == "autoresume: x\n"
    assert done.stdout in ("\n", "None\n")


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_no_stderr_is_no_failure(monkeypatch, stream):
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "__stderr__", stream)
    console.say("x")


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_terminal_gets_the_same_text(term):
    program = f"from autoresume import console\nconsole.warn({NASTY!r})"
    main, side = pty.openpty()
    command = [interpreter(), "-c", program]
    env = environment(TERM=term, COLUMNS="40", NO_COLOR=None)
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=side)
    os.close(side)
    text = os.read(main, 100_000).decode()
    os.close(main)
    assert done.stdout == b""
    assert ("\x1b[" in text) == (term == "xterm")
    for code in ("\x1b[33m", "\x1b[0m"):
        text = text.replace(code, "")
    assert text == f"autoresume: warning: {NASTY}\r\n"


def test_rich_is_imported_only_when_it_is_used():
    program = (
        "import sys\nfrom autoresume import cli, console\nconsole.say('x')\n"
        "print({'rich', 'numpy', 'cloudpickle', 'random'} & sys.modules.keys())"
    )
    command = [interpreter(), "-c", program]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.stdout == "set()\n"
