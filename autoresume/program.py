"""The program: all user modules, their code, and the names of that code.

Code is named by its place in the source, never by its content, so that a snapshot finds it again
in another process, on another Python, and after an edit elsewhere in the file.
"""

from __future__ import annotations

import sys
from functools import cached_property
from importlib.util import find_spec

from autoresume.cache import Cache, digest_of_parts
from autoresume.errors import SourceChanged
from autoresume.sources import Source
from autoresume.transforms.codes import all_codes, in_source_order, plain_qualname
from autoresume.transforms.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import CodeType, ModuleType
    from typing import Any

    from autoresume.transforms import Function, Rewritten
    from autoresume.transforms.compiled import Compiled
    from autoresume.transforms.reach import Reach
    from autoresume.transforms.rebuilds import Rebuild
    from autoresume.untouched import ModelName, Untouched

CodeName = tuple[str, str, int, int]
"""Module, qualified name, and which of how many with that qualified name, in source order."""


@record
class UserModule:
    """One module of the user's: its source, its code, and the functions in it."""

    name: str
    compiled: Compiled

    @property
    def filename(self) -> str:
        """The file that it was read from."""
        return self.compiled.filename

    @property
    def rewritten(self) -> Rewritten:
        """All of it after all passes, for what is rarely asked."""
        return self.compiled.whole

    @property
    def rebuilds(self) -> list[Rebuild]:
        """Its assignments that run again at a resume."""
        return self.rewritten.rebuilds if b"rebuild" in self.compiled.source else []

    @property
    def exclusions(self) -> dict[ast.AST, tuple[str, ...]]:
        """The variables that its loops keep out of snapshots."""
        return self.rewritten.exclusions if b"exclude" in self.compiled.source else {}

    @cached_property
    def names(self) -> dict[int, CodeName]:
        """The name of each code object, by its ``id``."""
        groups: dict[str, list[CodeType]] = {}
        for code in all_codes(self.compiled.code):
            if code.co_name != self.compiled.names.cells:
                groups.setdefault(plain_qualname(code), []).append(code)
        return {
            id(code): (self.name, qualname, index, len(group))
            for qualname, group in groups.items()
            for index, code in enumerate(in_source_order(group))
        }

    @cached_property
    def mentioned_in_functions(self) -> frozenset[str] | None:
        """The names that its functions and classes may use; None: any that it has."""
        from autoresume.transforms.residual import LOOKS_AROUND

        inner = [function for function in self.rewritten.functions if not function.is_module]
        names: frozenset[str] = frozenset().union(*map(_global_names, inner))
        attributes = {name for function in inner for name in function.code.co_names}
        return None if LOOKS_AROUND & (names | attributes) else names

    @property
    def definitions(self) -> list[str]:
        """The names that definitions at its top level bind."""
        return self.compiled.outline.definitions

    def counterpart(self, code: CodeType) -> CodeType | None:
        """The code object here that was compiled from the same function as ``code``."""
        own = self._by_start.get((code.co_qualname, code.co_firstlineno))
        return own if own is not None and own.co_freevars == code.co_freevars else None

    @cached_property
    def _by_start(self) -> dict[tuple[str, int], CodeType]:
        codes = self.codes.values()
        return {(code.co_qualname, code.co_firstlineno): code for code in codes}

    @cached_property
    def codes(self) -> dict[tuple[str, int, int], CodeType]:
        """The code objects by name."""
        by_id = {id(code): code for code in all_codes(self.compiled.code)}
        return {name[1:]: by_id[key] for key, name in self.names.items()}

    def function(self, code: CodeType) -> Function | None:
        """The function that a code object belongs to, if it is one of this module."""
        return self.compiled.function(code) if id(code) in self.names else None


def _global_names(function: Function) -> frozenset[str]:
    """The names in a function that are none of its own variables."""
    code = function.code
    own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    import ast

    from autoresume.transforms.scopes import body_nodes

    nodes = body_nodes(function.scope)
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name)) - own


