"""Context managers that were entered before the snapshot, for the `with` of a residual program."""

from __future__ import annotations

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
    if kind.__module__ in user_modules or isinstance(manager, io.IOBase):
        return
    if f"{kind.__module__}.{kind.__qualname__}" in _KEEP_THEIR_STATE:
        return
    if kind.__module__ == "contextlib":  # with a generator, that is what cannot be saved yet
        return
    raise Unsaveable(
        f"a boundary inside `with` of a {kind.__module__}.{kind.__qualname__} cannot be resumed yet"
    )


_KEEP_THEIR_STATE = frozenset(
    {
        "_thread.RLock",
        "_thread.lock",
        "numpy.errstate",
        "numpy._core._ufunc_config.errstate",
        "threading.Condition",
        "threading.Semaphore",
        "warnings.catch_warnings",
    }
)
"""Managers of libraries whose object, as it is saved, holds all that leaving them needs."""
