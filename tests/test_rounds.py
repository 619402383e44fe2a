import ast
import sys
import textwrap
from pathlib import Path

import crash
import pytest

import autoresume

HEAD = """\
import os
import random
import signal
import sys
from collections import defaultdict

import numpy as np

import autoresume


def die_in(number):
    if os.environ.get("DIE_IN") == str(number):
        os.kill(os.getpid(), signal.SIGKILL)


"""

GLOBALS = """\
class Walker:
    def __init__(self, steps):
        self.steps = steps
        self.path = np.zeros((steps, 2))
        self.rows = [self.path[i] for i in range(steps)]

    def step(self, i):
        self.rows[i] += rng.normal(size=2) + random.random() + np.random.random()


def counter():
    count = 0

    def bump():
        nonlocal count
        count += 1
        return count

    return bump


def init():
    global walker, rng, seen, calls
    random.seed(1)
    np.random.seed(2)
    rng = np.random.default_rng(3)
    walker = Walker(10)
    seen = defaultdict(lambda: [walker])
    calls = counter()


def run_iteration(number):
    walker.step(number)
    seen[number % 3].append(number)
    calls()
    print(number, walker.path.sum(), random.random(), flush=True)
    die_in(number)


round, rounds = autoresume.start_or_resume(round_count=10, init=init)
autoresume.run_rounds(round, rounds, run_iteration, **ROUND_OPTIONS)
assert all(type(w) is Walker and w is walker for w, *_ in seen.values())
print(calls(), walker.path.tobytes().hex(), {k: v[1:] for k, v in seen.items()})
"""

STATE = """\
class State:
    pass


def init():
    state.field = np.zeros(4)
    state.parts = [state]


def run_iteration(number):
    state.field += rng(state)
    die_in(number)


def rng(of):
    return np.random.default_rng(len(of.parts)).random(4)


state = State()
others = {"alias": state}
round, rounds = autoresume.start_or_resume(round_count=6, init=init, state=state)
autoresume.run_rounds(round, rounds, run_iteration)
assert others["alias"] is state and state.parts[0] is state
print(round, state.field.sum())
"""

OWN_LOOP = """\
def init():
    state.update(total=0, stale=None)


state = {}
same = state
round, rounds = autoresume.start_or_resume(round_count=8, init=init, state=state)
state.pop("stale", None)
for number in range(round, rounds):
    state["total"] += number
    autoresume.snapshot(number + 1)
    print(number, flush=True)
    die_in(number)
assert same is state
print(state)
"""


def write(folder, body, **options):
    script = folder / "script.py"
    script.write_text(HEAD + body.replace("**ROUND_OPTIONS", f"**{options}"))
    return script


def start(script, *args, cwd=None, **env):
    command = [crash.interpreter(), str(script), *args]
    return crash.run(command, cwd or script.parent, crash.environment(**env))


def uninterrupted(script):
    folder = script.parent / "uninterrupted"
    folder.mkdir()
    outcome = start(script, cwd=folder)
    assert outcome.status == 0, outcome.stderr
    return outcome.stdout.splitlines(keepends=True)


def one_line(outcome):
    assert outcome.status == 2, outcome.stderr
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("autoresume: error: ")
    return line


@pytest.mark.parametrize(("every", "killed_in", "resumed_in"), [(1, 0, 0), (1, 6, 6), (4, 6, 4)])
def test_a_killed_run_goes_on_as_if_undisturbed(tmp_path, every, killed_in, resumed_in):
    script = write(tmp_path, GLOBALS, every=every)
    plain = uninterrupted(script)
    killed = start(script, DIE_IN=str(killed_in))
    assert killed.status == crash.KILLED, killed.stderr
    assert killed.stdout == b"".join(plain[: killed_in + 1])
    resumed = start(script)
    assert resumed.status == 0, resumed.stderr
    assert f"round {resumed_in} of 10" in resumed.stderr
    assert resumed.stdout == b"".join(plain[resumed_in:])


def test_a_run_killed_again_and_again(tmp_path):
    script = write(tmp_path, GLOBALS)
    plain = uninterrupted(script)
    for number in (2, 2, 3, 7, 9):
        assert start(script, DIE_IN=str(number)).status == crash.KILLED
    assert start(script).stdout == b"".join(plain[9:])


def test_a_state_object_is_filled_in_place(tmp_path):
    script = write(tmp_path, STATE)
    plain = uninterrupted(script)
    start(script, DIE_IN="3")
    resumed = start(script)
    assert resumed.status == 0, resumed.stderr
    assert resumed.stdout.split() == [b"3", plain[0].split()[1]]


def test_snapshots_at_places_of_ones_own_choosing(tmp_path):
    script = write(tmp_path, OWN_LOOP)
    plain = uninterrupted(script)
    killed = start(script, DIE_IN="4")
    resumed = start(script)
    assert resumed.status == 0, resumed.stderr
    assert killed.stdout + resumed.stdout == b"".join(plain)


