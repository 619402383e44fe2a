"""Lists, dicts and deques of derived classes, filled without running any method of theirs."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque

from autoresume.pickling.instances import OWN_STATE, builtin_new, fill_instance
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

CALLED: dict[type, set[str]] = {list: {"append", "extend"}, dict: {"__setitem__"}}
"""Methods that pickle calls to fill an object."""
INITIALIZED = (Counter, OrderedDict, defaultdict, deque)
"""Classes that have themselves made by a call, `__init__` of a subclass included."""
SETTERS: dict[type, Any] = {Counter: dict, OrderedDict: OrderedDict, defaultdict: dict, dict: dict}


def reducer_of(cls: type) -> Reducer | None:
    """Return the reducer of a class, if it needs one and is not pickled in its own way."""
    base = base_of(cls)
    if base is None or cls is base:
        return None
    own = {name for ancestor in cls.__mro__[: cls.__mro__.index(base)] for name in vars(ancestor)}
    if own & OWN_STATE or builtin_new(cls) is not builtin_new(base):
        return None
    return reduce_container if base in INITIALIZED or CALLED[base] & own else None


def base_of(cls: type) -> type | None:
    """Return what kind of a container a class is."""
    return next((one for one in cls.__mro__ if one in CALLED or one in INITIALIZED), None)


def reduce_container(obj: Any, pickler: Pickler) -> Any:
    """Reduce to an empty object, its attributes and its items."""
    base: Any = base_of(type(obj))
    state = object.__getstate__(obj)
    attributes = state if isinstance(state, tuple) else (state, None)
    limit = obj.maxlen if base is deque else None
    factory = obj.default_factory if base is defaultdict else None
    contents = attributes, factory, items_of(obj, base)
    return make_container, (type(obj), base, limit), contents, None, None, fill_container


def items_of(obj: Any, base: Any) -> Any:
    """Return the items of a list or deque, or the keys and the values of a dict."""
    if base not in SETTERS:
        return list(base.__iter__(obj))
    return list(base.keys(obj)), list(base.values(obj))


def make_container(cls: type, base: Any, limit: int | None) -> Any:
    """Make an empty container without running `__new__` or `__init__` of a user's."""
    made = (dict if base is Counter else base).__new__(cls)
    if base is deque:
        deque.__init__(made, (), limit)
    return made


def fill_container(obj: Any, contents: tuple[Any, Any, Any]) -> None:
    """Give a container its attributes and items."""
    attributes, factory, items = contents
    fill_instance(obj, attributes)
    base: Any = base_of(type(obj))
    if factory is not None:
        vars(defaultdict)["default_factory"].__set__(obj, factory)
    if base not in SETTERS:
        base.extend(obj, items)
        return
    put = SETTERS[base].__setitem__
    for key, value in zip(*items, strict=True):
        put(obj, key, value)
