"""`dumps` and `loads` for any program: in a process, between processes, in a file.

Functions and classes that can be imported go by name. Those of the script or of an interactive
session, lambdas, local functions and local classes go by value: with their code, their closures
and the globals that they use. Pickles of plain data are plain. The others hold a second stream, and
`load_stream` knows what it takes to read that.
"""

from __future__ import annotations

import io
import pickle
import sys
import weakref
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from pickle import Unpickler as Unpickler
from types import CodeType, FunctionType, ModuleType
from typing import IO, TYPE_CHECKING, Any

from autoresume.errors import Unsaveable
from autoresume.pickling import nans, pickler, sets
from autoresume.pickling.anchors import (
    GlobalsOf,
    StandIn,
    anchors,
    is_module_globals,
    module_globals,
    seed,
)
from autoresume.pickling.depth import deeply
from autoresume.pickling.locate import explain
from autoresume.pickling.namespaces import (
    Namespace,
    fill_module,
    itself,
    submodules_used,
    used_by,
)
from autoresume.pickling.streams import MADE_BY_IMPORT
from autoresume.pickling.tables import loading_with
from autoresume.pickling.tracking import fill_received, find_or_make, identity_of

if TYPE_CHECKING:
    from autoresume.generators import Generators
    from autoresume.program import Program

_PACKAGE = f"{__name__.partition('.')[0]}."
BufferCallback = Callable[[pickle.PickleBuffer], Any]


class PicklingError(Unsaveable, pickle.PicklingError):
    """An object, or something that it leads to, cannot be brought back exactly."""


def dumps(
    obj: object,
    protocol: int | None = None,
    *,
    buffer_callback: BufferCallback | None = None,
    by_value: Collection[str] = ("__main__",),
) -> bytes:
    """Return ``obj`` as a pickle, which `loads` and `pickle.loads` read where autoresume is there.

    Args:
        protocol: taken for the sake of callers of `pickle`; the result is of protocol 5.
        buffer_callback: called with a `pickle.PickleBuffer` for each large buffer, as the one of
            `pickle.dumps` is. Without it they are part of the result.
        by_value: names of modules and packages whose functions and classes are not to be imported
            by whoever loads the result.

    Raises: `PicklingError` with the path to what cannot be saved, and the reason.
    """
    table = Table(by_value)
    try:
        return deeply(lambda: _dumped(obj, table, buffer_callback))
    except Exception as error:
        state = {"modules": {"__main__": {"obj": obj}}}
        message, _ = explain(state, table, error, kind=_Pickler)
        raise PicklingError(message) from error


def loads(data: Any, *, buffers: Iterable[Any] | None = None) -> Any:
    """Return the object that `dumps` was given; loading a pickle can execute code.

    ``buffers``: those that the ``buffer_callback`` got, in their order.
    """
    return pickle.loads(data, buffers=buffers)


def dump(obj: object, file: IO[bytes], protocol: int | None = None, **options: Any) -> None:
    """Write ``obj`` to a file that is open for writing bytes; options and errors as in `dumps`."""
    file.write(dumps(obj, protocol, **options))


def load(file: IO[bytes], *, buffers: Iterable[Any] | None = None) -> Any:
    """Read an object that `dump` has written."""
    return pickle.load(file, buffers=buffers)


class Pickler:
    """Writes objects to a file, each by a `dump` of its own, for which the next `load` is."""

    def __init__(self, file: IO[bytes], protocol: int | None = None, **options: Any) -> None:
        self._file = file
        self._options = options

    def dump(self, obj: object) -> None:
        """Write one object."""
        dump(obj, self._file, **self._options)


