"""Objects that come back as THE object of the new process, by name instead of by value.

Exact dicts never reach `Pickler.reducer_override`, and the globals of a module are an exact dict.
So an anchor is put into the pickler's memo before anything else: a stand-in that rebuilds it by
name is dumped, and the stand-in's place in the memo is then given to the anchor itself.
"""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType

from autoresume.errors import Unsaveable
from autoresume.pickling.instances import says_how
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

ATTRIBUTES = [
    ("random", "_inst"),
    ("os", "environ"),
    ("numpy.random.mtrand", "_rand"),
    ("numpy.random.mtrand", "_rand._bit_generator"),
    ("numpy", "_NoValue"),
    ("torch", "default_generator"),
    ("logging", "root.manager"),
    ("absl.flags", "FLAGS"),
    ("absl.logging", "_absl_logger"),
    ("absl.logging", "_absl_handler"),
    ("absl.logging", "_absl_handler._python_handler"),
    ("dataclasses", "MISSING"),
    ("dataclasses", "KW_ONLY"),
    ("dataclasses", "_HAS_DEFAULT_FACTORY"),
    ("inspect", "_empty"),
    ("sys", "path"),
    ("sys", "argv"),
    ("sys", "modules"),
    ("sys", "meta_path"),
    ("sys", "path_hooks"),
    ("sys", "path_importer_cache"),
    ("sys", "warnoptions"),
    ("warnings", "filters"),
    *(
        ("sys", f"__{name}__{part}")
        for name in ("stdin", "stdout", "stderr")
        for part in ("", ".buffer", ".buffer.raw")
    ),
]
"""Module and dotted attribute of what a process has one of; left out while not imported."""


MADE_WHEN_ASKED = [("rich", "_console", "get_console")]
"""Module, attribute, and the function that makes what a process has one of if it is asked for."""


class StandIn:
    """Takes an anchor's place in the stream: pickles as the call that finds the anchor."""

    def __init__(self, anchor: object, *call: Any) -> None:
        self.anchor = anchor
        self.call = call

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call[0], self.call[1:]


class GlobalsOf:
    """Stands for the globals of a module among the arguments of a reducer."""

    def __init__(self, module: str) -> None:
        self.module = module

    def __reduce__(self) -> tuple[Any, ...]:
        return module_globals, (self.module,)


def module_named(name: str) -> ModuleType:
    """Return the module of that name, imported if it is not yet."""
    return sys.modules.get(name) or import_module(name)


def module_globals(name: str) -> dict[str, Any]:
    """Return the globals of the module of that name."""
    return vars(module_named(name))


def attribute(module: str, path: str) -> Any:
    """Return what a dotted `path` leads to from a module."""
    value: Any = module_named(module)
    for name in path.split("."):
        # Of a standard stream that is not buffered, as with `python -u`, there is this one only.
        if name != "raw" or not isinstance(value, io.RawIOBase):
            value = getattr(value, name)
    return value


def returned(module: str, function: str) -> Any:
    """Return what a function of a module returns."""
    return attribute(module, function)()


def anchors(user_modules: Iterable[str]) -> Iterator[StandIn]:
    """Yield stand-ins of all anchors of this process."""
    for name in [*user_modules, builtins.__name__]:
        if name in sys.modules:
            yield StandIn(vars(sys.modules[name]), module_globals, name)
    seen: set[int] = set()
    for module, path, function in MADE_WHEN_ASKED:
        found = getattr(sys.modules.get(module), path, None)
        if found is not None:
            yield StandIn(found, returned, module, function)
    for module, path in ATTRIBUTES:
        if module in sys.modules:
            try:
                found = attribute(module, path)
            except AttributeError:  # such as the buffer of a standard stream that is None
                continue
            if found is not None and id(found) not in seen:
                seen.add(id(found))
                yield StandIn(found, attribute, module, path)


def seed(pickler: Pickler, stand_ins: Iterable[StandIn]) -> None:
    """Dump the stand-ins as one list, and let their anchors take their places in the memo.

    One for each anchor: the pickler counts on its memo having an entry for every place.
    """
    listed = list({id(stand_in.anchor): stand_in for stand_in in stand_ins}.values())
    pickler.dump(listed)
    memo = pickler.memo.copy()
    for stand_in in listed:
        place, _ = memo.pop(id(stand_in))
        memo[id(stand_in.anchor)] = place, stand_in.anchor
    pickler.memo = memo


def reduce_module(module: ModuleType, pickler: Pickler) -> Any:
    """Modules that can be found again by name; others, made by hand, go by value."""
    name = module.__name__
    if sys.modules.get(name) is module and pickler.imports(name):
        if name not in pickler.user_modules and not is_imported(name):
            raise Unsaveable(
                "a module that nobody can import, in sys.modules; mark the assignment that makes "
                "it with # checkpoint: rebuild"
            )
        return module_named, (name,)
    if type(module) is ModuleType:
        return pickler.module(module)
    return NotImplemented if says_how(type(module)) else reduce_object(module)


def is_imported(name: str) -> bool:
    """Tell whether a module, or the package around it, is one that an import has found."""
    top = name.partition(".")[0]
    return top == "__main__" or getattr(sys.modules[top], "__spec__", None) is not None


def reduce_object(module: ModuleType) -> Any:
    """Reduce what is a module of a class of its own, such as one that imports when it is asked."""
    attributes = vars(module)
    if any(getattr(value, "__globals__", None) is attributes for value in attributes.values()):
        raise Unsaveable("a module that is not in sys.modules, whose functions use its names")
    cls = type(module)
    return cls.__new__, (cls, module.__name__), attributes, None, None, fill_module


def fill_module(module: ModuleType, attributes: dict[str, Any]) -> None:
    """Give a module of a class of its own what it has, without asking it: it may import then."""
    vars(module).update(attributes)


def is_module_globals(namespace: dict[str, Any]) -> str | None:
    """Return the name of the module whose globals `namespace` is, if it is one's."""
    name = namespace.get("__name__")
    if isinstance(name, str) and name in sys.modules and vars(sys.modules[name]) is namespace:
        return name
    return None


FAMILIES: list[tuple[type, Reducer]] = [(ModuleType, reduce_module)]
