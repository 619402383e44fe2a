"""The globals of functions that go by value, where these are not a program's whole state.

A function takes along the globals that its code names. Functions that share their globals share
them again: they come back over the `__dict__` of a new module.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from opcode import opmap
from types import CellType, CodeType, FunctionType, ModuleType
from weakref import WeakKeyDictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OF_A_MODULE = ("__name__", "__package__", "__path__", "__file__")
LOOKUPS = "LOAD_GLOBAL STORE_GLOBAL DELETE_GLOBAL LOAD_NAME LOAD_FROM_DICT_OR_GLOBALS"
BY_NAME = frozenset(opmap[name] for name in LOOKUPS.split() if name in opmap)
"""Instructions that may look a name up among the globals; in class bodies too."""

_names: WeakKeyDictionary[CodeType, frozenset[str]] = WeakKeyDictionary()


class Shell:
    """Stands for a module that is not there to be imported."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return new_module, (self.name,)


class Namespace:
    """Stands for the globals of functions, in the stream: those of a new module."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.shell = Shell(str(namespace.get("__name__")))

    def __reduce__(self) -> tuple[Any, ...]:
        return vars, (self.shell,)


def new_module(name: str) -> ModuleType:
    """Make a module that is imported nowhere."""
    module = ModuleType(name)
    module.__dict__["__builtins__"] = builtins
    return module


def used_by(function: FunctionType) -> dict[str, Any]:
    """Return the globals that a function may use, as far as they are there."""
    namespace = function.__globals__
    used = {name: namespace[name] for name in OF_A_MODULE if name in namespace}
    for name in sorted(names_in(function.__code__)):
        if name in namespace and name != "__builtins__":
            used[name] = namespace[name]
    return used


def names_in(code: CodeType) -> frozenset[str]:
    """Return the names that code, and code within it, looks up among the globals."""
    found = _names.get(code)
    if found is None:
        own = {code.co_names[index] for index in global_indices(code)}
        inner = (names_in(one) for one in code.co_consts if isinstance(one, CodeType))
        _names[code] = found = frozenset(own).union(*inner)
    return found


def global_indices(code: CodeType) -> Iterator[int]:
    """Yield the places among `co_names` of the names that are looked up."""
    argument = 0
    for opcode, low in zip(code.co_code[::2], code.co_code[1::2], strict=True):
        argument = argument << 8 | low
        if opcode in BY_NAME:
            # The lowest bit of a LOAD_GLOBAL tells whether a call follows.
            yield argument >> 1 if opcode == opmap["LOAD_GLOBAL"] else argument
        if opcode != opmap["EXTENDED_ARG"]:
            argument = 0


def submodules_used(function: FunctionType, used: dict[str, Any]) -> list[str]:
    """Return the submodules, of packages among its globals and closure, that a function may use.

    `import xml.dom` binds `xml` only, and importing `xml` again would not bring `xml.dom`.
    """
    values = [*used.values(), *contents(function.__closure__ or ())]
    packages = [one.__name__ for one in values if isinstance(one, ModuleType) and is_package(one)]
    if not packages:
        return []
    names = attributes_in(function.__code__)
    return [
        module
        for module in list(sys.modules)
        for package in packages
        if module.startswith(f"{package}.") and names.issuperset(steps(module, package))
    ]


def contents(cells: Iterable[CellType]) -> Iterator[Any]:
    """Yield the variables of a closure that have a value."""
    for cell in cells:
        with suppress(ValueError):
            yield cell.cell_contents


def is_package(module: ModuleType) -> bool:
    """Tell whether a module may have submodules."""
    return "__path__" in vars(module)


def steps(module: str, package: str) -> list[str]:
    """Return the names that lead from a package to a module in it."""
    return module[len(package) + 1 :].split(".")


def attributes_in(code: CodeType) -> set[str]:
    """Return all names that code, and code within it, mentions."""
    inner = (attributes_in(one) for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*inner)


def itself(module: ModuleType) -> ModuleType:
    """Return a module that functions may have brought along."""
    return module


def fill_module(module: ModuleType, state: dict[str, Any]) -> None:
    """Give a module its contents."""
    vars(module).update(state)


def fill_namespace(namespace: dict[str, Any], used: dict[str, Any], modules: list[str]) -> None:
    """Give a function its globals, and import the submodules that it needs."""
    namespace.update(used)
    for name in modules:
        import_module(name)
