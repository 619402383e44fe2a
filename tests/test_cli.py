"""The command line from the outside: running a script as python does, and bad input."""

import os

import crash
import pytest

LOOP = """\
total = 0
for step in range(6):  # checkpoint
    total += step
    print("step", step)
print("total", total)
"""


@pytest.fixture
def write(place):
    """Write a file into the working directory and return its path."""

    def write(source, name="script.py"):
        path = place.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return path

    return write


def both(place, *command):
    """The outcomes of the same arguments under python and under the tool."""
    plain = crash.run([crash.interpreter(), *command], place.cwd)
    return plain, crash.run([*crash.tool_command(place), *command], place.cwd)


def check_bad_input(outcome, *words):
    """Check for status 2, nothing on stdout, and one line of the tool with these words."""
    assert outcome.status == 2, outcome.stderr
    assert outcome.stdout == b""
    ours = [line for line in outcome.stderr.splitlines() if line.startswith("autoresume: ")]
    assert len(ours) == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in outcome.stderr


# --- running ---------------------------------------------------------------------------------


LOOKS_AROUND = """\
import os
import sys

print(__name__, __file__, __doc__, __spec__ and __spec__.name, __package__)
print(sys.argv, sys.path[0], sys.modules["__main__"] is not None, os.getcwd())
print(type(__loader__).__name__, __builtins__)
print(sorted(name for name in globals() if not name.startswith("_ar")))
for step in range(2):  # checkpoint
    print(sys._getframe().f_code.co_name, sys._getframe().f_lineno, sys.flags.hash_randomization)
print(__file__ == sys.modules["__main__"].__file__, sys.exc_info(), sys.getrecursionlimit())
"""


@pytest.mark.parametrize("name", ["script.py", "./script.py", "sub/folder/script.py", "no_suffix"])
def test_the_script_sees_what_python_shows_it(name, place, write):
    write(LOOKS_AROUND, name)
    plain, under = both(place, name, "a", "--store", "-m", "b c")
    assert plain.status == under.status == 0, under.stderr
    assert under.stdout == plain.stdout


def test_an_absolute_path_from_another_folder(place, tmp_path):
    script = tmp_path / "elsewhere.py"
    script.write_text(LOOKS_AROUND)
    plain, under = both(place, str(script))
    assert under.stdout == plain.stdout


def test_a_module(place, write):
    write("print('package', __name__, __file__)\n", "pkg/__init__.py")
    write(LOOKS_AROUND, "pkg/mod.py")
    write("from . import other\nprint(__name__, __spec__.name)\n" + LOOP, "pkg/__main__.py")
    write("print('other', __name__)\n", "pkg/other.py")
    for name in ("pkg.mod", "pkg"):
        plain, under = both(place, "-m", name, "-v", "--every=3")
        assert plain.status == under.status == 0, under.stderr
        assert under.stdout == plain.stdout


def test_a_module_killed_and_resumed(place, write):
    write("COUNT = []\n", "pkg/__init__.py")
    write(
        "from . import COUNT\nfrom .n.part import work\nprint(work(4), COUNT)\n", "pkg/__main__.py"
    )
    write(  # in a namespace package of a package that is not imported when the script is read
        "from .. import COUNT\n\n\ndef work(n):\n    for i in range(n):  # checkpoint\n"
        "        COUNT.append(i)\n        print(i)\n    return COUNT\n",
        "pkg/n/part.py",
    )
    plain = crash.run([crash.interpreter(), "-m", "pkg"], place.cwd)
    command = crash.tool_command(place, "--every", "1")
    killed = crash.run([*command, "--crash-after", "3", "-m", "pkg"], place.cwd)
    resumed = crash.run([*command, "-m", "pkg"], place.cwd)
    assert killed.status == crash.KILLED, killed.stderr
    crash.compare(plain, [killed, resumed], "-m pkg")


