"""What the hot paths do, counted: a bound that is broken tells of a step backwards.

Times are measured by the folder ``benchmarks``; they depend on the machine. These counts do not.
"""

import gc
import pickle
import subprocess
import sys
import threading
from collections import Counter
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType

import pytest
from crash import environment, interpreter

from autoresume.pickling import dumps, streams
from autoresume.provided import provide
from autoresume.switches import IS_SWITCHABLE, Switches
from autoresume.transforms import find_reach, parse, rewrite

LOOPS = {
    "for": "def run(n):\n    s = 0\n    for i in range(n):{mark}\n        s += i\n    return s\n",
    "for: pass": "def run(n):\n    for i in range(n):{mark}\n        pass\n",
    "while": "def run(n):\n    while n:{mark}\n        n -= 1\n",
    "while True": (
        "def run(n):\n    while True:{mark}\n        n -= 1\n        if n < 0:\n            break\n"
    ),
    "nested": (
        "def run(n):\n    for i in range(1):{mark}\n"
        "        for j in range(n):{mark}\n            i\n"
    ),
    "continue": (
        "def run(n):\n    for i in range(n):{mark}\n        if i % 2:\n            continue\n"
    ),
    "with": (
        "import contextlib\ndef run(n):\n    with contextlib.nullcontext():\n"
        "        for i in range(n):{mark}\n            pass\n"
    ),
    "generator": "def run(n):\n    for i in steps(n):\n        pass\n"
    "def steps(n):\n    for i in range(n):{mark}\n        yield i\n",
    "module": "for i in range(n):{mark}\n    pass\n",
}


class Program:
    """A rewritten module that counts how often its boundary is called."""

    def __init__(self, source):
        parsed = parse(source.encode(), "sample.py")
        self.rewritten = rewrite(
            parsed, find_reach([parsed.facts]), reads_stack=True, switchable=IS_SWITCHABLE
        )
        names = self.rewritten.names
        self.called = 0
        provide(names)
        self.globals = {names.boundary: self.boundary, "__name__": "sample"}
        self.switches = Switches()
        self.switches.watch(self.rewritten.code, names)
        self.set_due(False)

    def boundary(self):
        self.called += 1

    def set_due(self, due):
        self.globals[self.rewritten.names.due] = True if due else None
        self.switches.set(due)

    def run(self, n, code=None):
        self.globals["n"] = n
        exec(code or self.rewritten.code, self.globals)
        if "run" in self.globals:
            self.globals["run"](n)


def instructions(run, n):
    """The number of instructions that the interpreter runs of code that we have compiled."""
    found = Counter()
    (traced if sys.version_info < (3, 12) else monitored)(lambda: run(n), found)
    return found["sample.py"]


def traced(body, found):
    def trace(frame, event, argument):
        frame.f_trace_opcodes = True
        found[frame.f_code.co_filename] += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        body()
    finally:
        sys.settrace(None)


def monitored(body, found):
    def instruction(code, offset):
        found[code.co_filename] += 1

    tool, event = sys.monitoring.PROFILER_ID, sys.monitoring.events.INSTRUCTION
    sys.monitoring.use_tool_id(tool, "count")
    sys.monitoring.register_callback(tool, event, instruction)
    sys.monitoring.set_events(tool, event)
    try:
        body()
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)


def plainly(source):
    code = compile(source, "sample.py", "exec")

    def run(n):
        names = {"n": n}
        exec(code, names)
        if "run" in names:
            names["run"](n)

    return run


@pytest.mark.parametrize("name", LOOPS)
def test_a_marked_loop_has_one_instruction_more(name):
    plain = plainly(LOOPS[name].format(mark=""))
    marked = Program(LOOPS[name].format(mark="  # checkpoint"))
    fewer, more = 50, 250
    per_iteration = [
        (instructions(run, more) - instructions(run, fewer)) / (more - fewer)
        for run in (plain, marked.run)
    ]
    assert marked.called == 0
    # A jump may take the place of a jump that the compiler would have left out.
    assert per_iteration[1] - per_iteration[0] <= 1, (
        f"an iteration runs {per_iteration[1]} instructions, and {per_iteration[0]} unmarked"
    )


