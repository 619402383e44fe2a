"""Resumable functions: plain ``python`` processes that are killed and started again."""

import gc
import linecache
import os
import sys
import threading
import types
from textwrap import dedent
from types import ModuleType

import crash
import pytest

import autoresume

HELPER = """\
import os
import signal

seen = {}
limits = {"top": 3}


def die(number):
    if os.environ.get("DIE") == str(number):
        os.kill(os.getpid(), signal.SIGKILL)


def work(n):
    total = 0
    for i in range(n):  # checkpoint
        total += i
        seen[i] = total
    return total


class Walker:
    def __init__(self):
        self.path = []
        self.rows = [self.path]

    def walk(self, n):
        for i in range(n):
            self.path.append(i)
            yield i
"""
PROGRAMS = {
    "a function of everything": """\
        import random
        import numpy as np
        results, count, field = [], 0, np.zeros(3)

        @autoresume.resumable(every=1)
        def job(n, out, table, *more, scale=2, **named):
            global count
            for i in range(n):  # checkpoint
                count += 1
                results.append(helper.work(i + 1))
                out.append((i, random.randrange(100)))
                table["rows"][0] += i
                field[i % 3] += i
                more[0].append(i)
                named["last"].append(scale)
                print("step", i, len(results), helper.limits, flush=True)
                helper.die(i)
            return n * scale

        random.seed(1)
        out, rows, extra, last = [], [0], [], []
        table = {"rows": rows}
        print(job(5, out, table, extra, last=last))
        print(out, table, extra, last, results, count, field, helper.seen, random.random())
        """,
    "a method": """\
        class Trainer:
            def __init__(self, size):
                self.size = size
                self.losses = []
                self.walker = helper.Walker()

            @autoresume.resumable(every=1)
            def fit(self, epochs):
                for epoch in self.walker.walk(epochs):  # checkpoint
                    self.losses.append(epoch * self.size)
                    self.epoch = epoch
                    print("epoch", epoch, flush=True)
                    helper.die(epoch)
                return self

        trainer = Trainer(3)
        print(trainer.fit(4) is trainer)
        print(vars(trainer).keys(), trainer.losses, trainer.epoch, trainer.walker.rows)
        """,
    "a closure": """\
        def make():
            total, log = 0, []

            @autoresume.resumable(every=1)
            def run(n):
                nonlocal total
                for i in range(n):
                    autoresume.checkpoint()
                    total += i
                    log.append((lambda: total)())
                    print("at", i, flush=True)
                    helper.die(i)
                return total

            return run, lambda: (total, log)

        run, look = make()
        print(run(4), look())
        """,
    "one inside the other": """\
        @autoresume.resumable(every=1)
        def inner(n):
            for i in range(n):  # checkpoint
                print("inner", i, flush=True)
                helper.die(i)
            return n

        @autoresume.resumable(every=1)
        def outer(n):
            return inner(n) + 10 * inner(2)

        print(outer(4), inner(1))
        """,
    "a module imported by the call": """\
        @autoresume.resumable(every=1)
        def job(n):
            import late
            for i in autoresume.loop(range(n)):
                late.total += helper.work(i)
                print("at", i, late.total, late.double(i), flush=True)
                helper.die(i)
            return late.total

        print(job(4))
        """,
}


def write(folder, source):
    (folder / "helper.py").write_text(HELPER)
    (folder / "late.py").write_text("total = 5\n\n\ndef double(n):\n    return 2 * n\n")
    script = folder / "driver.py"
    script.write_text("import autoresume\nimport helper\n\n" + dedent(source))
    return script


def run(script, tmp_path, **env):
    return crash.run(
        [crash.interpreter(), str(script)],
        tmp_path,
        crash.environment(PYTHONDONTWRITEBYTECODE="1", **env),
    )


def stores(tmp_path):
    found = (path for path in tmp_path.glob(".autoresume/*") if path.is_dir())
    return sorted(path for path in found if path.name != "packs")


@pytest.mark.parametrize("number", [0, 2, 3])
@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_killed_and_started_again(source, number, tmp_path):
    script = write(tmp_path, source)
    plain = run(script, tmp_path)
    assert (plain.status, plain.stderr, stores(tmp_path)) == (0, "", [])
    killed = run(script, tmp_path, DIE=str(number))
    assert killed.status == crash.KILLED
    resumed = run(script, tmp_path)
    assert (resumed.status, "resuming" in resumed.stderr) == (0, True), resumed.stderr
    printed = killed.stdout.splitlines() + resumed.stdout.splitlines()
    again = killed.stdout.splitlines()[-1:]  # the step that was killed is done again
    assert [line for line in printed if line not in again] == [
        line for line in plain.stdout.splitlines() if line not in again
    ]
    assert stores(tmp_path) == []


