"""Methods that `dataclasses` and `collections.namedtuple` have generated.

They are text run by `exec` and differ between versions of Python. What goes into the stream is what
they were made from; the library of the new process makes them anew, in a class that is then thrown
away. The variables that they have from outside keep their cells, whatever the text calls them.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import re
from collections.abc import Iterator
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from autoresume.errors import SourceChanged
from autoresume.pickling.functions import AROUND_REPR, cells_of, function_state, set_function

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler


class Member(NamedTuple):
    """A field of a dataclass, as far as the text of the methods depends on it."""

    name: str
    is_variable: bool
    default: str
    init: bool
    repr: bool
    hash: bool | None
    compare: bool
    kw_only: bool


class Method(NamedTuple):
    """What a method of a dataclass is made from."""

    name: str
    members: tuple[Member, ...]
    flags: tuple[bool, ...]
    slots: bool
    post_init: bool


class Tuple(NamedTuple):
    """What the `__new__` of a named tuple is made from."""

    fields: tuple[str, ...]


class Repr(NamedTuple):
    """The function around the `__repr__` of a dataclass that ends its recursion."""


Recipe = Method | Tuple | Repr

_recipes: WeakKeyDictionary[CodeType, Recipe | None] = WeakKeyDictionary()
"""The recipes of the code met so far."""


def reduce_generated(function: FunctionType, pickler: Pickler) -> Any:
    """Reduce a function to what it was generated from; None: it was not."""
    recipe = recipe_of(function)
    if recipe is None:
        return None
    namespace, used = None, None
    if not isinstance(recipe, Repr):
        namespace, used = pickler.globals_of(function)
    made_of = recipe, namespace, function.__name__, own_cells(function)
    state = function_state(function, None, used)
    return make_generated, made_of, state, None, None, set_function


def recipe_of(function: FunctionType) -> Recipe | None:
    """Return what a function was generated from; None: it was not, or it has been tampered with."""
    code = function.__code__
    if code not in _recipes:
        _recipes[code] = next((one for one in _candidates(code) if _makes(one, code)), None)
    recipe = _recipes[code]
    return recipe if recipe is not None and _has_theirs(function, template(recipe)) else None


def _makes(recipe: Recipe, code: CodeType) -> bool:
    made = template(recipe)
    return made is not None and made.__code__ == code


def _has_theirs(function: FunctionType, made: FunctionType) -> bool:
    """Whether the variables that are the library's own are as it makes them."""
    found, theirs = cells_of(function), cells_of(made)
    fixed = [name for name in theirs if _role(name) is None]
    return all(found[name].cell_contents is theirs[name].cell_contents for name in fixed)


def _candidates(code: CodeType) -> Iterator[Recipe]:
    if code.co_qualname in AROUND_REPR:
        yield Repr()
    elif code.co_varnames[:1] == ("_cls",):
        yield Tuple(code.co_varnames[1 : code.co_argcount])
    elif code.co_qualname.startswith("__create_fn__.<locals>."):
        for cls in _all_classes(object):
            if "__dataclass_fields__" in vars(cls) and _has(cls, code):
                yield from _methods(cls, code.co_name)


def _all_classes(root: type) -> Iterator[type]:
    waiting, seen = [root], {root}
    while waiting:
        cls = waiting.pop()
        yield cls
        subclasses: list[type] = type.__subclasses__(cls)
        waiting += [sub for sub in subclasses if sub not in seen]
        seen.update(waiting)


def _has(cls: type, code: CodeType) -> bool:
    found = vars(cls).get(code.co_name)
    return any(getattr(one, "__code__", None) == code for one in (found, _inner(found)))


def _inner(function: Any) -> Any:
    return getattr(function, "__wrapped__", None)


def _methods(cls: Any, name: str) -> Iterator[Method]:
    members = tuple(
        member
        for field in cls.__dataclass_fields__.values()
        if (member := _member(field)) is not None
    )
    flags = tuple(bool(getattr(cls.__dataclass_params__, flag)) for flag in _FLAGS)
    for slots in (False, True):
        yield Method(name, members, flags, slots, hasattr(cls, "__post_init__"))


_FLAGS = ("init", "repr", "eq", "order", "unsafe_hash", "frozen")


def _member(field: dataclasses.Field[Any]) -> Member | None:
    kind = field._field_type.name  # type: ignore[attr-defined]
    if kind == "_FIELD_CLASSVAR":
        return None
    default = "value" if field.default is not dataclasses.MISSING else ""
    default = "factory" if field.default_factory is not dataclasses.MISSING else default
    flags = field.init, field.repr, field.hash, field.compare, bool(field.kw_only)
    return Member(field.name, kind == "_FIELD_INITVAR", default, *flags)


# -- making them -----------------------------------------------------------------------------


@functools.cache
def template(recipe: Recipe) -> Any:
    """Return a function as the library of this process makes it; None if it does not."""
    try:
        if isinstance(recipe, Tuple):
            return collections.namedtuple("Made", recipe.fields, rename=True).__new__
        if isinstance(recipe, Repr):
            return dataclasses.dataclass(type("Made", (), {})).__repr__
        return _dataclass_method(recipe)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _dataclass_method(recipe: Method) -> Any:
    namespace: dict[str, Any] = {member.name: _field(member) for member in recipe.members}
    namespace["__annotations__"] = {
        member.name: dataclasses.InitVar(object) if member.is_variable else object
        for member in recipe.members
    }
    if recipe.post_init:
        namespace["__post_init__"] = None
    flags: dict[str, Any] = dict(zip(_FLAGS, recipe.flags, strict=True))
    process = dataclasses.dataclass(**flags, slots=recipe.slots)
    made = vars(process(type("Made", (), namespace)))[recipe.name]
    return _inner(made) if recipe.name == "__repr__" else made


def _field(member: Member) -> Any:
    options: dict[str, Any] = {name: getattr(member, name) for name in _OPTIONS}
    if member.default == "factory":
        options["default_factory"] = _stand_in
    elif member.default:
        options["default"] = None
    return dataclasses.field(**options)


_OPTIONS = ("init", "repr", "hash", "compare", "kw_only")


def _stand_in() -> None:
    """What stands for a default factory in a class that is thrown away."""


# -- their variables from outside ------------------------------------------------------------


def _role(name: str) -> str | None:
    """Return what a variable is to the class, on any Python; None: the library's own."""
    default = re.fullmatch(_DEFAULT, name)
    if default:
        return f"default of {default[1] or default[2]}"
    return name if name in _OWN else None


_DEFAULT = r"_dflt_(.*)|__dataclass_dflt_(.*)__"
_OWN = frozenset({"cls", "user_function", "repr_running"})


def own_cells(function: FunctionType) -> dict[str, CellType]:
    """Return the cells of a function that are not the library's own."""
    return {role: cell for name, cell in cells_of(function).items() if (role := _role(name))}


def make_generated(
    recipe: Recipe, namespace: dict[str, Any] | None, name: str, cells: dict[str, CellType]
) -> FunctionType:
    """Make a function as the library does, over the very cells of its own variables."""
    made = template(recipe)
    needed = {name: _role(name) for name in made.__code__.co_freevars} if made else {}
    if made is None or not cells.keys() >= {role for role in needed.values() if role}:
        raise SourceChanged(
            f"the snapshot holds a {name} that this version of Python does not generate; use the "
            "one that it was taken with, or start over with --fresh"
        )
    theirs = cells_of(made)
    closure = tuple(cells[role] if role else theirs[free] for free, role in needed.items())
    namespace = made.__globals__ if namespace is None else namespace
    return FunctionType(made.__code__, namespace, name, None, closure)
