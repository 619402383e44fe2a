"""Classes of user modules by value, without running any of the user's code when they come back.

A class is made empty, by `type.__new__` itself, and filled attribute by attribute: no metaclass
`__new__` or `__init__`, no `__set_name__` and no `__init_subclass__` runs a second time.
"""

from __future__ import annotations

import _abc  # type: ignore[import-not-found]
import abc
import enum
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import GetSetDescriptorType, MemberDescriptorType

from autoresume.errors import Unsaveable
from autoresume.pickling.instances import builtin_new
from autoresume.pickling.named import resolves
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

MADE_BY_A_CLASS_STATEMENT = 1 << 9
"""Py_TPFLAGS_HEAPTYPE. Some types written in C have it too."""

NOT_STATE = {"__dict__", "__weakref__", "_abc_impl", "__slotnames__"}
"""Entries of a class that `type.__new__`, abc and pickle make themselves."""


def reduce_class(cls: type, pickler: Pickler) -> Any:
    """Reduce a class of a user module, or one that cannot be found by name, by value."""
    if cls.__module__ not in pickler.user_modules and resolves(
        cls, cls.__module__, cls.__qualname__
    ):
        home = public_home(cls)
        return (attribute_of, (home, cls.__qualname__)) if home else NotImplemented
    if cls.__module__ not in pickler.user_modules and (place := other_place(cls)):
        return attribute_of, place
    if not cls.__flags__ & MADE_BY_A_CLASS_STATEMENT:
        raise Unsaveable("a type that is written in C and has no name to be found by")
    body, entries = class_entries(cls)
    names = cls.__name__, cls.__qualname__, entries.pop("__module__", None)
    args = type(cls), names, cls.__bases__, body, slots_of(cls)
    state = entries, abc_registry(cls)
    return *pickler.once(cls, make_class, *args), state, None, None, pickler.fill_class


def public_home(cls: type) -> str | None:
    """Return the package that shows a class as its own, which stands in a private module of it.

    ``pathlib.Path`` says it is of ``pathlib._local``, a module that Python 3.12 has not.
    """
    package, _, name = cls.__module__.rpartition(".")
    private = package and name.startswith("_")
    return package if private and resolves(cls, package, cls.__qualname__) else None


def other_place(cls: type) -> tuple[str, str] | None:
    """Return a module and the name that a library's class has there, if not the one it goes by.

    The type of a lock says it is ``_thread.lock``, which on Python 3.11 is ``_thread.LockType``.
    That of None says it is built in, and is to be had as ``types.NoneType``.
    """
    top = str(cls.__module__).partition(".")[0]
    tops = ("types", "_collections_abc") if top == "builtins" else (top,)
    for module, names in list(sys.modules.items()):
        if module.partition(".")[0] in tops:
            for name, value in list(vars(names).items()):
                if value is cls:
                    return module, name
    return None


def attribute_of(module: str, name: str) -> Any:
    """Return what a module holds under a name."""
    return getattr(import_module(module), name)


def class_entries(cls: type) -> tuple[list[str], dict[str, Any]]:
    """Return the names of the class body in their order, and the entries to be set later."""
    entries = {
        name: value
        for name, value in vars(cls).items()
        if name not in NOT_STATE and not is_own_slot(cls, value)
    }
    names = list(vars(cls))
    made = [index for index, name in enumerate(names) if name not in entries]
    return names[: min(made, default=len(names))], entries


def is_own_slot(cls: type, value: object) -> bool:
    """Tell whether an entry is a descriptor that the class got from its `__slots__`."""
    slot = isinstance(value, MemberDescriptorType | GetSetDescriptorType)
    return slot and value.__objclass__ is cls  # type: ignore[attr-defined]


def slots_of(cls: type) -> tuple[str, ...] | None:
    """Return the names, mangled already, to make the slots of `cls` from; None: no slots."""
    if "__slots__" not in vars(cls):
        return None
    own = [name for name, value in vars(cls).items() if is_own_slot(cls, value)]
    return tuple(own)


def abc_registry(cls: type) -> list[type] | None:
    """Return the classes registered with an abstract base class; None for other classes."""
    if not isinstance(cls, abc.ABCMeta):
        return None
    registered = (reference() for reference in _abc._get_dump(cls)[0])
    return [found for found in registered if found is not None]