CHAIN = """\
    @autoresume.resumable(every=1)
    def step(number):
        for i in range(2):  # checkpoint
            print("step", number, i, flush=True)
            helper.die(number * 10 + i)
        return number

    print([step(number) for number in range(3)])
"""


def test_calls_that_have_returned_are_made_again(tmp_path):
    script = write(tmp_path, CHAIN)
    assert run(script, tmp_path, DIE="11").status == crash.KILLED
    printed = run(script, tmp_path).stdout.decode().splitlines()
    assert printed == ["step 0 0", "step 0 1", "step 1 1", "step 2 0", "step 2 1", "[0, 1, 2]"]


CONFIGURED = """\
    config = {"rate": RATE}
    calls = {"seen": 0}

    @autoresume.resumable(every=1)
    def job(n):
        total = 0
        for i in range(n):  # checkpoint
            total += config["rate"]
            calls["seen"] += 1
            helper.die(i)
        return total, calls

    print(job(4))
"""


def test_globals_that_the_call_only_reads_are_the_process_s(tmp_path):
    assert run(write(tmp_path, CONFIGURED.replace("RATE", "1")), tmp_path, DIE="2").status < 0
    (tmp_path / "driver.py").write_text(
        (tmp_path / "driver.py").read_text().replace('"rate": 1', '"rate": 100')
    )
    assert run(tmp_path / "driver.py", tmp_path).stdout == b"(202, {'seen': 4})\n"


def test_under_the_command_the_script_is_the_root(tmp_path):
    script = write(tmp_path, PROGRAMS["one inside the other"])
    plain = run(script, tmp_path)
    place = crash.Place.under(tmp_path)
    killed = crash.run_tool(script, place, "--every", "1", "--crash-after", "4")
    resumed = crash.run_tool(script, place)
    assert killed.status == crash.KILLED
    assert killed.stdout + resumed.stdout == plain.stdout


def test_a_second_process(tmp_path):
    source = """\
        import subprocess, sys

        @autoresume.resumable
        def job(n):
            for i in range(n):  # checkpoint
                if "child" not in sys.argv:
                    command = [sys.executable, __file__, "child"]
                    done = subprocess.run(command, capture_output=True, text=True)
                    print(done.stderr.splitlines()[-1])

        job(1)
        """
    outcome = run(write(tmp_path, source), tmp_path)
    assert b"RunLocked" in outcome.stdout and b"is in progress" in outcome.stdout


INSTALLED = """\
import sys

import autoresume

autoresume.install(include=["json"])
autoresume.install()
import jobs

loader = type(sys.modules["jobs"].__spec__.loader).__module__
print(loader, jobs.job(3), "_ar_due" in vars(jobs))
"""


def test_modules_that_are_imported_after_install(tmp_path):
    write(tmp_path, "")
    (tmp_path / "jobs.py").write_text(
        "import autoresume\nimport helper\n\n\n@autoresume.resumable(every=1)\ndef job(n):\n"
        "    for i in range(n):  # checkpoint\n        helper.die(i)\n    return n\n"
    )
    script = tmp_path / "launcher.py"
    script.write_text(INSTALLED)
    assert run(script, tmp_path, DIE="1").status == crash.KILLED
    outcome = run(script, tmp_path)
    assert outcome.stdout == b"autoresume.hook 3 True\n", outcome.stderr
    assert "resuming" in outcome.stderr


# -- in this process -----------------------------------------------------------------------------


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Executes cells as a notebook does: their source is in `linecache` only."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("notebook_of_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    files = []

    def execute(source):
        name = f"<cell {module.__name__} {len(files)} of {tmp_path.name}>"
        text = dedent(source)
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
        files.append(name)
        exec(compile(text, name, "exec"), vars(module))

    vars(module)["execute"] = execute
    yield module
    for name in files:
        linecache.cache.pop(name, None)


CELLS = (
    """\
    import autoresume
    log = []
    fail_at = 2

    def visit(i):
        for j in range(2):  # checkpoint
            log.append((i, j))
        if i == fail_at:
            raise ValueError(i)
    """,
    """\
    @autoresume.resumable(every=1, store="here")
    def job(n, out):
        for i in range(n):
            visit(i)
            out.append(i)
        return sum(out)
    """,
)


def test_a_call_that_fails_goes_on_when_it_is_called_again(notebook):
    for cell in CELLS:
        notebook.execute(cell)
    out = []
    with pytest.raises(ValueError, match="2"):
        notebook.job(4, out)
    assert os.listdir("here")
    notebook.fail_at = None
    assert notebook.job(4, out) == 6
    assert out == [0, 1, 2, 3]
    assert notebook.log == [(i, j) for i in range(4) for j in range(2)]
    assert sorted(os.listdir("here")) == ["lock", "packs"]


