"""Instances of classes whose own code would run while they are loaded.

``__new__`` must not run again. ``__hash__`` and ``__eq__`` run when a dict or set is filled,
perhaps one that the object's own attributes lead to: by then they need attributes to work with.
"""

from __future__ import annotations

import copyreg
import pickle
import sys
from sys import getrefcount
from types import FunctionType

from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

PROTOCOL = pickle.HIGHEST_PROTOCOL
ALONE = 3
"""References to the `__dict__` of an instance if nobody else holds it.

They are the instance, a variable and the argument of `getrefcount`.
"""

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
CUSTOM = ("__reduce__", "__reduce_ex__", "__getstate__")
ARGUMENTS = ("__setstate__", "__getnewargs__", "__getnewargs_ex__")
"""A class that defines one of these has its own way of being pickled."""


MANAGED_DICT = 1 << 4
"""`Py_TPFLAGS_MANAGED_DICT`: the instances have a `__dict__` that Python itself has given them."""

HASH_OF_ATTRS = "_attrs_cached_hash"

OWN_STATE = frozenset({*CUSTOM, *ARGUMENTS})
DICT = vars(type("Plain", (), {}))["__dict__"]


def builtin_new(meta: Any) -> Any:
    """Return the `__new__` of a metaclass that is written in C: `type.__new__`, as a rule."""
    return next(
        vars(ancestor)["__new__"]
        for ancestor in meta.__mro__
        if type(vars(ancestor).get("__new__")) is type(type.__new__)
    )


def runs_code_when_loaded(cls: type) -> bool:
    """Tell whether plain pickle would run code of `cls` at a time when it may not be ready."""
    if is_of_attrs(cls):
        return True
    if says_how(cls):
        return False
    if any(hasattr(cls, name) for name in ARGUMENTS) or builtin_new(cls) is not object.__new__:
        return False
    # `__getattr__`: pickle asks an instance that has no attributes yet for `__setstate__`.
    own = (cls.__new__, cls.__hash__, cls.__getattribute__, getattr(cls, "__getattr__", None))
    return any(isinstance(method, FunctionType) for method in own)


def is_of_attrs(cls: type) -> bool:
    """Tell whether attrs has made the `__getstate__` of a class, for its slots.

    A subclass inherits it, and it leaves out what the subclass has added.
    """
    method = getattr(cls, "__getstate__", None)
    return getattr(method, "__module__", None) == "attr._make"


def reduce_instance(obj: Any, pickler: Pickler) -> Any:
    """Reduce to a bare object, made with the attributes that are complete in themselves."""
    state = object.__getstate__(obj)
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if HASH_OF_ATTRS in (slots or ()):  # it may be another one in another process
        slots[HASH_OF_ATTRS] = None
    both = {**(attributes or {}), **(slots or {})}
    settled = {name: value for name, value in both.items() if is_settled(value)}
    return make_instance, (type(obj), settled), (attributes, slots), None, None, fill_instance


def reducer_of(cls: type) -> Reducer:
    """Return the reducer for a class that pickle has no reducer for."""
    if is_plain(cls):
        return reduce_first
    is_extension = builtin_new(cls) is not object.__new__
    return reduce_extension if is_extension and says_how(cls) else reduce_plainly


def says_how(cls: type) -> bool:
    """Tell whether a class has a way of its own of telling what its instances hold."""
    return any(getattr(cls, name) is not getattr(object, name) for name in CUSTOM)


def reduce_plainly(obj: Any, pickler: Pickler) -> Any:
    """Reduce as pickle does, which would look into two more tables first."""
    return obj.__reduce_ex__(PROTOCOL)


def reduce_extension(obj: Any, pickler: Pickler) -> Any:
    """Reduce as pickle does, and arrays over memory of the object, such as a tree's, to bytes."""
    reduced = obj.__reduce_ex__(PROTOCOL)
    if "numpy" not in sys.modules or not isinstance(reduced, tuple):
        return reduced
    from autoresume.pickling.arrays import detached

    return tuple(detached(item, obj) for item in reduced)


def is_plain(cls: type) -> bool:
    """Tell whether instances of a class have a `__dict__` and nothing else of their own."""
    bodies = [vars(ancestor) for ancestor in cls.__mro__[:-1]]
    return (
        bool(cls.__flags__ & MANAGED_DICT)  # else the `__dict__` is that of a base written in C
        and all(OWN_STATE.isdisjoint(body) for body in bodies)
        and all(type(body.get("__dict__", DICT)) is type(DICT) for body in bodies)
        and not copyreg._slotnames(cls)  # type: ignore[attr-defined]
    )


def reduce_first(obj: Any, pickler: Pickler) -> Any:
    """Reduce the first instance of a plain class as pickle does, and find out how to do the others.

    A class has more to it if it has a base that is written in C, such as dict.
    """
    cls = type(obj)
    reduced = obj.__reduce_ex__(PROTOCOL)
    plain = copyreg.__newobj__, (cls,), obj.__dict__ or None, None, None  # type: ignore[attr-defined]
    reducer = reducer_of_owners(cls) if reduced == plain else reduce_more
    pickler.reducers[cls] = reducer
    return reducer(obj, pickler)