def make_class(
    meta: Any,
    names: tuple[str, str, Any],
    bases: tuple[Any, ...],
    body: list[str],
    slots: tuple[str, ...] | None,
) -> type:
    """Make a class whose entries are all there, in their order, but empty."""
    from autoresume.pickling.versions import body_here

    namespace: dict[str, Any] = dict.fromkeys(body_here(body))
    name, namespace["__qualname__"], module = names
    if module is not None:  # setting it later would delete __firstlineno__
        namespace["__module__"] = module
    if slots is not None:
        namespace["__slots__"] = slots
    with ExitStack() as silenced:
        for base in bases:
            for ancestor in base.__mro__[:-1]:
                silenced.enter_context(without_init_subclass(ancestor))
        cls: type = builtin_new(meta)(meta, name, bases, namespace)
    if isinstance(cls, abc.ABCMeta):
        _abc._abc_init(cls)
    return cls


@contextmanager
def without_init_subclass(cls: type) -> Iterator[None]:
    """Take `__init_subclass__` away from a class for a moment."""
    if "__init_subclass__" not in vars(cls):
        yield
        return
    hook = vars(cls)["__init_subclass__"]
    type.__setattr__(cls, "__init_subclass__", classmethod(lambda cls, **options: None))
    try:
        yield
    finally:
        type.__setattr__(cls, "__init_subclass__", hook)


def set_class(cls: type, state: tuple[dict[str, Any], list[type] | None]) -> None:
    """Fill the entries of a class."""
    from autoresume.pickling.versions import entries_here

    entries, registered = state
    present = entries_here(entries)
    for name, value in present.items():
        type.__setattr__(cls, name, value)
    for name in (entries.keys() - present.keys()) & vars(cls).keys():
        type.__delattr__(cls, name)
    for subclass in registered or ():
        _abc._abc_register(cls, subclass)


def reduce_enum_member(member: enum.Enum, pickler: Pickler) -> Any:
    """Reduce a member of a user's Enum as a plain object, since its class may not be filled yet."""
    cls = type(member)
    if resolves(cls, cls.__module__, cls.__qualname__) and not is_user_class(cls, pickler):
        return NotImplemented
    base = next(
        ancestor
        for ancestor in cls.__mro__
        if "__getnewargs__" in vars(ancestor) or ancestor is object
    )
    args = () if base is object else base.__getnewargs__(member)  # type: ignore[attr-defined]
    number = member._value_ if isinstance(member, enum.Flag) else None
    made_of = cls, base, args, member._name_, number
    return make_member, made_of, vars(member), None, None, set_member


def is_user_class(cls: type, pickler: Pickler) -> bool:
    """Tell whether a class goes by value because it is from a user module."""
    return cls.__module__ in pickler.user_modules


def make_member(
    cls: type[enum.Enum],
    base: type,
    args: tuple[Any, ...],
    name: str | None = None,
    number: Any = None,
) -> Any:
    """Find a member in a class that is filled; make it else, without asking the class.

    The `__new__` of an Enum looks members up.
    """
    members = vars(cls).get("_member_map_")
    if members and name in members:
        return members[name]
    if members and number is not None:
        return cls(number)
    return base.__new__(cls, *args)


def set_member(member: enum.Enum, state: dict[str, Any]) -> None:
    """Give a new member its name and value."""
    if not vars(member):
        vars(member).update(state)


def reduce_alias(alias: Any, pickler: Pickler) -> Any:
    """Reduce `Node[int]` without asking Node, which may not be filled yet."""
    if not isinstance(alias.__origin__, type) or not is_user_class(alias.__origin__, pickler):
        return NotImplemented
    return make_alias, (alias.__origin__, alias.__args__)


def make_alias(origin: Any, args: tuple[Any, ...]) -> Any:
    """Make a parametrized generic."""
    import typing  # here, because it takes its time to be loaded

    return typing._GenericAlias(origin, args)  # type: ignore[attr-defined]


FAMILIES: list[tuple[type, Reducer]] = [(type, reduce_class), (enum.Enum, reduce_enum_member)]
