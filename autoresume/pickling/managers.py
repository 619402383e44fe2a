"""Context managers whose effect is in the interpreter and not in the object."""

from __future__ import annotations

import sys
from contextvars import Context, Token, copy_context
from typing import TYPE_CHECKING, Any

from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

_ERRSTATE_SETTINGS = ("all", "divide", "over", "under", "invalid", "call")


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers of numpy's managers; empty while numpy is not imported.

    ``np.errstate`` of numpy 1 keeps what it needs as plain attributes, and needs no reducer.
    """
    np = sys.modules.get("numpy")
    if np is None or not hasattr(np.errstate, "_token"):
        return []
    return [(np.errstate, reduce_errstate)]


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