@pytest.mark.parametrize(("first", "then"), [(None, "1"), ("1", None)])
def test_standard_streams_with_a_buffer_in_one_process_only(place, write, first, then):
    write(
        "import sys\nout, below = sys.stdout, sys.stdout.buffer\n"
        "for step in range(4):  # checkpoint\n"
        "    print(step, out is sys.stdout, below is out.buffer, flush=True)\n"
    )
    plain = crash.run([crash.interpreter(), "script.py"], place.cwd)
    command = crash.tool_command(place, "--every", "1")
    buffered = crash.environment(PYTHONUNBUFFERED=first)
    killed = crash.run([*command, "--crash-after", "2", "script.py"], place.cwd, buffered)
    again = crash.environment(PYTHONUNBUFFERED=then)
    resumed = crash.run([*command, "script.py"], place.cwd, again)
    crash.compare(plain, [killed, resumed], "script.py")


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "import sys; sys.exit()",
        "import sys; sys.exit(3)",
        "import sys; sys.exit('a message')",
        "import sys; sys.exit(256 + 7)",
        "import sys; sys.exit([1, 2])",
        "raise SystemExit(4)",
        "import os; sys_exit = os._exit; print(end='', flush=True); sys_exit(5)",
        "import os; os.kill(os.getpid(), 1)",
        "raise KeyboardInterrupt",
        "raise ValueError('text')",
        "1 / 0",
        "import atexit; atexit.register(print, 'at exit')",
        "import sys; sys.excepthook = lambda *about: print('hook', about[0]); undefined",
    ],
)
def test_the_exit_status_is_the_script_s(ending, place, write):
    write(LOOP.replace('print("total", total)', ending))
    plain, under = both(place, "script.py")
    assert under.status == plain.status, under.stderr
    assert under.stdout == plain.stdout
    assert plain.stderr in under.stderr


FAILS = """\
class Model:
    def fit(self, rows):
        for row in rows:  # checkpoint
            self.update(row)

    def update(self, row):
        try:
            return [1 / x for x in row]
        except ZeroDivisionError as error:
            raise ValueError(
                f"row {row}"
            ) from error


def main():
    with open("out.txt", "w"):
        Model().fit([[1, 2], [3], [4, 0], [5]])


main()
"""


def test_tracebacks_are_python_s(place, write):
    write(FAILS)
    plain, under = both(place, "script.py")
    assert plain.status == under.status == 1
    assert plain.stderr in under.stderr


@pytest.mark.parametrize("k", [1, 2, 3])
def test_tracebacks_of_a_resumed_run(k, place, write):
    script = write(FAILS)
    plain = crash.run_plain(script, place.cwd)
    crash.compare(plain, crash.run_with_crash(script, k, place), f"boundary {k}")


def test_stdout_is_not_touched_to_the_byte(place, write):
    write(
        "import os, sys\n"
        "sys.stdout.buffer.write(bytes(range(256)))\n"
        "for i in range(3):  # checkpoint\n"
        "    print(i, end='\\r\\n' * i)\n"
        "    sys.stdout.flush()\n"
        "    os.write(1, b'raw\\0')\n"
        "    sys.stdout.write('no newline')\n"
    )
    plain, under = both(place, "script.py")
    assert under.stdout == plain.stdout
    assert under.stderr == plain.stderr == ""


def test_stdin_reaches_the_script(place, write):
    write("for i in range(2):  # checkpoint\n    print(i)\nprint(input(), input())\n")
    command = [*crash.tool_command(place), "script.py"]
    outcome = crash.run(command, place.cwd, stdin=b"one\ntwo\n")
    assert outcome.stdout == b"0\n1\none two\n", outcome.stderr


def test_the_default_store_is_in_the_working_directory(place, write):
    write(LOOP)
    command = [crash.interpreter(), "-m", "autoresume", "--every", "1", "--crash-after", "2"]
    assert crash.run([*command, "script.py"], place.cwd).status == crash.KILLED
    assert (place.cwd / ".autoresume").is_dir()


def test_the_store_of_the_environment(place, write, tmp_path):
    write(LOOP)
    env = crash.environment() | {"AUTORESUME_STORE": str(tmp_path / "named")}
    command = [crash.interpreter(), "-m", "autoresume", "--every", "1"]
    killed = crash.run([*command, "--crash-after", "2", "script.py"], place.cwd, env)
    assert killed.status == crash.KILLED
    assert (tmp_path / "named").is_dir()
    assert not (place.cwd / ".autoresume").exists()
    resumed = crash.run([*command, "script.py"], place.cwd, env)
    assert killed.stdout + resumed.stdout == b"".join(
        [*(f"step {n}\n".encode() for n in range(6)), b"total 15\n"]
    )