@pytest.mark.parametrize("name", LOOPS)
def test_every_iteration_asks_when_something_is_due(name):
    marked = Program(LOOPS[name].format(mark="  # checkpoint"))
    marked.set_due(True)
    marked.run(20)
    asked, marked.called = marked.called, 0
    assert asked >= 20
    marked.set_due(False)
    marked.run(20)
    assert marked.called == 0
    marked.set_due(True)
    marked.run(20)
    assert marked.called == asked


def test_a_loop_that_is_running_asks_when_another_thread_says_so():
    source = (
        "def run(n):\n    for i in range(n):  # checkpoint\n        if asked:\n            break\n"
    )
    marked = Program(source)
    marked.globals["asked"] = asked = []
    marked.globals[marked.rewritten.names.boundary] = lambda: asked.append(True)
    timer = threading.Timer(0.05, marked.set_due, [True])
    timer.start()
    marked.run(10**9)
    timer.join()
    assert len(asked) == 1


def test_copies_of_code_ask_always():
    marked = Program(LOOPS["for"].format(mark="  # checkpoint"))
    marked.run(0)
    run = marked.globals["run"]
    copied = FunctionType(run.__code__.replace(co_name="copied"), marked.globals)
    copied(10)
    assert marked.called == 10
    run(10)
    assert marked.called == 10


def test_many_variables_and_long_names_are_no_obstacle():
    names = "".join(f"    global v{k}; v{k} = {k}\n" for k in range(300))
    source = f"def run(n):\n{names}    for i in range(n):  # checkpoint\n        v299\n"
    plain = plainly(source.replace("  # checkpoint", ""))
    marked = Program(source)
    counts = [instructions(run, 60) - instructions(run, 10) for run in (plain, marked.run)]
    assert counts[1] - counts[0] <= 50
    marked.set_due(True)
    marked.run(7)
    assert marked.called == 7


# -- starting ------------------------------------------------------------------------------------

HEAVY = {"argparse", "ast", "ctypes", "dataclasses", "hashlib", "inspect", "json", "numpy"}
HEAVY |= {"pathlib", "pickle", "re", "tempfile", "tokenize", "typing"}
NEVER = {"click", "dill", "fsspec", "numpy", "rich", "torch"}
LISTS = "import sys\nopen('modules', 'w').write(' '.join(sys.modules))\n"


def modules(folder, source, *command):
    """The modules that are loaded when a script has come to its end."""
    (folder / "script.py").write_text(source + LISTS)
    subprocess.run([interpreter(), *command, "script.py"], cwd=folder, env=environment())
    return set((folder / "modules").read_text().split())


def test_a_script_without_marks_loads_next_to_nothing(tmp_path):
    (tmp_path / "own.py").write_text("import math\n")
    source = "import own\n"
    plain = modules(tmp_path, source)
    more = modules(tmp_path, source, "-m", "autoresume") - plain
    assert not more & HEAVY, f"loaded before a script without marks: {sorted(more & HEAVY)}"
    assert len(more) <= 36, f"{len(more)} modules are loaded: {sorted(more)}"


def test_a_marked_script_loads_what_it_needs(tmp_path):
    plain = modules(tmp_path, "")
    source = "for i in range(2):  # checkpoint\n    pass\n"
    more = modules(tmp_path, source, "-m", "autoresume") - plain
    assert not more & NEVER, f"loaded with a first snapshot: {sorted(more & NEVER)}"
    assert len(more) <= 204, f"{len(more)} modules are loaded: {sorted(more)}"


DEEP = """
class Model:
    def run(self, steps):
        total = 0
        for step in range(steps):  # checkpoint
            total += step
        return total


def main(count):
    kept = lambda: count
    return 1 + Model().run(count) + kept()


print(main(3))
"""


