"""The import hook: user modules are compiled by autoresume, all others as always.

It delegates the search to all remaining finders, so it sees what they find, editable installs
included, and changes only the loader of a user module's source file.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import decode_source
from types import CodeType, FrameType, ModuleType

from autoresume.adoption import adopt, needed_by, standing_between
from autoresume.libraries import ADOPTED
from autoresume.program import Program, UserModule
from autoresume.provided import nothing, provide
from autoresume.switches import SWITCHES
from autoresume.transforms import SourceError
from autoresume.transforms.every import Every
from autoresume.transforms.records import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@record
class OwnFlag:
    """The flag of a marked loop that has a schedule of its own: a global of its module."""

    every: Every
    names: dict[str, Any]
    name: str

    def set_due(self, due: bool) -> None:
        """Tell the loop whether to call the boundary."""
        self.names[self.name] = True if due else None


class Hook:
    """Finds user modules; ``boundary`` is what their marked loops call."""

    def __init__(self, program: Program, boundary: Callable[[], None]) -> None:
        self.program = program
        self.boundary = boundary
        self.rewritten: list[tuple[dict[str, Any], str]] = []
        self.own: dict[tuple[str, int], OwnFlag] = {}
        """The flags of single loops, by their file and line."""
        self._due = True

    def install(self) -> None:
        """Begin to find."""
        sys.meta_path.insert(0, self)

    def retire(self) -> None:
        """The program has ended: keep nothing of it alive, so that it goes as it would plainly."""
        self.set_all_due(False)
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self.boundary = nothing
        for module in [*self.program.modules.values(), *self.program.adopted.values()]:
            vars(builtins)[module.compiled.names.boundary] = nothing
        self.forget()

    def forget(self) -> None:
        """Know no modules any more."""
        self.rewritten.clear()
        self.own.clear()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As the finders behind this one find it."""
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                return self._taken(spec)
        return None

    def _taken(self, spec: ModuleSpec) -> ModuleSpec:
        if type(spec.loader) is SourceFileLoader and self.program.is_user(spec.name, spec.origin):
            spec.loader = _Loader(spec.name, spec.loader.path, self)
        elif type(spec.loader) is SourceFileLoader and spec.name in ADOPTED:
            spec.loader = _AdoptedLoader(spec.name, spec.loader.path, self)
        return spec

    def compile(self, name: str, filename: str, source: bytes, names: dict[str, Any]) -> UserModule:
        """Compile a module and put what its code calls into its globals."""
        module = self.program.compile(name, filename, source)
        self._inject(module, names)
        return module

    def adopt(self, more: Iterable[str] = ()) -> None:
        """Compile the modules of libraries that stand between functions of the program.

        ``more``: the names of those that have been imported for it.
        """
        for name in [*standing_between(self.program), *more]:
            if name not in self.program.adopted:
                adopted = adopt(self.program, name)
                self._inject(adopted, vars(sys.modules[name]))

    def _inject(self, module: UserModule, names: dict[str, Any]) -> None:
        generated = module.compiled.names
        # The flags are looked up at every iteration, where a global costs less than a builtin. The
        # others are rarely used, and the program's globals stay the program's.
        vars(builtins)[generated.boundary] = self.boundary
        provide(generated)
        self.rewritten.append((names, generated.due))
        names[generated.due] = True if self._due else None
        for line, every in module.compiled.own.items():
            own = OwnFlag(every, names, generated.due_at(line))
            self.own[module.filename, line] = own
            own.set_due(True)
        SWITCHES.watch(module.compiled.code, generated)
        self.adopt(needed_by(module))

    def set_due(self, due: bool) -> None:
        """Tell the marked loops without a schedule of their own whether to call the boundary."""
        self._due = due
        SWITCHES.set(due)
        for names, name in self.rewritten:
            names[name] = True if due else None

    def set_all_due(self, due: bool) -> None:
        """The same for all marked loops."""
        self.set_due(due)
        for own in self.own.values():
            own.set_due(due)

    def own_flag(self, frame: FrameType) -> OwnFlag | None:
        """The flag of the loop at whose boundary a frame stands, if it has one of its own."""
        return self.own.get((frame.f_code.co_filename, frame.f_lineno)) if self.own else None


class _Loader(SourceFileLoader):
    """Compiles one user module; everything else is as in its base class."""

    def __init__(self, fullname: str, path: str, hook: Hook) -> None:
        super().__init__(fullname, path)
        self._hook = hook

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """A new module, or one that a snapshot was taken in while it was imported."""
        importing = self._hook.program.importing.get(spec.name)
        return importing[0] if importing else None

    def get_code(self, fullname: str) -> CodeType:
        """Compile the module, and prepare its globals if it is being imported."""
        importing = self._hook.program.importing.pop(fullname, None)
        if importing:
            return importing[1]
        path = self.get_filename(fullname)
        source = self.get_data(path)
        module = sys.modules.get(fullname)
        names = vars(module) if module else {}
        try:
            return self._hook.compile(fullname, path, source, names).compiled.code
        except SourceError as error:
            raise ImportError(str(error), name=fullname, path=path) from None

    def get_source(self, fullname: str) -> str:
        """The source as written."""
        return decode_source(self.get_data(self.get_filename(fullname)))


class _AdoptedLoader(SourceFileLoader):
    """Imports a library module as always, and compiles it then."""

    def __init__(self, fullname: str, path: str, hook: Hook) -> None:
        super().__init__(fullname, path)
        self._hook = hook

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, and adopt it."""
        super().exec_module(module)
        self._hook.adopt([module.__name__])
