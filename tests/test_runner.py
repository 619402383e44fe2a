"""The runner gives a program what plain ``python`` gives it.

Each program runs under both, in the same folder, and must print the same and end the same. The
runner is tried by itself here: a launcher takes the place of ``autoresume.start`` and runs the
source as it is.
"""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from crash import environment, interpreter

from autoresume import runner
from autoresume.transforms import pipeline

ROOT = Path(__file__).parent.parent

RUN = """
def prepared(options):
    if options.script is not None:
        target = runner.prepare_script(options.script, options.args)
    else:
        target = runner.prepare_module(options.module, options.args)

    def body():
        runner.import_parents(target)
        code = compile(target.source, target.filename, "exec", dont_inherit=True)
        exec(code, vars(target.module))

    return lambda: runner.supervise(body)
"""
# Under a file name of the package, so that tracebacks are trimmed as they will be.
LAUNCHER = f"""
import sys
from types import ModuleType
from autoresume import runner

run = sys.modules["autoresume.start"] = ModuleType("autoresume.start")
run.runner = runner
exec(compile({RUN!r}, runner.__file__, "exec"), vars(run))
from autoresume.cli import early
early.run_unmarked = lambda argv: None
from autoresume.cli import main

main()
"""


@dataclass
class Result:
    """What a process printed and how it ended."""

    stdout: str
    stderr: str
    status: int


