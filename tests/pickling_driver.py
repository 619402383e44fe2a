"""Dumps and loads the state of a small program, each in a process of its own.

usage: pickling_driver.py run|check|again FOLDER
The folder holds main.py, the program; check.py, run in the program's globals after the load;
and other modules of the program.
"""

import json
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path
from types import CodeType, ModuleType

from autoresume.errors import AutoresumeError
from autoresume.pickling import streams


class Table:
    """Names code by module, qualified name and number among those of that name."""

    def __init__(self, folder: Path):
        names = {path.stem: path for path in folder.glob("*.py") if path.stem != "check"}
        self.sources = {("__main__" if n == "main" else n): path for n, path in names.items()}
        self.user_modules = set(self.sources)
        self.codes = {}
        for module, path in self.sources.items():
            self.collect(module, self.compiled(module))

    def compiled(self, module):
        path = self.sources[module]
        return compile(path.read_text(), str(path), "exec", dont_inherit=True)

    def collect(self, module, code):
        for const in code.co_consts:
            if isinstance(const, CodeType):
                number = 0
                while (module, const.co_qualname, number) in self.codes:
                    number += 1
                self.codes[module, const.co_qualname, number] = const
                self.collect(module, const)

    def code_name(self, code):
        return next((name for name, known in self.codes.items() if known == code), None)

    def code_for(self, name):
        return self.codes[name]


def prepare(folder: Path) -> Table:
    """Make the modules of the program, empty."""
    table = Table(folder)
    sys.path.insert(0, str(folder))
    for name in table.user_modules:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__builtins__ = __builtins__
        sys.modules[name].__file__ = str(table.sources[name])
    return table


def run(folder: Path) -> None:
    """Run the program and dump it."""
    table = prepare(folder)
    for name in sorted(table.user_modules, key=lambda name: name == "__main__"):
        exec(table.compiled(name), vars(sys.modules[name]))
    save(table, folder)


def load(folder: Path) -> Table:
    table = prepare(folder)
    data, buffers = pickle.loads((folder / "state.bin").read_bytes())
    rest = streams.load(data, [bytearray(buffer) for buffer in buffers], table)
    assert rest == {"frames": FRAMES}, rest
    return table


def check(folder: Path) -> None:
    """Load the program and run check.py among its globals."""
    load(folder)
    code = compile((folder / "check.py").read_text(), str(folder / "check.py"), "exec")
    exec(code, vars(sys.modules["__main__"]))


def again(folder: Path) -> None:
    """Load the program and dump it once more."""
    save(load(folder), folder)


def save(table: Table, folder: Path) -> None:
    modules = {name: dict(vars(sys.modules[name])) for name in table.user_modules}
    try:
        saved = streams.dump({"modules": modules, "frames": FRAMES}, table)
    except AutoresumeError as error:
        sys.exit(str(error))
    buffers = [bytes(buffer.raw()) for buffer in saved.buffers]
    (folder / "state.bin").write_bytes(pickle.dumps((saved.data, buffers)))
    print(json.dumps({"bound": saved.python_bound, "buffers": list(map(len, buffers))}))


FRAMES = [{"function": "fit", "file": "main.py", "line": 3, "locals": {"answer": [42]}}]


def roundtrip(folder: Path, source: str, check: str, **modules: str) -> dict:
    """Dump a program, load it and check, dump what was loaded, load it and check again.

    Every step is a process. Returns what is known about the dump.
    """
    write(folder, main=source, check=check, **modules)
    told = step("run", folder)
    step("check", folder)
    step("again", folder)
    step("check", folder)
    return json.loads(told)


def refusal(folder: Path, source: str) -> str:
    """Dump a program that cannot be saved, and return the message."""
    write(folder, main=source)
    done = spawn("run", folder)
    assert done.returncode == 1, done
    return done.stderr.strip()


def write(folder: Path, **modules: str) -> None:
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(source))


def step(task: str, folder: Path) -> str:
    done = spawn(task, folder)
    assert done.returncode == 0, f"{task}: {done.stderr}"
    return done.stdout


def spawn(task: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, __file__, task, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    environment.setdefault("PYTHONHASHSEED", "1")
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


if __name__ == "__main__":
    {"run": run, "check": check, "again": again}[sys.argv[1]](Path(sys.argv[2]))
