"""Dumps or loads the state of a small program, each in a process of its own.

usage: pickling_driver.py dump|load FOLDER
The folder holds main.py, the program; check.py, run in the program's globals after the load;
and other modules of the program. Several loads in a row check that a load can be dumped again.
"""

import pickle
import sys
from pathlib import Path
from types import CodeType, ModuleType

from autoresume import pickling


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


def main(task: str, folder: Path) -> None:
    table = Table(folder)
    sys.path.insert(0, str(folder))
    for name in table.user_modules:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__builtins__ = __builtins__
        sys.modules[name].__file__ = str(table.sources[name])
    if task == "dump":
        for name in sorted(table.user_modules, key=lambda name: name == "__main__"):
            exec(table.compiled(name), vars(sys.modules[name]))
    else:
        data, buffers = pickle.loads((folder / "state.bin").read_bytes())
        rest = pickling.load(data, [bytearray(b) for b in buffers], table)
        assert rest["frames"] == ["frame"], rest
        check = compile((folder / "check.py").read_text(), str(folder / "check.py"), "exec")
        exec(check, vars(sys.modules["__main__"]))
        return
    save(table, folder)


def save(table: Table, folder: Path) -> None:
    modules = {name: dict(vars(sys.modules[name])) for name in table.user_modules}
    saved = pickling.dump({"modules": modules, "frames": ["frame"]}, table)
    buffers = [bytes(buffer.raw()) for buffer in saved.buffers]
    (folder / "state.bin").write_bytes(pickle.dumps((saved.data, buffers)))
    print("bound" if saved.python_bound else "free", len(saved.data), len(buffers))


if __name__ == "__main__":
    if sys.argv[1] == "again":
        main("load", Path(sys.argv[2]))
        save(Table(Path(sys.argv[2])), Path(sys.argv[2]))
    else:
        main(sys.argv[1], Path(sys.argv[2]))
