"""Signals that ask a run to stop: real processes, that send them to themselves or are sent them."""

import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import crash
import pytest

from autoresume.signals import minds_interrupt

AGAIN = 75
ASKING = ["SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2"]
HEAD = """\
import os
import signal
import sys
import time


def send(name="SIGTERM"):
    os.kill(os.getpid(), getattr(signal, name))
"""


@pytest.fixture
def write(tmp_path):
    def write(source, name="script.py"):
        script = tmp_path / name
        script.write_text(HEAD + source)
        return script

    return write


def ours(outcome):
    return [line for line in outcome.stderr.splitlines() if line.startswith("autoresume: ")]


def check_stops(script, place, *options, args=(), plain_args=()):
    """A run that stops itself with 75, and goes on to the output of a run without signals."""
    plain = crash.run_plain(script, place.cwd, plain_args)
    assert plain.status == 0, plain.stderr
    stopped = crash.run_tool(script, place, *options, args=args)
    assert stopped.status == AGAIN, stopped
    resumed = crash.run_tool(script, place, *options, args=args)
    assert (resumed.status, stopped.stdout + resumed.stdout) == (0, plain.stdout), resumed.stderr
    return stopped, resumed


STEPS = """
total = 0
for step in range(6):  # checkpoint
    print("step", step)
    total += step
    if step == 2 and len(sys.argv) > 1:
        send(sys.argv[1])
    print("after", total)
print("done", total)
"""


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("options", [[], ["--every", "1000"], ["--auto"]], ids=str)
def test_a_snapshot_at_the_next_boundary_and_the_status_that_says_again(
    name, options, write, place
):
    stopped, _ = check_stops(write(STEPS), place, *options, args=[name])
    assert stopped.stdout.endswith(b"step 2\nafter 3\n")
    asked, left = ours(stopped)
    assert asked.startswith(f"autoresume: {name}: the program stops at the next boundary")
    assert "script.py:11 in <module>" in left
    assert "75" in left


def wait_for(child, path):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


WAITING = """
import hashlib
import pathlib

for step in range(4):  # checkpoint
    print("step", step)
    if step == 1 and not pathlib.Path("go").exists():
        pathlib.Path("here").touch()
        BLOCKING
print("done")
"""
BLOCKING = {
    "python": "while not pathlib.Path('go').exists(): pass",
    "a system call": "time.sleep(600)",
    "c code": "send(); hashlib.pbkdf2_hmac('sha256', b'', b'', 2 * 10**9)",
}


@pytest.mark.parametrize("blocking", BLOCKING.values(), ids=BLOCKING)
@pytest.mark.parametrize("second", ["SIGTERM", "SIGINT"])
def test_a_second_signal_stops_at_once(blocking, second, write, place):
    script = write(WAITING.replace("BLOCKING", blocking))
    with crash.started([*crash.tool_command(place), str(script)], place.cwd) as child:
        wait_for(child, place.cwd / "here")
        if "send" not in blocking:
            child.send_signal(signal.SIGUSR1)
        line = child.stderr.readline()
        assert b"a second signal stops it at once" in line
        deadline = time.monotonic() + 60
        # One that comes within a tenth of a second is the same as the first.
        while child.poll() is None and time.monotonic() < deadline:
            child.send_signal(getattr(signal, second))
            time.sleep(0.2)
        assert child.returncode == -getattr(signal, second)
    (place.cwd / "go").touch()
    assert crash.run_tool(script, place).stdout.endswith(b"step 3\ndone\n")


def test_a_signal_does_not_cut_a_system_call_short(write, place):
    script = write(
        """
import threading

for step in range(3):  # checkpoint
    if step == 1 and len(sys.argv) > 1:
        timer = threading.Timer(0.2, send)
        timer.start()
        begun = time.monotonic()
        time.sleep(0.6)
        print("slept", time.monotonic() - begun >= 0.6, file=sys.stderr)
        timer.join()
    print(step)
"""
    )
    stopped, _ = check_stops(script, place, args=["send"])
    assert "slept True" in stopped.stderr


def test_signals_that_come_together_are_one(write, place):
    script = write(STEPS.replace("send(sys.argv[1])", "[send(name) for name in sys.argv[1:]]"))
    check_stops(script, place, args=["SIGTERM", "SIGTERM", "SIGUSR1"])


def test_a_signal_before_the_first_boundary(write, place):
    script = write("len(sys.argv) > 1 and send()\nprint('begun')\n" + STEPS)
    stopped = crash.run_tool(script, place, args=["SIGUSR1"])
    assert (stopped.status, stopped.stdout) == (AGAIN, b"begun\n")