@pytest.mark.parametrize("source", ["for i in range(2):  # checkpoint\n    pass\n", DEEP])
def test_a_start_from_the_cache_loads_no_compiler(tmp_path, source, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    plain = modules(tmp_path, source)
    first, second = (modules(tmp_path, source, "-m", "autoresume") - plain for _ in range(2))
    passes = {"autoresume.frames", "autoresume.transforms.pipeline"}
    assert first >= passes
    assert not second & passes
    own = sorted(name for name in second if name.startswith("autoresume"))
    assert len(own) <= 96, f"{len(own)} modules are loaded: {own}"


@pytest.mark.parametrize("is_resumed", [False, True])
def test_the_interpreter_starts_again_before_anything_is_loaded(tmp_path, is_resumed):
    script = tmp_path / "script.py"
    script.write_text("for i in range(2):  # checkpoint\n    pass\n")
    env = environment(PYTHONHASHSEED=None)
    if is_resumed:
        crash = [interpreter(), "-m", "autoresume", "--every=1", "--crash-after=1", "script.py"]
        assert subprocess.run(crash, cwd=tmp_path, env=env).returncode == -9
    done = subprocess.run(
        [interpreter(), "-X", "importtime", "-m", "autoresume", "script.py"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert ("resuming script.py" in done.stderr) == is_resumed
    _, first, second = done.stderr.split("import time: self [us] |")
    assert "autoresume.run" in second
    imported = [line.split("|")[2].strip() for line in first.splitlines() if line.count("|") == 2]
    # What `site` loads is the environment's: an editable installation has a finder that needs `re`.
    loaded = imported[imported.index("site") + 1 :]
    assert not HEAVY & set(loaded)
    assert sum(name.startswith("autoresume") for name in loaded) <= 15


# -- compiling and capturing ---------------------------------------------------------------------

PART = """
class Model{k}:
    def step(self, values, rate=0.5):
        return [rate * value for value in values if value]


def simulate{k}(steps):
    model, values = Model{k}(), list(range(8))
    for step in range(steps):  # checkpoint
        values = model.step(values) or [step]
        try:
            print(f"{{step}}: {{sum(values):.2f}}")
        except ValueError:
            break
    return values
"""


def calls(body):
    """The number of Python functions that ``body`` calls."""
    found = Counter()

    def count(frame, event, argument):
        found[event] += 1

    sys.setprofile(count)
    try:
        body()
    finally:
        sys.setprofile(None)
    return found["call"]


def compiled(parts):
    source = "".join(PART.format(k=k) for k in range(parts)).encode()

    def body():
        parsed = parse(source, "sample.py")
        module = rewrite(parsed, find_reach([parsed.facts]), reads_stack=True)
        assert module.spilled.functions and module.functions

    body()
    return calls(body), source.count(b"\n")


def test_compiling_takes_time_in_proportion_to_the_source():
    (few, short), (many, long) = compiled(5), compiled(40)
    assert few / short <= FEW_CALLS, f"{few / short:.0f} calls for a line"
    assert many / long <= 1.1 * few / short, "long modules take more calls for a line"


FEW_CALLS = 120


def test_plain_data_is_saved_without_a_call_for_each_object():
    def body(count):
        rows = [{"index": index, "pair": (index, str(index))} for index in range(count)]
        dumps(rows)
        return calls(lambda: dumps(rows))

    assert body(2000) - body(1000) <= 20


class NoProgram:
    user_modules = ()


class Tagged:
    """An object that makes sets when it is pickled, in an order that pickle would not keep."""

    def __init__(self):
        self.pickled = 0

    def __getstate__(self):
        self.pickled += 1
        left = set(range(1000))
        left.difference_update(set(range(1000)) - {1, 8, 17})
        return {"left": left}


def test_sets_that_are_made_for_a_snapshot_take_no_second_pass():
    tagged, kept = Tagged(), Tagged().__getstate__()["left"]
    streams.dump({"modules": {}, "tagged": tagged}, NoProgram())
    assert tagged.pickled == 1
    saved = streams.dump({"modules": {}, "found": (tagged, kept)}, NoProgram())
    assert tagged.pickled == 3
    _, again = streams.load(saved.data, saved.buffers, NoProgram())["found"]
    assert list(again) == list(kept) != list(pickle.loads(pickle.dumps(kept)))


def test_a_snapshot_does_not_look_at_what_libraries_hold(monkeypatch):
    state = {"modules": {}, "rows": [{1, 2}, frozenset("a"), [3.0]]}

    def found(count):
        for number in range(count):
            module = ModuleType(f"library{number}")
            module.__spec__ = ModuleSpec(module.__name__, None)
            module.held = [{number, "a"} for _ in range(10)]
            monkeypatch.setitem(sys.modules, module.__name__, module)
        streams.dump(state, NoProgram())
        return calls(lambda: streams.dump(state, NoProgram()))

    monkeypatch.setattr(gc, "get_objects", None)
    before, after = found(0), found(500)
    assert after - before <= 2 * 500, f"{(after - before) / 500:.1f} calls for a module"
