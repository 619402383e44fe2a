"""Weak references and weak containers."""

from __future__ import annotations

import weakref

from autoresume.pickling.structs import Sample, Struct
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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


def dead_ref(cls: Any = weakref.ref) -> weakref.ref[Any]:
    """Make a weak reference to an object that is gone."""
    ref: weakref.ref[Any] = cls.__new__(cls, Mortal())
    return ref


def reduce_own_ref(ref: weakref.ref[Any], pickler: Pickler) -> Any:
    """Reduce an instance of a subclass of weak references, with its attributes."""
    target, state = ref(), object.__getstate__(ref)
    args = (type(ref),) if target is None else (type(ref), target, ref.__callback__)
    return dead_ref if target is None else own_ref, args, state, None, None, set_attributes


def own_ref(cls: Any, target: Any, callback: Any) -> Any:
    """Make an instance of a subclass of weak references."""
    return cls.__new__(cls, target, callback)


def set_attributes(obj: Any, state: Any) -> None:
    """Give an object its attributes and its slots."""
    for part in state if isinstance(state, tuple) else (state,):
        for name, value in (part or {}).items():
            object.__setattr__(obj, name, value)


def reduce_weak_method(ref: Any, pickler: Pickler) -> Any:
    """Reduce a weak reference to a method to the method; the callback is within one of its own."""
    method = ref()
    if method is None:
        return dead_method, ()
    called = ref.__callback__
    cells = dict(zip(called.__code__.co_freevars, called.__closure__, strict=True))
    return weakref.WeakMethod, (method, cells["callback"].cell_contents)


def dead_method() -> Any:
    """Make a weak reference to a method of an object that is gone."""
    return weakref.WeakMethod(Mortal().be_gone)


def reduce_finalizer(finalizer: Any, pickler: Pickler) -> Any:
    """Reduce what is called at the end of an object to the object and the call."""
    found = finalizer.peek()
    if found is None:
        return spent_finalizer, ()
    return live_finalizer, (*found, finalizer.atexit)


def spent_finalizer() -> Any:
    """Make a finalizer that has been called already."""
    return object.__new__(weakref.finalize)


def live_finalizer(
    target: Any, function: Any, args: tuple[Any, ...], options: dict[str, Any], atexit: bool
) -> Any:
    """Make a finalizer."""
    finalizer = weakref.finalize(target, function, *args, **options)
    finalizer.atexit = atexit
    return finalizer


def proxy_sample() -> Sample:
    """Return a weak proxy."""
    return weakref.proxy(Mortal), {"target": Mortal}


PROXY = Struct("object target, object callback", proxy_sample)


def reduce_proxy(proxy: Any, pickler: Pickler) -> Any:
    """Reduce a weak proxy to its object, which the proxy does not tell; None: it is gone."""
    fields = PROXY.read(proxy)
    if fields["target"] is None:
        return dead_proxy, (type(proxy),)
    return weakref.proxy, tuple(fields.values())


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
    weakref.WeakMethod: reduce_weak_method,
    weakref.finalize: reduce_finalizer,
    weakref.ProxyType: reduce_proxy,
    weakref.CallableProxyType: reduce_proxy,
    weakref.WeakValueDictionary: reduce_mapping,
    weakref.WeakKeyDictionary: reduce_mapping,
}
FAMILIES: list[tuple[type, Reducer]] = [(weakref.ref, reduce_own_ref)]
