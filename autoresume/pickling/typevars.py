"""Type variables and their kin of user modules, which are not there yet to be found by name."""

from __future__ import annotations

import ctypes
import sys
import typing

from autoresume.errors import AutoresumeError
from autoresume.pickling import classes
from autoresume.pickling.named import resolves
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

OPTIONS = ("bound", "covariant", "contravariant", "infer_variance")


def by_name(obj: Any, pickler: Pickler) -> bool:
    """Tell whether a library has `obj` under its name."""
    return obj.__module__ not in pickler.user_modules and resolves(
        obj, obj.__module__, obj.__name__
    )


def reduce_typevar(var: typing.TypeVar, pickler: Pickler) -> Any:
    """Reduce a TypeVar to what it was made from."""
    if by_name(var, pickler):
        return NotImplemented
    options = {name: value for name in OPTIONS if (value := getattr(var, f"__{name}__", None))}
    if getattr(var, "has_default", bool)():
        options["default"] = var.__default__  # type: ignore[attr-defined]
    args = typing.TypeVar, (var.__name__, *var.__constraints__), options
    return *pickler.once(var, make, *args), module_of(var)


def reduce_paramspec(var: typing.ParamSpec, pickler: Pickler) -> Any:
    """Reduce a ParamSpec to its name and bound."""
    if by_name(var, pickler):
        return NotImplemented
    options = {"bound": var.__bound__} if var.__bound__ else {}
    args = typing.ParamSpec, (var.__name__,), options
    return *pickler.once(var, make, *args), module_of(var)


def reduce_typevartuple(var: typing.TypeVarTuple, pickler: Pickler) -> Any:
    """Reduce a TypeVarTuple to its name."""
    if by_name(var, pickler):
        return NotImplemented
    args: Any = (typing.TypeVarTuple, (var.__name__,), {})
    return *pickler.once(var, make, *args), module_of(var)


def reduce_newtype(new: typing.NewType, pickler: Pickler) -> Any:
    """Reduce a NewType to its name and supertype."""
    if by_name(new, pickler):
        return NotImplemented
    args: Any = (typing.NewType, (new.__name__, new.__supertype__), {})
    return *pickler.once(new, make, *args), module_of(new)


def reduce_type_alias(alias: Any, pickler: Pickler) -> Any:
    """Reduce a `type` statement's alias to its value, which may lead back to it."""
    if by_name(alias, pickler):
        return NotImplemented
    args = type(alias), alias.__name__, alias.__type_params__
    return make_type_alias, args, (alias.__value__,), None, None, set_type_alias


def make_type_alias(cls: Any, name: str, parameters: tuple[Any, ...]) -> Any:
    """Make an alias of nothing yet."""
    return cls(name, None, type_params=parameters)


def set_type_alias(alias: Any, value: tuple[Any]) -> None:
    """Give an alias its value, which cannot be set.

    The fields are those of `typealiasobject` in CPython's Objects/typevarobject.c.
    """
    fields = (ctypes.c_size_t * 4).from_address(id(alias) + object.__basicsize__)
    if fields[0] != id(alias.__name__) or fields[3] != id(None):
        raise AutoresumeError("type aliases are unknown in this build of Python")
    held = (ctypes.py_object * 4).from_address(ctypes.addressof(fields))
    held[3] = value[0]
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value[0]))


def module_of(obj: Any) -> tuple[None, dict[str, str]]:
    """Return the state that sets `__module__`."""
    return None, {"__module__": obj.__module__}


def make(cls: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a class with arguments and options."""
    return cls(*args, **options)


REDUCERS: dict[type, Reducer] = {
    typing.TypeVar: reduce_typevar,
    typing.ParamSpec: reduce_paramspec,
    typing.TypeVarTuple: reduce_typevartuple,
    typing.NewType: reduce_newtype,
    typing._GenericAlias: classes.reduce_alias,  # type: ignore[attr-defined]
}
if sys.version_info >= (3, 12):
    REDUCERS[typing.TypeAliasType] = reduce_type_alias
