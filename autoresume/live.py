"""User modules of a process that was started with plain ``python``, rewritten while it runs.

A module that is loaded keeps its objects. Its source is compiled with the passes, and every
function that was made from that source gets the code which stands at its place in the result.
Cells of a notebook are modules of their own that share their globals.
"""

from __future__ import annotations

import gc
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType

from autoresume.errors import UsageError
from autoresume.hook import Hook
from autoresume.program import Program, UserModule, namespace
from autoresume.runner import is_users
from autoresume.transforms.positions import digest
from autoresume.transforms.scopes import all_codes, in_source_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Program(Program):
    def _find(self, name: str) -> ModuleSpec | None:
        spec = getattr(sys.modules.get(name), "__spec__", None)
        return super()._find(name) if spec is None else spec


class LiveModules:
    """The user modules of this process, as far as resumable functions need them.

    ``boundary`` is what their marks call. `program` changes when there is more to know.
    """

    def __init__(self, boundary: Callable[[], None]) -> None:
        self.folders: list[Path] = []
        self.include: list[str] = []
        self.roots: list[FunctionType] = []
        self.sources: dict[str, tuple[str, bytes]] = {}
        self.replaced: dict[CodeType, CodeType] = {}
        self.program = self._new_program()
        self.hook = Hook(self.program, boundary)

    def add(
        self, folder: Path | None, include: list[str], sources: dict[str, tuple[str, bytes]]
    ) -> None:
        """Take the modules below a folder, and those named, for the user's from now on."""
        if folder is not None and folder not in self.folders:
            self.folders.append(folder)
        self.include += [name for name in include if name not in self.include]
        self._renew(self.sources | sources)
        if self.hook not in sys.meta_path:
            self.hook.install()

    def install(self, folder: Path | None, include: list[str]) -> None:
        """Rewrite the modules below ``folder``, and those named, when they are imported."""
        check_included(include)
        self.add(folder, include, {})

    def prepare(self, function: FunctionType) -> None:
        """See to it that ``function``, and what it may call, has rewritten code."""
        sources = _sources_for(function)
        if function in self.roots and sources.items() <= self.sources.items():
            return
        folder, include = _home(function)
        self.add(folder, include, sources)
        if self.program.code_name(function.__code__) is None:
            raise UsageError(
                f"{_name(function)} was not compiled from {function.__code__.co_filename} as it "
                "is now; import it again, or start the process again"
            )
        self.roots.append(function)

    def import_again(self, names: list[str]) -> None:
        """Import modules of a snapshot that the process has not come to import yet."""
        for name in names:
            if name.partition(":")[0] not in sys.modules:
                __import__(name)

    # -- compiling ---------------------------------------------------------------------------

    def _new_program(self) -> Program:
        root = self.folders[0] if self.folders else Path.cwd()
        return _Program(self._owns, root, tuple(self.include))

    def _owns(self, filename: str) -> bool:
        return any(is_users(filename, folder) for folder in self.folders)

    def _renew(self, sources: dict[str, tuple[str, bytes]]) -> None:
        """Compile all modules anew: which functions are to be rewritten depends on all of them."""
        program, adopted = self._new_program(), self.program.adopted
        # What code is equal to must not depend on what is due.
        self.hook.set_due(True)
        for name, (filename, source) in sources.items():
            package = vars(sys.modules[name.partition(":")[0]]).get("__package__")
            program.discover(name, filename, source, package)
        self.sources = sources
        self.program = self.hook.program = program
        self.hook.forget()
        self.hook.adopt(adopted)
        for name, parsed in list(program.parsed.items()):
            if name in self.sources or _is_loaded(name, parsed.filename):
                module = self.hook.compile(name, parsed.filename, parsed.source, namespace(name))
                self.replaced |= _counterparts(module)
        self._swap()
        self.hook.set_all_due(False)

    def _swap(self) -> None:
        """Give the functions that exist the code that they would have now."""
        files = {module.filename for module in self.program.modules.values()}
        for function in gc.get_objects():
            if type(function) is FunctionType and function.__code__.co_filename in files:
                new = self.replaced.get(function.__code__)
                if new is not None and new.co_freevars == function.__code__.co_freevars:
                    function.__code__ = new


def _counterparts(module: UserModule) -> dict[CodeType, CodeType]:
    """For each code of the source as written, and as rewritten, the rewritten one."""
    plain = compile(module.compiled.source, module.filename, "exec", dont_inherit=True)
    groups: dict[str, list[CodeType]] = {}
    for code in all_codes(plain):
        groups.setdefault(code.co_qualname, []).append(code)
    found = {code: code for code in module.codes.values()}
    for qualname, group in groups.items():
        for index, code in enumerate(in_source_order(group)):
            new = module.codes.get((qualname, index, len(group)))
            if new is not None:
                found[code] = new
    return found


# -- sources -----------------------------------------------------------------------------------


def _sources_for(function: FunctionType) -> dict[str, tuple[str, bytes]]:
    """The sources that ``function`` starts from: its module, or the cells of its notebook."""
    name = function.__module__
    module = sys.modules.get(name)
    if module is None or vars(module) is not function.__globals__:
        raise UsageError(f"{_name(function)} does not live in a module that is imported")
    filename = function.__code__.co_filename
    path = getattr(module, "__file__", None)
    if path is not None and Path(path).name == Path(filename).name:
        return {name: (filename, Path(path).read_bytes())}
    cells = _cells(vars(module), function)
    if not cells:
        raise UsageError(f"the source of {_name(function)}, {filename}, cannot be found")
    return {f"{name}:{digest(text)}": (file, text.encode()) for file, text in cells.items()}


def _cells(names: dict[str, Any], function: FunctionType) -> dict[str, str]:
    """The texts of the cells that the functions of a notebook are from."""
    made = {function.__code__.co_filename}
    for value in list(names.values()):
        made |= {found.__code__.co_filename for found in _functions(value, names)}
    texts = {file: "".join(linecache.getlines(file)) for file in sorted(made)}
    return {file: text for file, text in texts.items() if text}


def _functions(value: Any, names: dict[str, Any]) -> Iterator[FunctionType]:
    """The functions of a module that a value is or wraps or has as a class."""
    inner = list(vars(value).values()) if isinstance(value, type) else [value]
    for one in inner:
        one = getattr(one, "fget", None) or getattr(one, "__func__", one)
        found = inspect.unwrap(one) if callable(one) else None
        if isinstance(found, FunctionType) and found.__globals__ is names:
            yield found


def _home(function: FunctionType) -> tuple[Path | None, list[str]]:
    """The folder of the modules that belong to a function's, or its package if installed."""
    module = sys.modules[function.__module__]
    path = getattr(module, "__file__", None)
    if path is None:
        return None, []
    depth = 0 if function.__module__ == "__main__" else function.__module__.count(".")
    depth += Path(path).name == "__init__.py"
    folder = Path(path).absolute().parents[depth]
    if is_users(str(Path(path).absolute()), folder):
        return folder, []
    return None, [function.__module__.partition(".")[0]]


def _is_loaded(name: str, filename: str) -> bool:
    return getattr(sys.modules.get(name), "__file__", None) == filename


def _name(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def check_included(names: list[str]) -> None:
    """Raise UsageError for a name that is no module's."""
    for name in names:
        if find_spec(name.partition(".")[0]) is None:
            raise UsageError(f"include: there is no module {name!r}")