def reduce_more(obj: Any, pickler: Pickler) -> Any:
    """Reduce an instance as pickle does, unless the program holds its `__dict__` by itself."""
    attributes = obj.__dict__
    is_alone = getrefcount(attributes) <= ALONE
    reduced = obj.__reduce_ex__(PROTOCOL)
    if is_alone or not isinstance(reduced, tuple):
        return reduced
    made, args, state, *items = reduced
    if state is not attributes and (attributes or state is not None):
        return reduced
    return made, args, attributes, *items, take_dict


def reducer_of_owners(cls: type) -> Reducer:
    """Return what reduces an instance to what pickle does, in less time.

    If the program holds its `__dict__` by itself, the instance gets the very dict back.
    """
    make, args = copyreg.__newobj__, (cls,)  # type: ignore[attr-defined]

    def reduce_owner(obj: Any, pickler: Pickler) -> Any:
        attributes = obj.__dict__
        if getrefcount(attributes) <= ALONE:
            return make, args, attributes or None
        return make, args, attributes, None, None, take_dict

    return reduce_owner


def reducer_of_hashed(cls: type) -> Reducer:
    """Return the reducer for a class whose own code would run when it is loaded.

    If that is `__hash__` only, instances that lead to nothing else go as plain ones do: they have
    all their attributes before they can be put into a dict or a set.
    """
    own = (cls.__new__, cls.__getattribute__, getattr(cls, "__getattr__", None))
    if not is_plain(cls) or any(isinstance(method, FunctionType) for method in own):
        return reduce_instance
    make, args = copyreg.__newobj__, (cls,)  # type: ignore[attr-defined]

    def reduce_hashed(obj: Any, pickler: Pickler) -> Any:
        attributes = obj.__dict__
        if getrefcount(attributes) <= ALONE and ATOMS.issuperset(map(type, attributes.values())):
            return make, args, attributes or None
        return reduce_instance(obj, pickler)

    return reduce_hashed


def take_dict(obj: Any, attributes: dict[str, Any]) -> None:
    """Let an instance have a dict for its `__dict__` that others refer to as well."""
    object.__setattr__(obj, "__dict__", attributes)


def has_value(cls: type) -> bool:
    """Tell whether a class is a number, a text or the like whose own `__new__` is not to run."""
    own = cls.__mro__[: cls.__mro__.index(builtin_owner(cls))]
    maker = next(one for one in cls.__mro__ if "__new__" in vars(one))
    if not isinstance(cls.__new__, FunctionType) or builtin_new(cls) is object.__new__:
        return False
    written = [one for one in own if not is_named_tuple(one)]
    return maker in written and OWN_STATE.isdisjoint(*map(vars, written))


def is_named_tuple(cls: type) -> bool:
    """Tell whether `namedtuple` has made a class, and its methods."""
    return {"_fields", "_make", "__getnewargs__"} <= vars(cls).keys()


def builtin_owner(cls: type) -> type:
    """Return the class, written in C, whose `__new__` makes instances of `cls`."""
    new = builtin_new(cls)
    return next(one for one in cls.__mro__ if vars(one).get("__new__") is new)


def reduce_valued(obj: Any, pickler: Pickler) -> Any:
    """Reduce as pickle does, but to a call of the `__new__` that is written in C."""
    reduced: Any = object.__reduce_ex__(obj, pickle.HIGHEST_PROTOCOL)
    _, args, *rest = reduced
    if isinstance(obj, tuple):  # not what the `__new__` of a named tuple takes
        args = type(obj), *tuple.__getnewargs__(obj)  # type: ignore[attr-defined]
    return make_valued, args, *rest


def make_valued(cls: type, *args: Any) -> Any:
    """Make an instance of its value."""
    return builtin_new(cls)(cls, *args)


def families() -> list[tuple[type, Reducer]]:
    """Reducers for classes of libraries that refuse to be pickled, and need not."""
    flags = sys.modules.get("absl.flags")
    return [(cls, reduce_instance) for cls in (flags.Flag, flags.FlagValues)] if flags else []


def is_settled(value: Any) -> bool:
    """Tell whether loading `value` can lead to nothing else."""
    if type(value) in (tuple, frozenset):
        return all(map(is_settled, value))
    return type(value) in ATOMS


def make_instance(cls: type, settled: dict[str, Any]) -> Any:
    """Make an instance without running `__new__` or `__init__`."""
    obj: Any = object.__new__(cls)
    for name, value in settled.items():
        object.__setattr__(obj, name, value)
    return obj


def fill_instance(obj: Any, state: tuple[dict[str, Any] | None, dict[str, Any] | None]) -> None:
    """Give an instance all of its attributes, in their order."""
    attributes, slots = state
    if attributes is not None:
        own = {sys.intern(name): value for name, value in attributes.items()}
        vars(obj).clear()
        vars(obj).update(own)
    for name, value in (slots or {}).items():
        object.__setattr__(obj, name, value)
