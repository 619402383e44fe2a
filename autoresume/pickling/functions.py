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
from autoresume.pickling.codes import TextCode, code_of, stable_name
from autoresume.pickling.generated import Repr, cells_of, make_generated, own_cells, recipe_of
from autoresume.pickling.named import goes_by_name
from autoresume.pickling.namespaces import fill_namespace
from autoresume.pickling.tables import Reducer, code_named
from autoresume.pickling.versions import dataclass_replace, is_dataclass_replace

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


def reduce_function(function: FunctionType, pickler: Pickler) -> Any:
    """Reduce functions of user modules, and those that have no name, by value."""
    if is_dataclass_replace(function):
        return dataclass_replace, ()
    if goes_by_name(function, pickler):
        return NotImplemented
    owner = is_module_globals(function.__globals__)
    recipe = recipe_of(function)
    if isinstance(recipe, Repr):
        state = function_state(function, None)
        around = recipe, None, function.__name__, own_cells(function)
        return make_generated, around, state, None, None, set_function
    namespace, used = pickler.globals_of(function)
    state = function_state(function, owner if recipe is None else None)
    if used is not None:
        state["__globals__"] = used
    if recipe is not None:
        made_of = recipe, namespace, function.__name__, own_cells(function)
        return make_generated, made_of, state, None, None, set_function
    cells = cells_of(function) or None
    args = (function.__code__, namespace, function.__name__, cells)
    return make_function, args, state or None, None, None, set_function


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


def function_state(function: FunctionType, owner: str | None) -> dict[str, Any]:
    """Return what differs from the function that `make_function` makes."""
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
    return state


def set_function(function: FunctionType, state: dict[str, Any]) -> None:
    """Give a new function its attributes."""
    function.__dict__.update(state.pop("__dict__", {}))
    if "__globals__" in state:
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