def test_every_nth_boundary(place, write):
    script = write(LOOP)
    killed = crash.run_tool(script, place, "--every", "3", "--crash-after", "1")
    assert killed.status == crash.KILLED
    assert killed.stdout in (b"step 0\nstep 1\n", b"step 0\nstep 1\nstep 2\n")
    through = crash.run_tool(script, place, "--every", "50", "--crash-after", "1")
    assert through.status == 0


def test_every_so_many_seconds(place, write):
    script = write(
        "import time\n"
        "for step in range(30):  # checkpoint\n"
        "    time.sleep(0.03)\n"
        "    print('step', step)\n"
    )
    plain = crash.run_plain(script, place.cwd)
    killed = crash.run_tool(script, place, "--every", "0.2s", "--crash-after", "2")
    assert killed.status == crash.KILLED, killed.stderr
    assert 4 <= killed.stdout.count(b"step") < 30
    resumed = crash.run_tool(script, place, "--every", "0.2s")
    crash.compare(plain, [killed, resumed], "--every 0.2s")


def test_without_every_it_goes_by_time(place, write):
    script = write(LOOP)
    plain = crash.run_plain(script, place.cwd)
    crash.compare(plain, [crash.run_tool(script, place)], "by time")


def test_an_included_module_outside_of_the_folder(place, write, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    (library / "outside.py").write_text(
        "def work(n):\n    total = 0\n    for i in range(n):  # checkpoint\n"
        "        total += i\n        print(i)\n    return total\n"
    )
    script = write("import outside\nprint(outside.work(4) + outside.work(2))\n")
    path = os.pathsep.join([str(library), os.environ.get("PYTHONPATH", str(crash.HERE.parent))])
    plain = crash.run(
        [crash.interpreter(), str(script)], place.cwd, {**crash.environment(), "PYTHONPATH": path}
    )
    options = ("--include", "outside", "--every", "1")
    outcomes = [
        crash.run_tool(script, place, *options, "--crash-after", "2", PYTHONPATH=path),
        crash.run_tool(script, place, *options, PYTHONPATH=path),
    ]
    assert outcomes[0].status == crash.KILLED, outcomes[0].stderr
    crash.compare(plain, outcomes, "--include")


# --- the hash seed ---------------------------------------------------------------------------

SET_ORDER = """\
words = set("the quick brown fox jumps over a lazy dog and runs away".split())
order = list(words)
seen = []
for word in words:  # checkpoint
    seen.append(word)
    print(len(seen))
print(seen == order, list(set(order)) == list(set(seen)), [hash(w) for w in seen] == hashes)
""".replace("seen = []", "seen, hashes = [], [hash(w) for w in order]")


def test_strings_hash_the_same_after_a_resume(place, write):
    script = write(SET_ORDER)
    options = ("--every", "1")
    killed = crash.run_tool(script, place, *options, "--crash-after", "5", PYTHONHASHSEED=None)
    resumed = crash.run_tool(script, place, *options, PYTHONHASHSEED=None)
    assert killed.status == crash.KILLED, killed.stderr
    lines = (killed.stdout + resumed.stdout).decode().splitlines()
    assert lines == [*map(str, range(1, 13)), "True True True"], resumed.stderr


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["missing.py"], ["folder/missing.py", "x"], ["-m", "nowhere"]])
def test_no_such_script(command, place):
    outcome = crash.run([*crash.tool_command(place), *command], place.cwd)
    check_bad_input(outcome, command[-1] if "-m" in command else command[0])


@pytest.mark.parametrize(
    "options",
    [
        ["--every", "0"],
        ["--every", "soon"],
        ["--crash-after", "-1"],
        ["--unknown"],
        ["--store"],
        ["--include", "not a name"],
        [],
    ],
)
def test_a_bad_command_line(options, place, write):
    write(LOOP)
    script = ["script.py"] if options and options != ["--store"] else []
    command = [crash.interpreter(), "-m", "autoresume", *options, *script]
    check_bad_input(crash.run(command, place.cwd))