class Table:
    """What goes by value, and the generators among it."""

    def __init__(self, modules: Collection[str] = ()) -> None:
        self.user_modules = frozenset(modules)
        if self.user_modules != {"__main__"}:
            self.user_modules |= {
                name for name in sys.modules for one in modules if name.startswith(f"{one}.")
            }

    @cached_property
    def program(self) -> Program:
        """A program none of whose modules is rewritten."""
        from autoresume.program import Program

        return Program(lambda filename: False, Path.cwd())

    @cached_property
    def generators(self) -> Generators:
        """What saves generators and makes them."""
        from autoresume.frames import Frames
        from autoresume.generators import Generators

        self.program.generators = Generators(Frames(self.program))
        generators: Generators = self.program.generators
        return generators

    @property
    def has_generators(self) -> bool:
        """Whether there was a generator to be saved or made."""
        return "generators" in vars(self)

    def namespaces(self) -> list[tuple[ModuleType, dict[str, Any]]]:
        """Return the modules that go by value, each with its globals."""
        modules = [sys.modules[name] for name in sorted(self.user_modules & sys.modules.keys())]
        return [(module, vars(module)) for module in modules]

    def code_name(self, code: CodeType) -> tuple[Any, ...] | None:
        """Return the name of the code of a generator; all other code goes by value."""
        return self.program.code_name(code) if self.has_generators else None

    def code_for(self, name: tuple[Any, ...]) -> CodeType:
        """Return the code of a generator; raises SourceChanged."""
        return self.program.code_for(name)


class _Pickler(pickler.Pickler):
    """Saves functions with the globals that they use, and classes under an identity."""

    remedy = "make it where the pickle is loaded, or register its type"
    rolls_back_files = False

    def __init__(self, file: io.BytesIO, buffers: list[pickle.PickleBuffer], table: Table) -> None:
        super().__init__(file, buffers, table)
        self.table: Table = table
        self.referred: frozenset[int] = frozenset()
        self.is_plain = True
        self.namespaces: dict[int, Namespace] = {}
        self.reducer_override = _finding(self, self.reducer_override)  # type: ignore[method-assign]

    def globals_of(self, function: FunctionType) -> tuple[Any, Any]:
        """Refer to the globals of a module that can be imported; take along what is used else."""
        owner = is_module_globals(function.__globals__)
        if owner is not None and owner not in self.user_modules:
            modules = submodules_used(function, {})
            return GlobalsOf(owner), ({}, modules) if modules else None
        if id(function.__globals__) in self.referred and owner is None:
            return function.__globals__, None
        used = used_by(function)
        return self.namespace(function.__globals__), (used, submodules_used(function, used))

    def finds_code(self, module: str) -> bool:
        """Trust in Python's own modules only: others may be the user's, and different there."""
        return module.partition(".")[0] in sys.stdlib_module_names

    def namespace(self, names: dict[str, Any]) -> Namespace:
        """Return what stands for a dict of globals in this stream."""
        return self.namespaces.setdefault(id(names), Namespace(names))

    def stand_in(self, found: tuple[ModuleType, dict[str, Any]]) -> StandIn:
        """Return what stands for the globals of a module that goes by value."""
        module, names = found
        if self.imports(module.__name__):
            return StandIn(names, module_globals, module.__name__)
        return StandIn(names, vars, self.namespace(names).shell)

    def once(self, obj: Any, make: Any, *args: Any) -> tuple[Any, tuple[Any, ...]]:
        """Return the call that finds an object where it is there already, and makes it else."""
        return find_or_make, (identity_of(obj), make, *args)

    @property
    def fill_class(self) -> Any:
        """The function that fills a class, if that has not been received before."""
        return fill_received

    def imports(self, module: str) -> bool:
        """Tell whether a module goes by name; functions of the script do not, but it does."""
        return module == "__main__" or module not in self.user_modules

    def module(self, module: ModuleType) -> Any:
        """Reduce a module that cannot be imported to the one that its functions belong to."""
        shell = self.namespace(vars(module)).shell
        state = {name: value for name, value in vars(module).items() if name not in MADE_BY_IMPORT}
        return itself, (shell,), state, None, None, fill_module


