"""Instances of classes of the program, where a class of a library tells how they are pickled.

Such a base knows nothing of what the program adds: a `__new__` or `__init__` of its own, which is
not to run again, and attributes.
"""

from __future__ import annotations

from types import FunctionType, GetSetDescriptorType, MemberDescriptorType

from autoresume.errors import Unsaveable
from autoresume.pickling.instances import CUSTOM, OWN_STATE, reducer_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from autoresume.pickling.pickler import Pickler
    from autoresume.pickling.tables import Reducer

REMEDY = "keep one in an object of yours instead of deriving from it"
REDUCING = frozenset({"__reduce__", "__reduce_ex__"})


def derived_reducer(cls: type, user_modules: Collection[str]) -> Reducer | None:
    """Return the reducer for a class of the program that a library's class speaks for."""
    own = tuple(one for one in cls.__mro__ if one.__module__ in user_modules)
    teller = next((one for one in cls.__mro__[:-1] if tells(one, one in own)), None)
    if teller is None or teller in own:
        return None
    if REDUCING.isdisjoint(vars(teller)) and teller.__dictoffset__:
        return None  # its `__getstate__` sees all attributes, and leaves out what it does not want
    plainly = reducer_of(cls)

    def reduce_derived(obj: Any, pickler: Pickler) -> Any:
        reduced = plainly(obj, pickler)
        if not isinstance(reduced, tuple):
            return reduced
        make, args, state, items, pairs, fill = reduced + (None,) * (6 - len(reduced))
        if make is cls:
            make, args = make_derived, (cls, own, args, state is not None)
        elif not any(one is cls for one in (getattr(make, "__self__", None), *args)):
            raise Unsaveable(f"{teller.__qualname__} has it pickled as of another class; {REMEDY}")
        added = state, fill, attributes_of(obj), slots_of(obj, own)
        return make, args, added, items, pairs, fill_derived

    return reduce_derived


def tells(cls: type, is_own: bool) -> bool:
    """Tell whether a class says how its instances are pickled."""
    return not vars(cls).keys().isdisjoint(OWN_STATE if is_own else CUSTOM)


def attributes_of(obj: Any) -> dict[str, Any] | None:
    """Return the `__dict__` of an instance that has one."""
    attributes = getattr(obj, "__dict__", None)
    return attributes if type(attributes) is dict else None


def slots_of(obj: Any, own: tuple[type, ...]) -> list[tuple[type, str, Any]]:
    """Return the values of the slots that some classes have added."""
    found = []
    for cls in own:
        for name, slot in vars(cls).items():
            if isinstance(slot, MemberDescriptorType):
                try:
                    found.append((cls, name, slot.__get__(obj)))
                except AttributeError:
                    continue
    return found


def make_derived(cls: type, own: tuple[type, ...], args: tuple[Any, ...], has_state: bool) -> Any:
    """Make an instance as the library's classes do, without what the program's do.

    An `__init__` without arguments would only set what the state sets, and may call methods of the
    program, as that of `random.Random` does.
    """
    foreign = [one for one in cls.__mro__ if one not in own]
    new: Any = next(one for one in foreign if "__new__" in vars(one))
    init: Any = next(one for one in foreign if "__init__" in vars(one))
    obj = new.__new__(cls) if new is object else new.__new__(cls, *args)
    is_set = has_state and not args and isinstance(init.__init__, FunctionType)
    if init is not object and not is_set:
        init.__init__(obj, *args)
    return obj


def fill_derived(obj: Any, added: tuple[Any, Any, Any, Any]) -> None:
    """Give an instance the state that its library has told, and what the program has added."""
    state, fill, attributes, slots = added
    if state is not None:
        (fill or set_state)(obj, state)
    if attributes is not None:
        attributes.update(vars(obj))  # what the library sets by itself is as it has set it
        holder = next(one for one in type(obj).__mro__ if "__dict__" in vars(one))
        slot: Any = vars(holder)["__dict__"]
        if isinstance(slot, GetSetDescriptorType):
            slot.__set__(obj, attributes)
        else:  # it cannot be exchanged
            vars(obj).update(attributes)
    for cls, name, value in slots:
        vars(cls)[name].__set__(obj, value)


def set_state(obj: Any, state: Any) -> None:
    """Set a state as pickle does."""
    if hasattr(obj, "__setstate__"):
        obj.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        vars(obj).update(attributes)
    for name, value in (slots or {}).items():
        setattr(obj, name, value)