@pytest.mark.parametrize(("end", "status"), [("sys.exit(3)", 3), ("1 / 0", 1), ("pass", 0)])
def test_a_program_that_ends_before_a_boundary_ends_with_its_own_status(end, status, write, place):
    script = write(f"for step in range(3):  # checkpoint\n    print(step)\nsend()\n{end}\n")
    outcome = crash.run_tool(script, place)
    assert (outcome.status, outcome.stdout) == (status, b"0\n1\n2\n")


def test_a_signal_when_the_program_has_ended(write, place):
    script = write("import atexit\natexit.register(send)\n" + STEPS)
    outcome = crash.run_tool(script, place)
    assert outcome.status == -signal.SIGTERM
    assert b"done" in outcome.stdout


# -- during a save and during a load -------------------------------------------------------------

DURING = """
class Odd:
    def __getstate__(self):
        if len(sys.argv) > 1 and not self.sent:
            self.sent = True
            send()
        return vars(self)

    sent = False


odd = Odd()
for step in range(4):  # checkpoint
    print(step, file=sys.stdout)
"""


@pytest.mark.parametrize(
    ("options", "done"), [([], b""), (["--every=1"], b""), (["--every=3"], b"0\n")], ids=str
)
def test_a_signal_during_a_save(options, done, write, place):
    """The process ends with this snapshot; with the next, if it is only rehearsed."""
    stopped, _ = check_stops(write(DURING), place, *options, args=["SIGTERM"])
    assert stopped.stdout == done


LOADING = """
def load():
    if os.environ.get("SEND"):
        send(os.environ["SEND"])
        time.sleep(60)
    return len(sys.argv)


data = load()  # checkpoint: rebuild
for step in range(4):  # checkpoint
    print(step, data)
"""


@pytest.mark.parametrize("name", ASKING)
def test_a_signal_during_a_load_ends_the_process_and_leaves_the_snapshot(name, write, place):
    script = write(LOADING)
    first = crash.run_tool(script, place, "--every", "1", "--crash-after", "2")
    assert first.stdout == b"0 1\n"
    begun = time.monotonic()
    stopped = crash.run_tool(script, place, SEND=name)
    assert (stopped.status, stopped.stdout) == (AGAIN, b"")
    assert time.monotonic() - begun < 60
    assert crash.run_tool(script, place).stdout == b"1 1\n2 1\n3 1\n"


WORK = """
import numpy as np

state = np.zeros(1000)
for step in range(300):  # checkpoint
    state += step
    time.sleep(0.002)
    print(step, state.sum(), flush=True)
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_stopped_at_random_moments_nothing_is_done_twice(seed, write, place):
    """From the very start on: where no handler is installed yet, nothing has been done."""
    script = write(WORK)
    plain = crash.run_plain(script, place.cwd)
    rng = random.Random(seed)
    printed, statuses = b"", []
    for process in range(10):
        with crash.started([*crash.tool_command(place), str(script)], place.cwd) as child:
            if process % 2:
                printed += os.read(child.stdout.fileno(), 1 << 16)
            time.sleep(rng.uniform(0, 0.6) / (1 + process % 2 * 5))
            child.send_signal(getattr(signal, rng.choice(ASKING)))
            out, err = child.communicate()
        printed += out
        statuses.append(child.returncode)
        assert plain.stdout.startswith(printed), (statuses, err.decode())
        if printed == plain.stdout:
            break
    else:
        printed += crash.run_tool(script, place).stdout
    assert printed == plain.stdout
    assert statuses[1] == AGAIN
    assert {*statuses} <= {0, AGAIN, *(-getattr(signal, name) for name in ASKING)}


# -- handlers ------------------------------------------------------------------------------------

OWN = """
def own(number, frame):
    print("own handler", number)
    if "chain" in sys.argv:
        before(number, frame)


for step in range(5):  # checkpoint
    if step == 0:
        before = signal.signal(signal.SIGTERM, own)
    print("step", step, callable(before), signal.getsignal(signal.SIGTERM) is own)
    if step == 2:
        send()
    if step == 3:
        signal.signal(signal.SIGTERM, before)
"""


def test_a_handler_of_the_program_comes_first(write, place):
    script = write(OWN)
    outcome = crash.run_tool(script, place)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert b"own handler 15\nstep 3 True True\nstep 4 True False\n" in outcome.stdout


def test_a_handler_of_the_program_may_call_the_one_that_was_there(write, place):
    script = write(OWN)
    stopped = crash.run_tool(script, place, args=["chain"])
    assert stopped.status == AGAIN
    assert stopped.stdout.endswith(b"step 2 True True\nown handler 15\n")
    resumed = crash.run_tool(script, place, args=["chain"])
    assert (resumed.status, resumed.stdout) == (0, b"step 3 True True\nstep 4 True False\n")


def test_a_handler_in_a_variable_comes_back_as_the_handler(write, place):
    script = write(
        """