@record
class Program:
    """All user modules of a run, as far as they are known.

    ``make_generators`` makes what saves and makes its generators.
    ``adopted``: modules of libraries that are compiled like the user's, see `autoresume.adoption`.
    ``owns`` tells whether a file belongs to the user; ``include`` names further modules that do.
    With ``every_loop`` their loops are boundaries without being marked. ``cache``: what has been
    compiled before.
    """

    owns: Callable[[str], bool]
    root: Path
    include: tuple[str, ...] = ()
    every_loop: bool = False
    make_generators: Callable[[], Any] | None = None
    cache: Cache | None = None
    parsed: dict[str, Source] = field(default_factory=dict)
    modules: dict[str, UserModule] = field(default_factory=dict)
    adopted: dict[str, UserModule] = field(default_factory=dict)
    importing: dict[str, tuple[ModuleType, CodeType]] = field(default_factory=dict)
    """Modules to be imported once more, each with the rest of its code."""
    _untouched: list[Untouched] = field(default_factory=list)
    _reached: dict[bytes, Reach] = field(default_factory=dict)

    @property
    def untouched(self) -> Untouched:
        """Its models of generators that were not rewritten."""
        if not self._untouched:
            from autoresume.untouched import Untouched  # here, because it loads all passes

            self._untouched.append(Untouched(self.modules))
        return self._untouched[0]

    @cached_property
    def generators(self) -> Any:
        """What saves and makes its generators, see `autoresume.generators`; None: nothing."""
        return self.make_generators and self.make_generators()

    @property
    def user_modules(self) -> frozenset[str]:
        """The names of the modules whose globals, functions and classes are state."""
        return frozenset(self.modules)

    @property
    def is_marked(self) -> bool:
        """Whether any module known so far has a boundary."""
        return any(source.is_marked for source in self.parsed.values())

    def is_user(self, name: str, filename: str | None) -> bool:
        """Whether a module belongs to the user."""
        if filename is None or not filename.endswith(".py"):
            return False
        included = any(name == own or name.startswith(f"{own}.") for own in self.include)
        return included or self.owns(filename)

    # -- compiling -------------------------------------------------------------------------

    def discover(self, name: str, filename: str, source: bytes, package: str | None) -> None:
        """Read a module and all user modules that it imports by name.

        Raises ``SyntaxError`` for the module itself, and ``SourceError`` for any of them.
        """
        found = self.parsed[name] = self._source(name, filename, source, package)
        for imported in found.imports:
            spec = None if imported in self.parsed else self._find(imported)
            if spec is not None and self.is_user(imported, spec.origin):
                self._discover_imported(imported, spec)

    def _source(
        self, name: str, filename: str, source: bytes, package: str | None = None
    ) -> Source:
        return Source(name, filename, source, package, self.every_loop, self.cache)

    def _discover_imported(self, name: str, spec: ModuleSpec) -> None:
        assert spec.origin is not None
        is_package = spec.submodule_search_locations is not None
        package = name if is_package else name.rpartition(".")[0]
        try:
            self.discover(name, spec.origin, content_of(spec.origin), package)
        except (SyntaxError, ValueError, OSError):
            # Whether it is imported at all is known when the program runs; then Python says so.
            self.parsed.pop(name, None)

    def _find(self, name: str) -> ModuleSpec | None:
        """Find a module without importing the packages around it."""
        top, *rest = name.split(".")
        try:
            if top in self.include:
                spec = find_spec(top)
            else:
                spec = _find_in([str(self.root)], top)
            for depth, _ in enumerate(rest, 2):
                if spec is None or spec.submodule_search_locations is None:
                    return None
                part = ".".join(name.split(".")[:depth])
                spec = _find_in(spec.submodule_search_locations, part)
        except (ImportError, ValueError):
            return None
        return spec

    def compile(self, name: str, filename: str, source: bytes) -> UserModule:
        """The compiled module ``name``; its source is parsed unless it has been discovered."""
        if name in self.modules and self.modules[name].compiled.source == source:
            return self.modules[name]
        found = self.parsed.get(name)
        if found is None or found.source != source:
            found = self.parsed[name] = self._source(name, filename, source)
        others = [(one.name, one.filename, one.digest) for one in self.parsed.values()]
        key = digest_of_parts(others)
        self.modules[name] = UserModule(name, found.compiled(key, lambda: self._reach(key)))
        return self.modules[name]

    def _reach(self, key: bytes) -> Reach:
        """What can reach a boundary, of modules with that digest: found out once for them all."""
        from autoresume.compiling import find_reach

        if key not in self._reached:
            facts = (source.parsed.facts for source in self.parsed.values())
            self._reached = {key: find_reach(facts)}
        return self._reached[key]

    def learn(self, code: CodeType, lasti: int, place: tuple[Any, ...]) -> None:
        """Keep what is known of a place in the code of a module, see `autoresume.places`."""
        for module in self.compiled():
            name = module.names.get(id(code))
            places, key = module.compiled.places, name and (*name[1:], lasti)
            if key and places.get(key) != place:
                places[key] = place
                if self.cache:
                    self.cache.is_new = True

    def settle(self) -> None:
        """Keep what has been compiled for the next start, and no trees, which few will ask for."""
        if self.cache:
            self.cache.save()
        self._reached = {}
        for source in self.parsed.values():
            source.forget_tree()

    @property
    def imports_main(self) -> bool:
        """Whether a module may use the globals of the script from outside of it."""
        return any(
            b"import __main__" in found.source or b"sys.modules" in found.source
            for found in self.parsed.values()
        )

    def compiled(self) -> Iterator[UserModule]:
        """All modules whose code has names."""
        yield from self.modules.values()
        yield from self.adopted.values()

    # -- names of code ---------------------------------------------------------------------

    def code_name(self, code: CodeType) -> CodeName | ModelName | None:
        """The name of a user's code object; None for code that is not from a user's source."""
        for module in self.compiled():
            name = module.names.get(id(code))
            if name is not None:
                return name
        model = self.untouched.code_name(code) if self._untouched else None
        return model or self._name_of_older(code)

    def _name_of_older(self, code: CodeType) -> CodeName | None:
        """The name of the code of a function that was made before its module was adopted."""
        for module in self.adopted.values():
            own = module.counterpart(code) if code.co_filename == module.filename else None
            if own is not None:
                return module.names[id(own)]
        return None

    def code_for(self, name: CodeName | ModelName) -> CodeType:
        """The code object with that name.

        Raises ``SourceChanged`` where the source has no such function any more.
        """
        if type(name) is not tuple:
            return self.untouched.code_for(name)  # type: ignore[arg-type]  # a ModelName
        module = self.modules.get(name[0]) or self.adopted.get(name[0])
        code = module.codes.get(name[1:]) if module else None  # type: ignore[arg-type]
        if code is None:
            raise SourceChanged(
                f"{module.filename if module else name[0]}: the snapshot uses {name[1]}, which is "
                "not there any more or not as often; put it back, or start over with --fresh"
            )
        return code

    def function(self, code: CodeType) -> Function | None:
        """The function that a code object belongs to, if it is the user's."""
        for module in self.compiled():
            function = module.function(code)
            if function is not None:
                return function.model
        return self.untouched.function(code) if self._untouched else None


