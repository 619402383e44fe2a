"""Context managers that were entered before the snapshot, for the `with` of a residual program."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from autoresume.errors import Unsaveable


def entered(manager: Any) -> Any:
    """A manager that enters nothing and leaves like ``manager``, without a frame in between.

    What entering changed is in the restored state already: in the object itself, or in what the
    interpreter keeps.
    """
    leave = type(manager).__exit__.__get__(manager, type(manager))
    members = {"__enter__": lambda self: manager, "__exit__": staticmethod(leave)}
    return type(type(manager).__name__, (), members)()


def check_manager(manager: Any, user_modules: frozenset[str]) -> None:
    """Raise `Unsaveable` for a manager that a restored state cannot stand in for."""
    kind = type(manager)
    if kind.__module__ in user_modules or isinstance(manager, _KEEP_THEIR_STATE):
        return
    if kind.__name__ == "errstate" and kind.__module__.partition(".")[0] == "numpy":
        return
    raise Unsaveable(
        f"a boundary inside `with` of a {kind.__module__}.{kind.__qualname__} cannot be resumed yet"
    )


_KEEP_THEIR_STATE = (
    io.IOBase,
    contextlib.suppress,
    contextlib.nullcontext,
    contextlib.closing,
    contextlib.ExitStack,
)
