"""What Python itself puts into classes on one of its versions and not on another.

The entries of a class that goes by value are those of the version that took the snapshot. Here
they become those of the version that loads it.
"""

from __future__ import annotations

import functools
import sys
from types import FunctionType

from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

HAS_REPLACE = sys.version_info >= (3, 13)
"""Whether dataclasses and named tuples have `__replace__`, and classes know where they are."""

UNKNOWN_BEFORE = frozenset({"__firstlineno__", "__static_attributes__"})

PARAMETERS = {"match_args": True, "kw_only": False, "slots": False, "weakref_slot": False}
"""Parameters of `dataclass` that Python 3.11 does not keep, and their defaults."""


def body_here(names: list[str]) -> list[str]:
    """Return the names of a class body that this version of Python has there."""
    return names if HAS_REPLACE else [name for name in names if name not in UNKNOWN_BEFORE]


def namespace_here(namespace: dict[str, Any], line: int) -> dict[str, Any]:
    """Return the namespace of a class body that is being executed, and starts on that line."""
    if ("__firstlineno__" in namespace) == HAS_REPLACE:
        return namespace
    first = dict.fromkeys(name for name in ("__module__", "__qualname__") if name in namespace)
    own = {"__firstlineno__": line} if HAS_REPLACE else {}
    rest = {name: value for name, value in namespace.items() if name != "__firstlineno__"}
    return first | own | rest


def entries_here(entries: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of a class as this version of Python would have made them."""
    theirs = replace_of(entries)
    if HAS_REPLACE:
        return entries if theirs is None else {"__replace__": theirs} | entries
    dropped = set(UNKNOWN_BEFORE)
    if entries.get("__replace__") is theirs:
        dropped.add("__replace__")
    return {name: value for name, value in entries.items() if name not in dropped}


def replace_of(entries: dict[str, Any]) -> Any:
    """Return what Python puts into a dataclass or named tuple as `__replace__`."""
    if "__dataclass_fields__" in entries:
        return dataclass_replace()
    return entries.get("_replace") if "_field_defaults" in entries else None


def dataclass_replace() -> Any:
    """Return the `__replace__` of dataclasses; None before Python 3.13."""
    import dataclasses  # here, because it takes its time to be loaded

    return getattr(dataclasses, "_replace", None)


def is_dataclass_replace(function: FunctionType) -> bool:
    """Tell whether a function is one that older versions have not."""
    return "dataclasses" in sys.modules and function is dataclass_replace()


def reduce_parameters(parameters: Any, pickler: Pickler) -> Any:
    """Reduce what a dataclass was made with to what there is of it."""
    return make_parameters, ({name: getattr(parameters, name) for name in parameters.__slots__},)


def make_parameters(saved: dict[str, bool]) -> Any:
    """Make what this version of Python keeps."""
    import dataclasses

    kind: Any = dataclasses._DataclassParams  # type: ignore[attr-defined]
    known = PARAMETERS | saved
    return kind(*(known[name] for name in kind.__slots__))


def reduce_cached_property(prop: Any, pickler: Pickler) -> Any:
    """Reduce a cached property; it has a lock on Python 3.11 only."""
    return object.__new__, (type(prop),), vars(prop), None, None, set_cached_property


def set_cached_property(prop: Any, state: dict[str, Any]) -> None:
    """Give a cached property what this version of Python has in it."""
    known = vars(functools.cached_property(len))
    vars(prop).update({name: known[name] for name in known.keys() - state.keys()})
    vars(prop).update({name: value for name, value in state.items() if name != "lock"})
    if "lock" in known:
        prop.lock = state.get("lock", known["lock"])


def reduce_node(node: Any, pickler: Pickler) -> Any:
    """Reduce a node of a syntax tree to its fields by name: there are more of them later."""
    return type(node), (), vars(node), None, None, set_node


def set_node(node: Any, state: dict[str, Any]) -> None:
    """Give a node of a syntax tree the fields that it has on this version of Python."""
    if "type_params" in node._fields:
        node.type_params = []
    for name, value in state.items():
        if name != "type_params" or name in node._fields:
            setattr(node, name, value)


def families() -> list[tuple[type, Reducer]]:
    """Return the classes that this is about, one of which the program has."""
    import ast
    import dataclasses

    return [
        (dataclasses._DataclassParams, reduce_parameters),  # type: ignore[attr-defined]
        (ast.AST, reduce_node),
        (functools.cached_property, reduce_cached_property),
    ]