def content_of(path: str) -> bytes:
    """Return what is in a file."""
    with open(path, "rb", buffering=0) as file:
        return file.read()


def globals_in_reach(program: Program, code: CodeType) -> tuple[set[tuple[str, str]], set[str]]:
    """The globals that a function may use, and the names that it may assign outside of itself.

    By name: what a function mentions leads to all functions, methods and classes of that name.
    """
    from autoresume.transforms.reach import stored_names

    functions = [
        function for module in program.modules.values() for function in module.rewritten.functions
    ]
    reached = {id(code)}
    names = _mentioned(code)
    grown = True
    while grown:
        grown = False
        for function in functions:
            if id(function.code) not in reached and _is_named(function.code, names):
                reached.add(id(function.code))
                names |= _mentioned(function.code)
                grown = True
    stored: set[str] = set()
    for function in functions:
        if id(function.code) in reached:
            stored |= stored_names(function.scope)
    mentioned = {
        (module.name.partition(":")[0], name)
        for module in program.modules.values()
        for name in names
        if not module.compiled.names.is_generated(name)
    }
    return mentioned, stored


def _mentioned(code: CodeType) -> set[str]:
    return {name for inner in all_codes(code) for name in inner.co_names}


def _is_named(code: CodeType, names: set[str]) -> bool:
    parts = code.co_qualname.split(".")
    special = parts[-1].startswith("__") and parts[-1].endswith("__")
    return code.co_name != "<module>" and (special or not names.isdisjoint(parts))


def namespace(name: str) -> dict[str, Any]:
    """The globals of a user module; a cell of a notebook, ``module:digest``, has its module's."""
    return vars(sys.modules[name.partition(":")[0]])


def _find_in(folders: Iterable[str], name: str) -> ModuleSpec | None:
    """Find a module in folders; of a namespace package all of them, as `PathFinder` does.

    That one needs the package around a namespace package, which may not be imported yet.
    """
    from importlib.machinery import ModuleSpec
    from pkgutil import get_importer  # here, because it takes its time to be loaded

    portions: list[str] = []
    for folder in folders:
        finder = get_importer(folder)
        spec = finder.find_spec(name) if finder else None
        if spec is not None and spec.loader is not None:
            return spec
        portions += (spec and spec.submodule_search_locations) or []
    if not portions:
        return None
    found = ModuleSpec(name, None, is_package=True)
    found.submodule_search_locations = portions
    return found
