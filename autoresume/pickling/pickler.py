"""The pickler: C pickle with small reducers by type, and those of cloudpickle."""

from __future__ import annotations

import copyreg
import io
import pickle
import weakref
from collections.abc import Callable
from types import FunctionType, ModuleType

from autoresume.pickling import containers, homes, instances, registry
from autoresume.pickling.anchors import GlobalsOf, is_module_globals
from autoresume.pickling.refusals import refusal_of, refuse
from autoresume.pickling.tables import CodeTable, Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BY_CLOUDPICKLE = frozenset(
    {
        *(f"abc.abstract{kind}" for kind in ("method", "classmethod", "staticmethod", "property")),
        *(f"builtins.dict_{part}" for part in ("keys", "values", "items")),
        *(f"builtins.odict_{part}" for part in ("keys", "values", "items")),
        "_io.TextIOWrapper",
        "_weakrefset.WeakSet",
        "builtins.cell",
        "builtins.classmethod",
        "builtins.code",
        "builtins.getset_descriptor",
        "builtins.mappingproxy",
        "builtins.memoryview",
        "builtins.method",
        "builtins.module",
        "builtins.property",
        "builtins.staticmethod",
        "dataclasses._FIELD_BASE",
        "logging.Logger",
        "logging.RootLogger",
        "typing.TypeVar",
    }
)
"""The types that cloudpickle knows, which is imported when one of them is met."""


class DispatchTable(dict[type, "Any"]):
    """How libraries have certain types pickled, and cloudpickle."""

    def __missing__(self, cls: type) -> Any:
        if f"{cls.__module__}.{cls.__qualname__}" not in BY_CLOUDPICKLE:
            raise KeyError(cls)
        from cloudpickle import Pickler as Known

        return Known._dispatch_table[cls]

    def get(self, cls: type, default: Any = None) -> Any:
        """Return how a type is pickled."""
        try:
            return self[cls]
        except KeyError:
            return default


class Reducers(dict[type, Reducer | None]):
    """The reducer of each type, looked for when the type is first met; None: pickle's own."""

    def __init__(self, user_modules: frozenset[str], dispatch_table: DispatchTable) -> None:
        self.user_modules = user_modules
        self.dispatch_table = dispatch_table

    def __missing__(self, cls: type) -> Reducer | None:
        self[cls] = found = self.find(cls)
        return found

    def find(self, cls: type) -> Reducer | None:
        """Return the reducer for instances of a class."""
        if cls not in registry.registered:
            exact = homes.exact_reducer_of(cls, self.user_modules)
            if exact is not None:
                return exact
        told = registry.reducer_of(cls)
        if told is not None:
            return told
        for _, reducer in homes.families_of(cls, self.user_modules):
            return reducer
        remedy = refusal_of(cls)
        if remedy is not None:
            return refuse(remedy)
        if self.dispatch_table.get(cls) is not None:
            return None
        if instances.runs_code_when_loaded(cls):
            return instances.reducer_of_hashed(cls)
        container = containers.reducer_of(cls)
        if container is not None:
            return container
        if cls.__module__ in self.user_modules:
            from autoresume.pickling.derived import derived_reducer

            derived = derived_reducer(cls, self.user_modules)
            if derived is not None:
                return derived
            if instances.has_value(cls):
                return instances.reduce_valued
            if defines(cls, "__reduce__"):
                return reduce_unnamed
        return instances.reducer_of(cls)


def defines(cls: type, name: str) -> bool:
    """Tell whether a class or one of its ancestors, `object` excepted, defines a name."""
    return any(name in vars(ancestor) for ancestor in cls.__mro__[:-1])


def reduce_unnamed(obj: Any, pickler: Pickler) -> Any:
    """Keep a user's `__reduce__` from naming a global that is not there yet when it is loaded."""
    reduced = obj.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    if not isinstance(reduced, str):
        return reduced
    return copyreg.__newobj__, (type(obj),), obj.__getstate__()  # type: ignore[attr-defined]


class Pickler(pickle.Pickler):
    """Pickles any number of objects into one stream, each with `dump`."""

    python_bound = False
    remedy = "make it inside of the loop's body, or drop it before the marked loop goes on"
    """What to do about an object that nobody knows how to pickle."""
    rolls_back_files = True
    """Whether files that are being written are to be cut to their present length."""

    def __init__(self, file: io.BytesIO, buffers: list[pickle.PickleBuffer], table: CodeTable):
        self.table = table
        self.underway: dict[int, Any] = {}
        self.memories: list[tuple[int, int, Any]] = []
        """Arrays and storages with a memory of their own: its start, its end and the owner."""
        self.borrowed: list[tuple[int, int, Any]] = []
        """Storages of torch over memory that they do not own."""
        self.user_modules = frozenset(table.user_modules)
        self.dispatch_table = DispatchTable(copyreg.dispatch_table)
        self.reducers = Reducers(self.user_modules, self.dispatch_table)
        self.reducer_override = reducing(self)  # type: ignore[method-assign]
        super().__init__(file, pickle.HIGHEST_PROTOCOL, buffer_callback=buffers.append)

    memo: Any

    def globals_of(self, function: FunctionType) -> tuple[Any, Any]:
        """Return what stands for the globals of a function, and what they are to be filled with."""
        owner = is_module_globals(function.__globals__)
        return function.__globals__ if owner is None else GlobalsOf(owner), None

    def once(self, obj: Any, make: Any, *args: Any) -> tuple[Any, tuple[Any, ...]]:
        """Return the call that makes what a process may have one of; here it has none yet."""
        return make, args

    def imports(self, module: str) -> bool:
        """Tell whether a module that is imported here is imported when the stream is loaded."""
        return True

    def finds_code(self, module: str) -> bool:
        """Tell whether a library's code is the same when the stream is loaded, if it is there."""
        return True

    def module(self, module: ModuleType) -> Any:
        """Reduce a module that nobody can import."""
        return NotImplemented

    @property
    def fill_class(self) -> Any:
        """The function that fills a class when it is loaded."""
        from autoresume.pickling.classes import set_class

        return set_class


def reducing(pickler: Pickler) -> Callable[[Any], Any]:
    """Return what pickle calls for everything but atoms and exact containers.

    A closure, not a method, since it is called for every instance of the program. It does not
    keep the pickler alive, whose memo keeps all that was pickled.
    """
    reducers, reference = pickler.reducers, weakref.ref(pickler)

    def reducer_override(obj: Any) -> Any:
        reducer = reducers[type(obj)]
        return NotImplemented if reducer is None else reducer(obj, reference())  # type: ignore[arg-type]

    return reducer_override