handlers = {name: signal.getsignal(getattr(signal, name)) for name in ["SIGTERM", "SIGUSR2"]}
for step in range(5):  # checkpoint
    if step == 1:
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    if step == 3:
        print(handlers["SIGTERM"] is signal.getsignal(signal.SIGTERM))
        print(signal.getsignal(signal.SIGUSR2) is signal.SIG_IGN)
        send("SIGUSR2")
        signal.signal(signal.SIGUSR2, handlers["SIGUSR2"])
        send("SIGUSR2")
    print("end of", step)
"""
    )
    killed = crash.run_tool(script, place, "--every", "1", "--crash-after", "3")
    stopped = crash.run_tool(script, place)
    assert (killed.status, stopped.status) == (crash.KILLED, AGAIN)
    assert stopped.stdout == b"end of 2\nTrue\nTrue\nend of 3\n"
    assert crash.run_tool(script, place).stdout == b"end of 4\n"


def test_what_is_ignored_stays_ignored(write, place):
    script = write(STEPS.replace("send(sys.argv[1])", "[send(name) for name in sys.argv[1:]]"))
    command = [*crash.tool_command(place), str(script), *ASKING]
    shell = ["sh", "-c", f"trap '' {' '.join(n[3:] for n in ASKING)}; exec \"$@\"", "sh", *command]
    outcome = crash.run(shell, place.cwd)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert outcome.stdout.endswith(b"done 15\n")


def test_programs_without_marked_loops_and_resumable_functions_have_no_handler(write, place):
    show = f"print([signal.getsignal(getattr(signal, name)) for name in {ASKING}])\n"
    plain = crash.run_tool(write(show), place)
    assert "default_int_handler" in plain.stdout.decode()
    assert plain.stdout == crash.run_plain(write(show), place.cwd).stdout
    call = (
        "import autoresume\n\n\n@autoresume.resumable(every=1)\ndef work():\n"
        f"    for step in range(2):  # checkpoint\n        {show}\n\nwork()\n"
    )
    assert crash.run_plain(write(call), place.cwd).stdout == 2 * plain.stdout


CATCHING = """
try:
    for step in range(5):  # checkpoint
        print("step", step)
        if step == 2:
            send("SIGINT")
            time.sleep(10)
except (ValueError, KeyboardInterrupt):
    print("interrupted at", step)
for step in range(2):  # checkpoint
    send("SIGUSR1")
    print("rest", step)
"""


def test_a_program_that_catches_keyboard_interrupt_gets_it(write, place):
    stopped = crash.run_tool(write(CATCHING), place)
    assert stopped.status == AGAIN
    assert stopped.stdout.endswith(b"step 2\ninterrupted at 2\nrest 0\n")
    minding = [
        "try: f()\nexcept KeyboardInterrupt: pass",
        "try: f()\nexcept* (A, builtins.KeyboardInterrupt): pass",
        "with suppress(KeyboardInterrupt): f()",
        "FATAL = KeyboardInterrupt, SystemExit",
    ]
    not_minding = [
        "try: f()\nexcept BaseException: pass",
        "x = 'KeyboardInterrupt'  # KeyboardInterrupt",
        "try: f()\nexcept: raise KeyboardInterrupt('x') from KeyboardInterrupt()",
    ]
    assert all(minds_interrupt(source.encode()) for source in minding)
    assert not any(minds_interrupt(source.encode()) for source in not_minding)


CHILDREN = """
import multiprocessing
import subprocess

SHOW = "import signal; print([signal.getsignal(n) for n in (2, 10, 12, 15)], flush=True)"


def idle():
    print([signal.getsignal(n) for n in (2, 10, 12, 15)], flush=True)
    time.sleep(60)


def catching():
    try:
        send("SIGINT")
    except KeyboardInterrupt as error:
        print("interrupted", flush=True)
        os._exit(7)


def forked(target):
    process = multiprocessing.get_context("fork").Process(target=target)
    process.start()
    return process


for step in range(2):  # checkpoint
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", SHOW])
    process = forked(idle)
    time.sleep(0.3)
    process.terminate()
    process.join()
    print(process.exitcode)
    process = forked(catching)
    process.join()
    print(process.exitcode)
    del process
