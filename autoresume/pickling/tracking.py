"""Classes that go by value and come back, in a process that has them already, as themselves.

So an object that was sent away and came back is still an instance of its class.
"""

from __future__ import annotations

import uuid
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from autoresume.pickling.classes import make_class, set_class

_classes: WeakValueDictionary[str, type] = WeakValueDictionary()
_identities: dict[int, str] = {}
"""The identity of a class by its `id`, which may have been that of another class before."""
_waiting: WeakSet[type] = WeakSet()
"""Classes that have been made and not been filled."""


def identity_of(cls: type) -> str:
    """Return what a class is known by in all processes."""
    identity = _identities.get(id(cls))
    if identity is None or _classes.get(identity) is not cls:
        identity = _identities[id(cls)] = uuid.uuid4().hex
        _classes[identity] = cls
    return identity


def find_or_make(identity: str, *args: Any) -> type:
    """Return the class of that identity, made if this process does not have it."""
    cls = _classes.get(identity)
    if cls is None:
        cls = _classes[identity] = make_class(*args)
        _identities[id(cls)] = identity
        _waiting.add(cls)
    return cls


def fill_new(cls: type, state: Any) -> None:
    """Fill the entries of a class that has just been made."""
    if cls in _waiting:
        _waiting.discard(cls)
        set_class(cls, state)