class Place:
    """A folder with programs, and the two ways to run them."""

    def __init__(self, folder):
        self.folder = folder / "work"
        self.folder.mkdir()
        self.launcher = folder / "launcher.py"
        self.launcher.write_text(LAUNCHER)

    def write(self, sources):
        """Write files, each by its path without ``.py``."""
        for name, source in sources.items():
            path = self.folder / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)

    def command(self, *words, plain=False):
        """The command line that runs `words` plainly or under the runner."""
        return [interpreter(), *([] if plain else [str(self.launcher)]), *words]

    def run(self, *words, plain=False, merge=False, **env):
        """Run `words` and return what came of it."""
        done = subprocess.run(
            self.command(*words, plain=plain),
            cwd=self.folder,
            env=environment(**env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merge else subprocess.PIPE,
            text=True,
            timeout=60,
        )
        return Result(done.stdout, done.stderr or "", done.returncode)

    def same(self, *words, **options):
        """Run `words` in both ways, compare, and return what the runner printed."""
        plain = self.run(*words, plain=True, **options)
        ours = self.run(*words, **options)
        plain.stderr = without_runpy(plain.stderr)
        assert ours == plain
        return ours


def without_runpy(stderr):
    """Take out the frames of the machinery of ``python -m``, which are not the user's."""
    return re.sub(r' [ |]* File "<frozen runpy>", line \d+, in \w+\n', "", stderr)


@pytest.fixture
def place(tmp_path):
    """A fresh place."""
    return Place(tmp_path)


LOOK = '''"""The doc."""
import sys

names = {
    name: value if isinstance(value, (str, type(None), dict)) else type(value).__name__
    for name, value in sorted(globals().items())
    if name != "names"
}
for item in names.items():
    print(*item)
print(sys.argv, sys.path, sys.modules["__main__"].__dict__ is globals())
print(getattr(__loader__, "name", None), getattr(__loader__, "path", None))
spec = __spec__
print(spec and (spec.name, spec.origin, spec.parent, spec.cached, spec.has_location))
if __name__ == "__main__":
    print("main")
'''


@pytest.mark.parametrize("words", [[], ["a", "-m", "--every", "3", "--", "--help", "-", ""]])
@pytest.mark.parametrize("script", ["look.py", "./look.py", "sub/../look.py", "sub/deep.py"])
def test_a_script_sees_what_python_gives_it(place, script, words):
    place.write({"look": LOOK, "sub/deep": LOOK})
    assert "main" in place.same(script, *words).stdout


def test_an_absolute_path(place):
    place.write({"look": LOOK})
    place.same(str(place.folder / "look.py"))


def test_symlinks_to_the_script_and_to_its_folder(place):
    place.write({"real/look": LOOK + "import near", "real/near": "print(__file__)"})
    (place.folder / "link.py").symlink_to("real/look.py")
    (place.folder / "again.py").symlink_to(place.folder / "link.py")
    (place.folder / "linked").symlink_to("real")
    for script in ("link.py", "again.py", "linked/look.py"):
        place.same(script)


def test_the_folder_of_the_script_stays_out_of_the_safe_path(place):
    place.write({"look": LOOK})
    place.same("look.py", PYTHONSAFEPATH="1")


@pytest.mark.parametrize("words", [[], ["a", "-m", "--", "--store", "x"]])
@pytest.mark.parametrize("module", ["look", "pack.mod", "pack", "pack.inner", "space.mod"])
def test_a_module_sees_what_python_gives_it(place, module, words):
    place.write(
        {
            "look": LOOK,
            "pack/__init__": "import sys; print(__name__, sys.argv, __path__)",
            "pack/__main__": LOOK,
            "pack/mod": LOOK + "from . import inner\nfrom .inner import __main__",
            "pack/inner/__init__": "print(__name__)",
            "pack/inner/__main__": LOOK + "from .. import mod",
            "space/mod": LOOK,
        }
    )
    place.same("-m", module, *words)


def test_a_module_name_may_be_glued_to_its_option(place):
    place.write({"look": LOOK})
    place.same("-mlook", "-mother")


def test_a_module_that_its_package_has_imported_is_warned_about(place):
    place.write({"pack/__init__": "from . import mod", "pack/mod": "print(__name__)"})
    ours, plain = (place.run("-m", "pack.mod", plain=plain) for plain in (False, True))
    assert (ours.stdout, ours.status) == (plain.stdout, plain.status)
    place_of = r"<frozen runpy>:\d+"
    assert re.sub(place_of, "", ours.stderr) == re.sub(place_of, "", plain.stderr)


EXITS = {
    "end": "print(1)",
    "none": "import sys; sys.exit()",
    "zero": "import sys; sys.exit(0)",
    "number": "import sys; sys.exit(7)",
    "negative": "import sys; sys.exit(-2)",
    "large": "import sys; sys.exit(2 ** 40 + 3)",
    "true": "import sys; sys.exit(True)",
    "text": "import sys; print('before'); sys.exit('bad \\u00e9 text')",
    "float": "import sys; sys.exit(1.5)",
    "tuple": "raise SystemExit(1, 2)",
    "code": "error = SystemExit(3); error.code = 4; raise error",
    "os_exit": "import os; os._exit(9)",
    "no_stderr": "import sys; sys.stderr = None; sys.exit('text')",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "atexit": "import atexit; atexit.register(print, 'bye'); print('hi'); raise SystemExit(2)",
    "threads": """
import threading, time
def work():
    time.sleep(0.2)
    print("worked")
threading.Thread(target=work).start()
print("done")
""",
    "closed_stdout": "import sys; print(1); sys.stdout.close()",
    "broken_stdout": "import os; print(1); os.close(1)",
    "at_shutdown": """
class Last:
    def __del__(self): print("gone", __name__)
last = Last()
""",
}


@pytest.mark.parametrize("source", EXITS.values(), ids=EXITS)
def test_the_end_of_a_program(place, source):
    place.write({"prog": source})
    place.same("prog.py")
    place.same("-m", "prog")


@pytest.mark.parametrize(
    "source",
    [
        "import sys; sys.exit(2 ** 100)",
        "class Text:\n    def __str__(self): raise ValueError\nraise SystemExit(Text())\n",
    ],
)
def test_the_status_of_an_exit_that_python_stumbles_over(place, source):
    place.write({"prog": source})
    assert place.run("prog.py").status == place.run("prog.py", plain=True).status


def test_output_comes_out_in_order(place):
    source = "import sys; print(1); print(2, file=sys.stderr); print(3); sys.exit('four')"
    place.write({"prog": source, "fails": "print(1); 1 / 0"})
    place.same("prog.py", merge=True)
    place.same("fails.py", merge=True)


ERRORS = {
    "plain": "def f(x):\n    return 1 / x\n\nf(0)\n",
    "cause": """
def f():
    try:
        {}["k"]
    except KeyError as error:
        raise ValueError("bad") from error
f()
""",
    "context": """
try:
    try:
        1 / 0
    finally:
        [][0]
except IndexError:
    raise TypeError("third")
""",
    "hidden_context": "try:\n    1 / 0\nexcept Exception:\n    raise OSError(2, 'no') from None\n",
    "group": """
def fail(error):
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            raise error
    except Exception as caught:
        return caught
raise ExceptionGroup("all", [fail(ValueError(1)), ExceptionGroup("in", [fail(KeyError(2))])])
""",
    "circular": """
a, b = ValueError("a"), ValueError("b")
a.__cause__, b.__cause__ = b, a
raise a
""",
    "note": "error = ValueError('x')\nerror.add_note('a note')\nraise error\n",
    "name": "apple = 1\nprint(appel)\n",
    "syntax": "exec('x = =')\n",
    "raised_syntax": "raise SyntaxError('made up')\n",
    "syntax_import": "import sound\nimport bad\n",
    "error_import": "import sound\nimport fails\n",
    "deep_import": "def f():\n    from package import fails\nf()\n",
    "import_module": "import importlib\nimportlib.import_module('fails')\n",
    "missing_import": "import no_such_module\n",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "base": "class Own(BaseException): pass\nraise Own('x')\n",
    "unprintable": """
class Bad(Exception):
    def __str__(self): raise ValueError
raise Bad
""",
    "hook": """
import sys
def hook(kind, error, traceback):
    print("hook", kind.__name__, error, sys.exc_info()[0])
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    print(traceback.tb_lineno, traceback.tb_frame.f_globals is globals())
sys.excepthook = hook
1 / 0
""",
    "failing_hook": """
import sys
def hook(*args):
    raise ValueError("in the hook")
sys.excepthook = hook
1 / 0
""",
    "exiting_hook": """
import sys
def hook(*args):
    sys.exit(5)
sys.excepthook = hook
1 / 0
""",
    "no_hook": "import sys\ndel sys.excepthook\n1 / 0\n",
    "last": """
import sys, atexit
atexit.register(lambda: print(sys.last_type, sys.last_traceback is not None, sys.last_value))
1 / 0
""",
    "thread": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='T')\nt.start()\n",
    "interrupt": "import atexit\natexit.register(print, 'bye')\nraise KeyboardInterrupt('x')\n",
    "own_interrupt": "class Own(KeyboardInterrupt): pass\nraise Own\n",
    "printed": "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()\n",
    "no_lines": "exec(compile('1 / 0', '<made>', 'exec'))\n",
}
HELPERS = {
    "sound": "",
    "bad": "def f(:\n    pass\n",
    "fails": "def g():\n    raise ValueError('at import')\n\ng()\n",
    "package/__init__": "",
    "package/fails": "import fails\n",
}


