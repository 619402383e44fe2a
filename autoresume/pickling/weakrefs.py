"""Weak references and weak containers."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING, Any

from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler


class Mortal:
    """Something to refer to that is gone at once."""

    def be_gone(self) -> None:
        """Do nothing."""


def reduce_ref(ref: weakref.ref[Any], pickler: Pickler) -> Any:
    """Reduce a weak reference to its object; one to a dead object comes back dead."""
    target = ref()
    if target is None:
        return dead_ref, ()
    callback: Any = ref.__callback__
    return weakref.ref, (target,) if callback is None else (target, callback)


def dead_ref() -> weakref.ref[Any]:
    """Make a weak reference to an object that is gone."""
    return weakref.ref(Mortal())


def reduce_proxy(proxy: Any, pickler: Pickler) -> Any:
    """Reduce a weak proxy to its object, which the proxy does not tell; None: it is gone.

    The field is `wr_object` of CPython's Include/cpython/weakrefobject.h.
    """
    place = id(proxy) + object.__basicsize__
    target = ctypes.py_object.from_address(place).value
    return (dead_proxy, (type(proxy),)) if target is None else (weakref.proxy, (target,))


def dead_proxy(kind: type) -> Any:
    """Make a weak proxy of an object that is gone."""
    return weakref.proxy(Mortal() if kind is weakref.ProxyType else Mortal().be_gone)


def reduce_mapping(mapping: Any, pickler: Pickler) -> Any:
    """Reduce a weak dictionary to its live items."""
    return type(mapping), (), dict(mapping.items()), None, None, fill_mapping


def fill_mapping(mapping: Any, items: dict[Any, Any]) -> None:
    """Fill a weak dictionary."""
    mapping.update(items)


REDUCERS: dict[type, Reducer] = {
    weakref.ref: reduce_ref,
    weakref.ProxyType: reduce_proxy,
    weakref.CallableProxyType: reduce_proxy,
    weakref.WeakValueDictionary: reduce_mapping,
    weakref.WeakKeyDictionary: reduce_mapping,
}
