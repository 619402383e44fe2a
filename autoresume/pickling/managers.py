"""Context managers whose effect is in the interpreter and not in the object."""

from __future__ import annotations

import ctypes
import sys
import weakref
from contextvars import Context, Token, copy_context
from pathlib import Path

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

_ERRSTATE_SETTINGS = ("all", "divide", "over", "under", "invalid", "call")


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers of the managers of modules that have been imported.

    ``np.errstate`` of numpy 1 keeps what it needs as plain attributes, and needs no reducer.
    """
    found: list[tuple[type, Reducer]] = []
    np = sys.modules.get("numpy")
    if np is not None and hasattr(np.errstate, "_token"):
        found.append((np.errstate, reduce_errstate))
    if tempfile := sys.modules.get("tempfile"):
        found.append((tempfile.TemporaryDirectory, reduce_folder))
    if decimal := sys.modules.get("decimal"):
        found.append((type(decimal.localcontext()), reduce_local_context))
    return found


def reduce_folder(folder: Any, pickler: Pickler) -> Any:
    """Reduce a temporary directory to its attributes; the directory itself stays where it is."""
    attributes = {name: value for name, value in vars(folder).items() if name != "_finalizer"}
    return make_folder, (type(folder), attributes, folder._finalizer.alive)


def make_folder(cls: Any, attributes: dict[str, Any], alive: bool) -> Any:
    """Make a temporary directory around a directory that is there."""
    folder = cls.__new__(cls)
    vars(folder).update(attributes)
    if sys.version_info >= (3, 12):
        vars(folder).setdefault("_delete", True)
    if alive and not Path(folder.name).is_dir():
        raise Unsaveable(f"the temporary directory {folder.name} is not there any more")
    ignore = getattr(folder, "_ignore_cleanup_errors", False)
    folder._finalizer = weakref.finalize(
        folder,
        folder._cleanup,
        folder.name,
        warn_message=f"Implicitly cleaning up {folder!r}",
        ignore_errors=ignore,
        **({"delete": folder._delete} if hasattr(folder, "_delete") else {}),
    )
    if not alive:
        folder._finalizer.detach()
    return folder


def reduce_local_context(manager: Any, pickler: Pickler) -> Any:
    """Reduce a manager of decimal to the contexts inside and outside of it, which C hides."""
    size, pointer = object.__basicsize__, ctypes.sizeof(ctypes.c_void_p)
    inner, outer = (
        ctypes.py_object.from_address(id(manager) + size + place * pointer).value
        for place in range(2)
    )
    return make_local_context, (inner, outer)


def make_local_context(inner: Any, outer: Any) -> Any:
    """Make a manager that brings ``outer`` back when it is left."""
    import decimal

    current = decimal.getcontext()
    decimal.setcontext(outer)
    try:
        return decimal.localcontext(inner)
    finally:
        decimal.setcontext(current)


def reduce_errstate(obj: Any, pickler: Pickler) -> Any:
    """Reduce to its settings and, once entered, to the settings that leaving brings back."""
    import numpy as np

    default = np.errstate()
    settings = {name: getattr(obj, f"_{name}") for name in _ERRSTATE_SETTINGS}
    given = {
        name: value
        for name, value in settings.items()
        if value is not getattr(default, f"_{name}") and value is not None
    }
    return make_errstate, (given, None if obj._token is None else outer_settings(obj._token))


def outer_settings(token: Token[Any]) -> tuple[dict[str, Any], Any]:
    """Return numpy's error settings and handler outside of a manager that holds `token`."""
    import numpy as np

    if token.old_value is Token.MISSING:
        return Context().run(lambda: (dict(np.geterr()), np.geterrcall()))

    def read() -> tuple[dict[str, Any], Any]:
        token.var.set(token.old_value)
        return dict(np.geterr()), np.geterrcall()

    return copy_context().run(read)


def make_errstate(given: dict[str, Any], outer: tuple[dict[str, Any], Any] | None) -> Any:
    """Make the manager; the managers around it have been made, and entered, before."""
    import numpy as np

    manager = np.errstate(**given)
    if outer is not None:
        np.seterr(**outer[0])
        np.seterrcall(outer[1])
        manager.__enter__()
    return manager
