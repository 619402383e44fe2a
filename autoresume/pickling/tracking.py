"""What goes by value and comes back, in a process that has it already, as the very object.

So an object that was sent away and came back is still an instance of its class.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from weakref import WeakSet, WeakValueDictionary

from autoresume.pickling.classes import set_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_known: WeakValueDictionary[str, Any] = WeakValueDictionary()
_identities: dict[int, str] = {}
"""The identity of an object by its `id`, which may have been that of another one before."""
_received: WeakSet[type] = WeakSet()
"""Classes that are from elsewhere."""


def identity_of(obj: Any) -> str:
    """Return what a class or a type variable is known by in all processes."""
    identity = _identities.get(id(obj))
    if identity is None or _known.get(identity) is not obj:
        identity = _identities[id(obj)] = os.urandom(16).hex()
        _known[identity] = obj
    return identity


def find_or_make(identity: str, make: Callable[..., Any], *args: Any) -> Any:
    """Return what has that identity, made if this process does not have it."""
    found = _known.get(identity)
    if found is None:
        found = _known[identity] = make(*args)
        _identities[id(found)] = identity
        if isinstance(found, type):
            _received.add(found)
    return found


def fill_received(cls: type, state: Any) -> None:
    """Fill the entries of a class, or bring them up to date, where it is not the original."""
    if cls in _received:
        set_class(cls, state)