def test_cells_that_are_executed_again(notebook):
    for cell in CELLS:
        notebook.execute(cell)
    with pytest.raises(ValueError):
        notebook.job(4, [])
    for cell in CELLS:
        notebook.execute(cell)
    notebook.fail_at = None
    out = []
    assert notebook.job(4, out) == 6
    assert (out, notebook.log[0], len(notebook.log)) == ([0, 1, 2, 3], (0, 0), 8)


def test_functions_that_exist_are_rewritten(notebook):
    notebook.execute(
        """\
        import autoresume

        def outer(n):
            def inner():
                for i in range(n):  # checkpoint
                    pass
                return n
            return inner

        old = outer(3)

        @autoresume.resumable(every=1)
        def job():
            return old()
        """
    )
    before = notebook.old.__code__
    assert notebook.job() == 3
    assert notebook.old.__code__ is not before
    functions = [f for f in gc.get_objects() if type(f) is types.FunctionType]
    assert [f for f in functions if f.__code__ is before] == []


def test_what_cannot_be_saved_is_raised(notebook):
    notebook.execute(
        """\
        import autoresume, socket

        @autoresume.resumable
        def job():
            with socket.socket() as connection:
                for i in range(3):  # checkpoint
                    connection.fileno()
        """
    )
    with pytest.raises(autoresume.Unsaveable, match=r"socket.socket.*cannot"):
        notebook.job()


def test_a_module_that_is_imported_at_the_boundary(notebook, tmp_path, monkeypatch):
    (tmp_path / "module_with_a_loop.py").write_text("for i in range(2):  # checkpoint\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    autoresume.install(folder=tmp_path)
    notebook.execute(
        """\
        import autoresume

        @autoresume.resumable(every=1)
        def job():
            import module_with_a_loop
        """
    )
    with pytest.raises(autoresume.Unsaveable, match="import the module before the call"):
        notebook.job()


def test_an_argument_that_is_changed_and_cannot_be_filled(notebook):
    notebook.execute(
        """\
        import autoresume

        @autoresume.resumable(every=1)
        def job(items):
            for i in range(3):  # checkpoint
                items.add(i)
        """
    )
    with pytest.raises(autoresume.Unsaveable, match="changes its argument 'items' in place, a set"):
        notebook.job({"a"})


def test_an_argument_that_cannot_be_pickled(notebook):
    notebook.execute(
        "import autoresume\n@autoresume.resumable\ndef job(a, key):\n    return key(a)\n"
    )
    with pytest.raises(autoresume.UsageError, match="the argument 'key', a function, cannot be"):
        notebook.job(1, key=lambda a: a)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'key'"):
        notebook.job(1)


def test_two_threads(notebook):
    notebook.execute(
        """\
        import autoresume

        @autoresume.resumable(every=1)
        def job(body):
            for i in range(2):  # checkpoint
                pass
            return callbacks[body]()
        """
    )
    errors = []

    def second():
        with pytest.raises(autoresume.UsageError) as caught:
            notebook.job("nothing")
        errors.append(str(caught.value))

    def first():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()

    notebook.callbacks = {"nothing": int, "thread": first}
    notebook.job("thread")
    assert "job is running in another thread" in errors[0]
    thread = threading.Thread(target=lambda: errors.append(notebook.job("nothing")))
    thread.start()
    thread.join()
    assert errors[1] == 0


KINDS = {
    "a coroutine function": "async def job(): pass",
    "a generator function": "def job(): yield",
    "not a function": "class job: pass",
}


@pytest.mark.parametrize(("words", "source"), KINDS.items())
def test_what_cannot_be_decorated(words, source, notebook):
    with pytest.raises(autoresume.UsageError, match=words):
        notebook.execute(f"import autoresume\n@autoresume.resumable\n{source}\n")


def test_an_option_that_cannot_be():
    with pytest.raises(autoresume.UsageError, match="every=: expected"):
        autoresume.resumable(every="often")


def test_a_module_that_is_not_there():
    with pytest.raises(autoresume.UsageError, match="no module 'nowhere_to_be_found'"):
        autoresume.install(include=["nowhere_to_be_found"])


def test_a_source_that_cannot_be_found(notebook):
    source = "import autoresume\n@autoresume.resumable\ndef job(): pass"
    exec(compile(source, "<nowhere>", "exec"), vars(notebook))
    with pytest.raises(autoresume.UsageError, match="source of .*job, <nowhere>, cannot be found"):
        notebook.job()