@pytest.mark.parametrize(
    "source",
    [
        "print('a')\nfor i in range(3)  # checkpoint\n    pass\n",
        "for i in range(3):  # checkpoint\n    x = (1,\n",
        "for i in range(3):  # checkpoint\nprint(i)\n",
        "def f():\n    for i in [1]:  # checkpoint\n        break\n    continue\n",
        "x = 'never closed\nfor i in range(3):  # checkpoint\n    pass\n",
    ],
)
def test_a_syntax_error_is_printed_as_python_prints_it(source, place, write):
    write(source)
    plain, under = both(place, "script.py")
    assert under.status == 2
    assert under.stderr == plain.stderr
    assert under.stdout == b""


@pytest.mark.parametrize(
    "line, source",
    [
        (2, "print('ran')\nx = 1  # checkpoint\n"),
        (2, "print('ran')\nif True:  # checkpoint\n    pass\n"),
        (4, "print('ran')\ndef f():\n    for i in [1]:\n        pass  # checkpoint\n"),
        (1, "print('ran')  # checkpoint\n"),
        (2, "print('ran')\nwith open('a') as b:  # checkpoint\n    pass\n"),
        (3, "print('ran')\nfor i in []:\n    x = [j for j in 'ab']  # checkpoint\n"),
    ],
)
def test_a_marker_on_what_is_no_loop(line, source, place, write):
    write(source)
    outcome = crash.run([*crash.tool_command(place), "script.py"], place.cwd)
    check_bad_input(outcome, f"script.py:{line}")
    *_, quoted, caret = outcome.stderr.splitlines()
    text = source.splitlines()[line - 1]
    assert quoted.endswith(text)
    assert caret.strip() == "^"
    assert caret.index("^") - quoted.index(text) == text.index("#")


@pytest.mark.parametrize("option", [": fast", ": every=banana", ":every", ": rebuilt"])
def test_an_unknown_option_in_a_marker(option, place, write):
    write(f"print('ran')\nfor i in range(3):  # checkpoint{option}\n    pass\n")
    outcome = crash.run([*crash.tool_command(place), "script.py"], place.cwd)
    check_bad_input(outcome, "script.py:2", "option", option.lstrip(": ").split("=")[0])


def test_a_bad_marker_in_an_imported_module(place, write):
    write("import helper\n")
    write("x = 1\ny = 2  # checkpoint\n", "helper.py")
    outcome = crash.run([*crash.tool_command(place), "script.py"], place.cwd)
    check_bad_input(outcome, "helper.py:2", "^")


def test_a_syntax_error_in_an_imported_module_is_the_script_s(place, write):
    write("import helper\n")
    write("for i in range(3):  # checkpoint\n    x = = 1\n", "helper.py")
    plain, under = both(place, "script.py")
    assert under.status == plain.status == 1
    assert under.stderr.endswith(plain.stderr)


def test_comments_that_only_mention_the_word(place, write):
    write(
        "# checkpoints are described below\n"
        "x = 1  # checkpointing is not used here\n"
        "# checkpoint files are written by another program\n"
        "y = '# checkpoint'\n" + LOOP
    )
    plain, under = both(place, "script.py")
    assert under.status == 0, under.stderr
    assert under.stdout == plain.stdout


def test_a_script_without_a_marker_runs_and_says_so_once(place, write):
    write("print('no loop')\n")
    plain, under = both(place, "script.py")
    assert (under.status, under.stdout) == (0, plain.stdout)
    assert len(under.stderr.splitlines()) <= 1


def test_a_store_that_cannot_be_written(place, write, tmp_path):
    write(LOOP)
    (tmp_path / "file").write_text("in the way")
    store = str(tmp_path / "file" / "store")
    command = [crash.interpreter(), "-m", "autoresume", "--store", store, "script.py"]
    check_bad_input(crash.run(command, place.cwd), store)


def test_the_version_and_help_go_to_stdout(place):
    for option in ("--version", "--help"):
        outcome = crash.run([crash.interpreter(), "-m", "autoresume", option], place.cwd)
        assert outcome.status == 0
        assert b"autoresume" in outcome.stdout