"""


def test_children_have_none_of_it(write, place):
    script = write(CHILDREN.replace("as error", ""))
    plain = crash.run_plain(script, place.cwd)
    assert plain.stdout.count(b"-15") == plain.stdout.count(b"\n7\n") == 2, plain
    outcome = crash.run_tool(script, place, "--every", "1")
    assert (outcome.status, outcome.stdout) == (0, plain.stdout), outcome.stderr


# -- where no snapshot can be taken --------------------------------------------------------------

UNSAVEABLE = """
import threading

gone = threading.Event()
thread = threading.Thread(target=gone.wait)
for step in range(8):  # checkpoint
    print("step", step)
    if step == 1:
        thread.start()
        len(sys.argv) > 1 and send()
    if step == 5:
        gone.set()
        thread.join()
        del gone, thread
    time.sleep(0.03)
"""


def test_where_none_can_be_taken_the_next_boundaries_are_tried(write, place):
    stopped, _ = check_stops(write(UNSAVEABLE), place, "--auto", args=["send"])
    assert re.findall(rb"\d", stopped.stdout)[-1] in (b"5", b"6")
    delayed = [line for line in ours(stopped) if "not stopped yet" in line]
    assert len(delayed) == 1
    assert "threads cannot be saved" in delayed[0]


FULL = """
store = sys.argv[1]
for step in range(60):  # checkpoint
    print("step", step)
    if step == 1 and not os.path.exists(store + ".away"):
        os.rename(store, store + ".away")
        open(store, "w").close()
        send()
    if step == 20 and os.path.isfile(store):
        os.remove(store)
        os.rename(store + ".away", store)
    time.sleep(0.03)
"""


def test_where_none_can_be_written_the_next_boundaries_are_tried(write, place):
    script = write(FULL)
    stopped = crash.run_tool(script, place, args=[str(place.store)])
    assert stopped.status == AGAIN, stopped.stderr
    assert sum("not stopped yet" in line for line in ours(stopped)) == 1
    resumed = crash.run_tool(script, place, args=[str(place.store)])
    lines = [b"step %d" % step for step in range(60)]
    assert (stopped.stdout + resumed.stdout).splitlines() == lines


# -- rounds --------------------------------------------------------------------------------------

ROUNDS = """
import autoresume


def init():
    global total
    total = 0


def handlers():
    return [signal.getsignal(n) for n in (2, 10, 12, 15)]


def run_iteration(number):
    global total
    total += number
    print("round", number, total, flush=True)
    if number == 2 and os.environ.get("SEND"):
        send(os.environ["SEND"])
        print("still round 2", flush=True)


before = handlers()
round, rounds = autoresume.start_or_resume(round_count=5, init=init)
autoresume.run_rounds(round, rounds, run_iteration, every=100)
print("total", total, handlers() == before)
"""


def run_rounds(script, place, **env):
    command = [crash.interpreter(), str(script)]
    return crash.run(
        command, place.cwd, crash.environment(AUTORESUME_STORE=str(place.store), **env)
    )


@pytest.mark.parametrize("name", ASKING)
def test_rounds_stop_before_the_next_round(name, write, place):
    script = write(ROUNDS)
    stopped = run_rounds(script, place, SEND=name)
    assert (stopped.status, stopped.stdout[-14:]) == (AGAIN, b"still round 2\n")
    assert "before round 3 of 5" in stopped.stderr
    resumed = run_rounds(script, place)
    assert resumed.stdout == b"round 3 6\nround 4 10\ntotal 10 True\n", resumed.stderr


def test_rounds_that_catch_keyboard_interrupt_get_it(write, place):
    source = ROUNDS.replace("        send(", "        try:\n            send(").replace(
        '        print("still', '        except KeyboardInterrupt:\n            print("still'
    )
    outcome = run_rounds(write(source), place, SEND="SIGINT")
    assert (outcome.status, outcome.stdout[-14:]) == (0, b"total 10 True\n"), outcome.stderr


def test_the_first_process_of_a_container_is_stopped_by_a_second_signal(write, place):
    """Where the kernel ignores default actions, as it does for process 1 of a namespace."""
    script = write(WAITING.replace("BLOCKING", BLOCKING["python"]))
    command = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    inside = [*command, *crash.tool_command(place), str(script)]
    has_namespaces = bool(shutil.which("unshare")) and not subprocess.call([*command, "true"])
    if not has_namespaces:  # at least the rest
        inside = inside[len(command) :]
    with crash.started(inside, place.cwd) as child:
        wait_for(child, place.cwd / "here")
        pid = child.pid
        if has_namespaces:
            pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
        os.kill(pid, signal.SIGTERM)
        assert b"a second signal" in child.stderr.readline()
        deadline = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
            if child.poll() is None:
                os.kill(pid, signal.SIGTERM)
        expected = 128 + signal.SIGTERM if has_namespaces else -signal.SIGTERM
        assert child.returncode == expected