def test_a_finished_run_starts_afresh_and_says_so(tmp_path):
    script = write(tmp_path, OWN_LOOP)
    first, second = start(script), start(script)
    assert first.stderr == ""
    assert "finished" in second.stderr and "afresh" in second.stderr
    assert first.stdout == second.stdout


def test_other_arguments_are_another_run(tmp_path):
    script = write(tmp_path, OWN_LOOP)
    start(script, "a", DIE_IN="4")
    assert start(script, "b").stdout.startswith(b"0\n")
    assert start(script, "a").stdout.startswith(b"5\n")


def test_a_program_that_fails_after_its_rounds_goes_on_there(tmp_path):
    script = write(tmp_path, OWN_LOOP)
    text = script.read_text()
    script.write_text(text + "print(1 / 0)\n")
    assert start(script).status == 1
    script.write_text(text)
    mended = start(script)
    assert mended.stdout == b"{'total': 28}\n", mended.stderr


def test_code_is_that_of_today(tmp_path):
    script = write(tmp_path, STATE)
    start(script, DIE_IN="3")
    script.write_text(script.read_text().replace("random(4)", "random(4) * 0"))
    assert start(script).status == 0


def test_a_class_that_is_gone_is_named(tmp_path):
    script = write(tmp_path, GLOBALS)
    start(script, DIE_IN="3")
    script.write_text(script.read_text().replace("Walker", "Strider"))
    assert "Walker" in one_line(start(script))


def test_a_second_process_on_a_run_is_told_of_the_first(tmp_path):
    script = write(tmp_path, OWN_LOOP + "sys.stdin.read()\n")
    command = [crash.interpreter(), str(script)]
    with crash.started(command, tmp_path) as child:
        assert child.stdout.readline() == b"0\n"
        child.send_signal(crash.signal.SIGSTOP)
        line = one_line(start(script))
        assert f"process {child.pid} " in line


def test_a_damaged_snapshot_falls_back_to_the_one_before(tmp_path):
    script = write(tmp_path, OWN_LOOP)
    plain = uninterrupted(script)
    start(script, DIE_IN="4", AUTORESUME_STORE=str(tmp_path / "store"))
    newest = sorted((tmp_path / "store").rglob("*.snapshot"))[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    resumed = start(script, AUTORESUME_STORE=str(tmp_path / "store"))
    assert "warning" in resumed.stderr
    assert resumed.stdout == b"".join(plain[4:])


def test_what_cannot_be_saved_is_named_before_the_first_round(tmp_path):
    body = GLOBALS.replace("    global ", "    global base, ")
    body = body.replace("    random.seed(1)", "    base = sqlite3.connect(':memory:')")
    script = write(tmp_path, "import sqlite3\n\n\n" + body)
    outcome = start(script)
    assert "base" in one_line(outcome)
    assert outcome.stdout == b""


@pytest.mark.parametrize(
    "program",
    [
        "autoresume.run_rounds(0, 1, print)",
        "autoresume.snapshot()",
        "autoresume.start_or_resume(1, print, state=[])",
        "[autoresume.start_or_resume(1, int) for _ in '12']",
    ],
)
def test_wrong_use_is_one_line(tmp_path, program):
    script = tmp_path / "script.py"
    script.write_text("import autoresume\n" + program)
    one_line(start(script))


def test_a_session_without_a_script_is_refused(tmp_path):
    program = "import autoresume; autoresume.start_or_resume(1, print)"
    outcome = crash.run([crash.interpreter(), "-c", program], tmp_path, crash.environment())
    assert "script" in one_line(outcome)


def test_importing_the_package_imports_none_of_it(tmp_path):
    program = """\
        import sys
        import autoresume
        print([name for name in sys.modules if name.startswith(("autoresume", "numpy"))])
        autoresume.RunLocked
        print("autoresume.errors" in sys.modules, "numpy" in sys.modules)
        """
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(program))
    assert start(script).stdout == b"['autoresume']\nTrue False\n"


def test_public_names():
    for name in autoresume.__all__:
        assert getattr(autoresume, name) is not None
        assert name in dir(autoresume)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        autoresume.nothing_like_it


def test_all_names_have_a_type():
    tree = ast.parse(Path(autoresume.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names}
    assert set(autoresume.__all__) - {"__version__"} <= names


def test_a_lambda_among_more_or_fewer_than_before_is_refused(tmp_path):
    script = write(tmp_path, GLOBALS)
    start(script, DIE_IN="3")
    script.write_text(
        script.read_text().replace("    calls = ", "    key = lambda: 0\n    calls = ")
    )
    assert "<lambda>" in one_line(start(script))


def test_code_made_at_run_time_is_for_the_same_python(tmp_path):
    made = OWN_LOOP.replace("total=0", "total=0, call=eval('lambda: 0')")
    pretend = (
        'autoresume.snapshot\nif "PRETEND" in os.environ:\n    sys.version_info = (3, 99)\n\n\n'
    )
    script = write(tmp_path, pretend + made.replace("print(state)", 'print(state["total"])'))
    start(script, DIE_IN="4")
    assert f"Python 3.{sys.version_info[1]}" in one_line(start(script, PRETEND="1"))
    assert start(script).stdout == b"5\n6\n7\n28\n"
