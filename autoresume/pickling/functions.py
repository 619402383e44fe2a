"""Functions, the cells they share, and code objects."""

from __future__ import annotations

import sys
from types import (
    CellType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
)

from autoresume.errors import AutoresumeError, SourceChanged
from autoresume.pickling.anchors import is_module_globals
from autoresume.pickling.named import goes_by_name
from autoresume.pickling.tables import Reducer, code_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

ATTRIBUTES = (
    "__qualname__",
    "__module__",
    "__doc__",
    "__defaults__",
    "__kwdefaults__",
    "__type_params__",
)
"""Attributes that a function may have been given after its creation."""

AROUND_REPR = frozenset(
    {
        "_recursive_repr.<locals>.wrapper",
        "recursive_repr.<locals>.decorating_function.<locals>.wrapper",
    }
)
"""The functions around the `__repr__` of a dataclass that end its recursion."""


def reduce_function(function: FunctionType, pickler: Pickler) -> Any:
    """Reduce functions of user modules, and those that have no name, by value."""
    if function.__module__ == "dataclasses":
        from autoresume.pickling.versions import dataclass_replace, is_dataclass_replace

        if is_dataclass_replace(function):
            return dataclass_replace, ()
    if goes_by_name(function, pickler):
        return NotImplemented
    if may_be_generated(function.__code__):
        from autoresume.pickling.generated import reduce_generated

        reduced = reduce_generated(function, pickler)
        if reduced is not None:
            return reduced
    namespace, used = pickler.globals_of(function)
    state = function_state(function, is_module_globals(function.__globals__), used)
    args = (function.__code__, namespace, function.__name__, cells_of(function) or None)
    return make_function, args, state or None, None, None, set_function


def may_be_generated(code: CodeType) -> bool:
    """Tell whether `generated` may know what made a function."""
    return code.co_filename == "<string>" or code.co_qualname in AROUND_REPR


def cells_of(function: FunctionType) -> dict[str, CellType]:
    """Return the cells of the closure of a function by the names of its variables."""
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def make_function(
    code: CodeType, namespace: dict[str, Any], name: str, cells: dict[str, CellType] | None
) -> FunctionType:
    """Make a function over the very cells of its closure, which may still be empty.

    Raises SourceChanged if the function has come to use other variables from outside of it.
    """
    new = [free for free in code.co_freevars if free not in (cells or {})]
    if new:
        raise SourceChanged(
            f"{code.co_filename}:{code.co_firstlineno} in {code.co_qualname}: the source around "
            f"this line has changed: it uses {', '.join(new)}, which the snapshot does not hold "
            "for it; undo the change, or start over with --fresh"
        )
    closure = tuple((cells or {})[free] for free in code.co_freevars) or None
    return FunctionType(code, namespace, name, None, closure)


def function_state(
    function: FunctionType, owner: str | None, used: tuple[Any, ...] | None
) -> dict[str, Any]:
    """Return what differs from the function that `make_function` makes.

    `owner` is the module whose globals it has, and `used` what these are to be filled with.
    """
    code = function.__code__
    plain: dict[str, Any] = {"__qualname__": code.co_qualname, "__type_params__": ()}
    plain["__module__"] = owner or function.__globals__.get("__name__")
    plain["__doc__"] = next((text for text in code.co_consts[:1] if isinstance(text, str)), None)
    state = {
        name: value
        for name in ATTRIBUTES
        if (value := getattr(function, name, plain.get(name))) != plain.get(name)
    }
    if function.__annotations__:
        state["__annotations__"] = function.__annotations__
    if function.__dict__:
        state["__dict__"] = function.__dict__
    if used is not None:
        state["__globals__"] = used
    return state


def set_function(function: FunctionType, state: dict[str, Any]) -> None:
    """Give a new function its attributes."""
    function.__dict__.update(state.pop("__dict__", {}))
    if "__globals__" in state:
        from autoresume.pickling.namespaces import fill_namespace

        fill_namespace(function.__globals__, *state.pop("__globals__"))
    for name, value in state.items():
        setattr(function, name, value)


def reduce_cell(cell: CellType, pickler: Pickler) -> Any:
    """Reduce a cell to an empty one that is filled later, so that it may be part of a cycle."""
    try:
        contents = cell.cell_contents
    except ValueError:
        return CellType, ()
    return CellType, (), (contents,), None, None, set_cell


def set_cell(cell: CellType, contents: tuple[Any]) -> None:
    """Fill a cell."""
    cell.cell_contents = contents[0]


def reduce_code(code: CodeType, pickler: Pickler) -> Any:
    """Reduce a code object to its place in a source; what has none goes by value."""
    name = pickler.table.code_name(code)
    if name is not None:
        return code_named, (name,)
    from autoresume.pickling.codes import TextCode, code_of, stable_name

    theirs = stable_name(code, pickler.user_modules)
    if isinstance(theirs, TextCode) or (theirs is not None and pickler.finds_code(theirs.module)):
        return code_of, (theirs,)
    pickler.python_bound = True
    from cloudpickle import cloudpickle

    _, args = cloudpickle._code_reduce(code)
    return make_code, (sys.version_info[:2], args)


def make_code(version: tuple[int, int], args: tuple[Any, ...]) -> CodeType:
    """Make a code object, of bytecode that one version of Python understands."""
    if version != sys.version_info[:2]:
        raise AutoresumeError(
            f"{args[10]}: the code of {args[12]} was saved by Python {version[0]}.{version[1]} and "
            "runs there only"
        )
    return CodeType(*args)


def reduce_method(method: MethodType, pickler: Pickler) -> Any:
    """Reduce a bound method to its function and its object, whatever the class says by now."""
    return MethodType, (method.__func__, method.__self__)


def reduce_descriptor(descriptor: Any, pickler: Pickler) -> Any:
    """Reduce what C has put into a class, such as a slot, to the class and its name there."""
    return class_method, (descriptor.__objclass__, descriptor.__name__)


def reduce_super(obj: Any, pickler: Pickler) -> Any:
    """Reduce what `super()` has returned."""
    bound = () if obj.__self__ is None else (obj.__self__,)
    return super, (obj.__thisclass__, *bound)


def class_method(owner: type, name: str) -> Any:
    """Return what stands in a class."""
    return vars(owner)[name]


REDUCERS: dict[type, Reducer] = {
    ClassMethodDescriptorType: reduce_descriptor,
    GetSetDescriptorType: reduce_descriptor,
    MemberDescriptorType: reduce_descriptor,
    CellType: reduce_cell,
    CodeType: reduce_code,
    MethodType: reduce_method,
    super: reduce_super,
}