def _finding(pickler: _Pickler, reduce: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what finds what every process has one of by its name, and else reduces by type."""
    known, reference = _known(len(sys.modules)), weakref.ref(pickler)

    def reducer_override(obj: Any) -> Any:
        stand_in = known.get(id(obj))
        reduced = reduce(obj) if stand_in is None else stand_in.__reduce__()
        if _is_ours(reduced):
            reference().is_plain = False  # type: ignore[union-attr]
        return reduced

    return reducer_override


def _is_ours(reduced: Any) -> bool:
    """Tell whether a function of this package is called when what was reduced is loaded."""
    functions = (reduced[0], *reduced[5:]) if isinstance(reduced, tuple) else ()
    return any(str(getattr(one, "__module__", "")).startswith(_PACKAGE) for one in functions)


@lru_cache(maxsize=1)
def _known(_: int) -> dict[int, StandIn]:
    """Return what every process has one of, by address; another one after an import."""
    return {id(found.anchor): found for found in anchors(())}


class _NanPickler(_Pickler):
    persistent_id = nans.NanPickler.persistent_id


@dataclass(eq=False, repr=False)
class _Found:
    """What a stream holds that it takes another pass to pickle as it is."""

    globals: frozenset[int] = frozenset()
    """Addresses of dicts that are the globals of functions, and referred to by something else."""
    sets: tuple[StandIn, ...] = ()
    has_nans: bool = False

    @classmethod
    def of(cls, stream: _Stream) -> _Found:
        """Look through a stream."""
        data = stream.data
        has_nans = nans.may_hold_nans(data)
        odd = tuple(sets.stand_ins(sets.changed_by(stream.pickler, data)))
        if not stream.pickler.namespaces and b"__builtins__" not in data:  # which all modules have
            return cls(sets=odd, has_nans=has_nans)
        own = {id(names) for _, names in stream.pickler.table.namespaces()}
        referred = stream.pickler.memo.copy().keys() & {*stream.pickler.namespaces, *own}
        return cls(frozenset(referred), odd, has_nans)


class _Stream:
    """A stream of some pickles, the last of which is the object."""

    def __init__(self, obj: object, table: Table, found: _Found) -> None:
        self.out = io.BytesIO()
        self.buffers: list[pickle.PickleBuffer] = []
        kind = _NanPickler if found.has_nans else _Pickler
        self.pickler = kind(self.out, self.buffers, table)
        self.pickler.referred = found.globals
        self.pickler.is_plain = not found.has_nans
        self.pickles = 1
        if not {id(names) for _, names in table.namespaces()}.isdisjoint(found.globals):
            seed(self.pickler, map(self.pickler.stand_in, table.namespaces()))
            self.pickler.dump([module for module, _ in table.namespaces()])
            self.pickles += 2
        if found.sets:
            seed(self.pickler, found.sets)
            self.pickles += 1
        self.pickler.dump(obj)

    @property
    def data(self) -> bytes:
        """The stream."""
        return self.out.getvalue()

    @property
    def is_plain(self) -> bool:
        """Whether `pickle.loads` needs no `load_stream` for it."""
        return self.pickler.is_plain and self.pickles == 1 and not self.buffers

    def __reduce__(self) -> tuple[Any, ...]:
        return load_stream, (self.data, self.buffers, self.pickles)


def _dumped(obj: object, table: Table, buffer_callback: BufferCallback | None) -> bytes:
    """Pickle once, and once more if there is something that pickle would not keep."""
    try:
        stream = _Stream(obj, table, _Found())
    except Exception:  # perhaps the globals of the script, as a dict, were in its way
        own = frozenset(id(names) for _, names in table.namespaces())
        stream = _Stream(obj, table, _Found(own))
    found = _Found.of(stream)
    if found != _Found():
        stream = _Stream(obj, table, found)
    if stream.is_plain:
        return stream.data
    return pickle.dumps(stream, pickle.HIGHEST_PROTOCOL, buffer_callback=buffer_callback)


def load_stream(data: bytes, buffers: Iterable[Any], pickles: int) -> Any:
    """Load the last one of some pickles that refer to each other."""
    unpickler = nans.Unpickler(io.BytesIO(data), buffers=iter(buffers))
    table = Table()
    with loading_with(table):
        for _ in range(pickles):
            obj = unpickler.load()
    if table.has_generators:
        table.generators.finish()
    return obj