@pytest.mark.parametrize("source", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("way", [["prog.py"], ["-m", "prog"]], ids=["script", "module"])
def test_tracebacks(place, source, way):
    place.write({"prog": source, **HELPERS})
    plain, ours = (place.run(*way, plain=plain) for plain in (True, False))
    assert normal(ours) == normal(plain)


def normal(result):
    """Drop what differs on purpose: frames of runpy, and the depth that they and ours take."""
    stderr = without_runpy(result.stderr)
    stderr = re.sub(r"line repeated \d+ more times", "line repeated", stderr)
    return Result(result.stdout, stderr, result.status)


def test_a_syntax_error_in_the_script_is_printed_as_python_does(place):
    place.write({"prog": "x = 1\ny = (2 +\n"})
    plain, ours = (place.run("prog.py", plain=plain) for plain in (True, False))
    assert ours.stderr == plain.stderr
    assert (plain.status, ours.status) == (1, 2)


PROGRAMS = {
    "pickle": """
import pickle
class Point:
    def __init__(self, x): self.x = x
data = pickle.dumps(Point(3))
print(data, pickle.loads(data).x, pickle.loads(pickle.dumps(Point)) is Point)
""",
    "inspect": """
import inspect, linecache
def f():
    return 1  # a comment
print(inspect.getsource(f), linecache.getline(__file__, 2), inspect.getmodule(f))
""",
    "typing": """
import typing, dataclasses
@dataclasses.dataclass
class D:
    x: "int"
    next: "D | None" = None
y: int = 3
print(typing.get_type_hints(D), __annotations__, D(1))
""",
    "doctest": '''
"""
>>> 1 + 1
3
"""
import doctest
print(doctest.testmod())
''',
    "future": """
print(eval("1 if True else 2"), __builtins__ is __import__("builtins"))
def f(x: undefined_name): pass
""",
    "warnings": "import warnings\nwarnings.warn('old', DeprecationWarning)\n",
    "import_itself": "import __main__\nprint(__main__.__name__, __main__.__dict__ is globals())\n",
    "environ": "import os\nprint(sorted(k for k in os.environ if 'AUTO' in k or 'HASH' in k))\n",
    "exc_info": "import sys\nprint(sys.exc_info())\n",
    "children": """
import multiprocessing, os, sys
def work(n):
    return n * 2, __name__, os.path.basename(sys.argv[0])
if __name__ == "__main__":
    for way in ("spawn", "fork", "forkserver"):
        with multiprocessing.get_context(way).Pool(1) as pool:
            print(way, pool.map(work, range(3)))
""",
    "signals": """
import signal
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
print([signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP)])
""",
}


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("way", [["prog.py"], ["-m", "prog"]], ids=["script", "module"])
def test_programs_that_look_at_themselves(place, source, way):
    place.write({"prog": source})
    place.same(*way)


@pytest.mark.parametrize("way", [["prog.py"], ["-m", "prog"]], ids=["script", "module"])
def test_the_interrupt_key(place, way):
    place.write({"prog": "import time\nprint('ready', flush=True)\ntime.sleep(60)\n"})
    results = []
    for plain in (True, False):
        child = subprocess.Popen(
            place.command(*way, plain=plain),
            cwd=place.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Where the suite runs in the background, it may be ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
        results.append(Result(out, without_runpy(err), child.returncode))
    assert results[0] == results[1]
    assert results[1].status == -signal.SIGINT


def test_standard_input_belongs_to_the_script(place):
    place.write({"prog": "import sys\nprint(sys.stdin.read())\n"})
    for plain in (True, False):
        command = place.command("prog.py", plain=plain)
        done = subprocess.run(
            command, cwd=place.folder, env=environment(), input=b"text", capture_output=True
        )
        assert done.stdout == b"text\n"


REFUSED = {
    "no script": ([], "no script given"),
    "missing": (["no.py"], "can't open file '.*no.py': .Errno 2. No such file or directory"),
    "folder": (["."], "is a folder"),
    "archive": (["zip.py"], "is not Python source"),
    "stdin": (["-"], "name a file"),
    "no module": (["-m", "no_such"], "No module named no_such"),
    "no submodule": (["-m", "pack.no"], "No module named pack.no"),
    "not a package": (["-m", "prog.py"], "Try using 'prog' instead of 'prog.py'"),
    "no main": (["-m", "pack"], "No module named pack.__main__; 'pack' is a package"),
    "namespace": (["-m", "space"], "No module named space.__main__"),
    "relative": (["-m", ".prog"], "Relative module names not supported"),
    "empty": (["-m", ""], "No module named|module specification"),
    "no source": (["-m", "math"], "No source available for math"),
    "no name": (["-m"], "expected the name of a module"),
    "unknown": (["--wrong", "prog.py"], "unrecognized arguments: --wrong"),
    "abbreviated": (["--fre", "prog.py"], "unrecognized arguments: --fre"),
    "short": (["-x", "prog.py"], "unrecognized arguments: -x"),
    "no value": (["--store"], "--store: expected one argument"),
    "every": (["--every", "3x", "prog.py"], "--every: expected a number .* not '3x'"),
    "every zero": (["--every", "0", "prog.py"], "--every: expected .* not '0'"),
    "every nothing": (["--every", "0s", "prog.py"], "--every: expected .* not '0s'"),
    "crash": (["--crash-after", "-1", "prog.py"], "--crash-after: expected"),
    "include": (["--include", "a/b", "prog.py"], "--include: expected the name of a module"),
}


@pytest.mark.parametrize(("words", "text"), REFUSED.values(), ids=REFUSED)
def test_bad_input_gets_one_line(place, words, text):
    place.write({"prog": "print(1)", "pack/__init__": "print(1)", "zip": "PK\3\4"})
    (place.folder / "space").mkdir()
    done = place.run(*words)
    assert (done.stdout, done.status) == ("", 2)
    assert re.fullmatch(rf"autoresume: error: .*({text}).*\n", done.stderr)


def test_an_unreadable_script(place):
    place.write({"prog": ""})
    (place.folder / "loop.py").symlink_to("loop.py")
    done = place.run("loop.py")
    assert done.status == 2
    assert done.stderr.count("\n") == 1


def launched(place, program, body):
    """Run `program` where a statement of ours, `body`, runs in the place of the source."""
    source = place.launcher.read_text()
    assert "exec(code, vars(target.module))" in source
    place.launcher.write_text(source.replace("exec(code, vars(target.module))", body))
    place.write({"prog": program})
    return place.run("prog.py")


def test_errors_of_ours_are_one_line(place):
    program = (
        "from autoresume.errors import StoreError\ntry: raise StoreError('full')\nfinally: print(1)"
    )
    place.write({"prog": program})
    assert place.run("prog.py") == Result("1\n", "autoresume: error: full\n", 2)


def test_a_fault_of_ours_has_a_traceback(place):
    done = launched(place, "", "1 / 0")
    assert done.status == 1
    assert "runner.py" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def target(folder):
    """A target with `folder` as its root."""
    return runner.Target("a.py", str(folder / "a.py"), b"", ModuleType("__main__"), folder)


def test_which_files_are_the_users(tmp_path):
    here = target(tmp_path)
    assert here.owns(str(tmp_path / "b.py"))
    assert here.owns(str(tmp_path / "pack" / "b.py"))
    assert not here.owns(str(tmp_path.parent / "b.py"))
    assert not here.owns(str(tmp_path) + "2/b.py")
    assert not here.owns(str(tmp_path / ".venv/lib/python3.12/site-packages/numpy/core.py"))
    assert not here.owns("<frozen os>")


def test_libraries_below_the_root_are_not_the_users():
    everything = target(Path("/"))
    assert everything.owns("/home/user/a.py")
    assert not everything.owns(os.__file__)
    assert not everything.owns(pytest.__file__)
    assert not everything.owns(runner.__file__)
    assert not everything.owns(pipeline.__file__)


def test_the_root_of_a_script_is_its_real_folder(place, tmp_path):
    place.write({"real/look": "", "real/pack/__init__": "", "real/pack/__main__": ""})
    (place.folder / "link.py").symlink_to("real/look.py")
    print_root = "print(target.root)"
    assert launched(place, "", print_root).stdout == f"{place.folder.resolve()}\n"
    real = place.folder.resolve() / "real"
    assert place.run("link.py").stdout == f"{real}\n"
    assert place.run("-m", "real.pack").stdout == f"{real.parent}\n"
    assert place.run("-m", "pack", PYTHONPATH=f"{real}:{ROOT}").stdout == f"{real}\n"


def test_the_root_of_an_installed_module_is_itself(place):
    site = place.folder / "site-packages"
    place.write({"site-packages/tool": "", "site-packages/pack/__main__": ""})
    place.write({"site-packages/pack/__init__": ""})
    launched(place, "", "print(target.root, target.owns(target.filename))")
    path = {"PYTHONPATH": f"{site}:{ROOT}"}
    assert place.run("-m", "tool", **path).stdout == f"{site / 'tool.py'} True\n"
    assert place.run("-m", "pack", **path).stdout == f"{site / 'pack'} True\n"
    stdlib = Path(os.__file__).parent
    assert place.run("-m", "timeit").stdout == f"{stdlib / 'timeit.py'} True\n"
