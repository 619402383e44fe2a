"""What a residual program enters again: `with` blocks and `except` blocks."""

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


def enter_of(manager: Any) -> Any:
    """What `with` calls to enter; None for what is no context manager."""
    enter = _special(manager, "__enter__")
    return enter if _special(manager, "__exit__") is not None else None


def leave_of(manager: Any) -> Any:
    """What `with` calls to leave."""
    return _special(manager, "__exit__")


def _special(value: Any, name: str) -> Any:
    """A method that Python looks up for itself, in the class alone."""
    for base in type(value).__mro__:
        if name in vars(base):
            found = vars(base)[name]
            bind = getattr(type(found), "__get__", None)
            return bind(found, value, type(value)) if bind else found
    return None


_CHANGED_BY_RAISING = ("__traceback__", "__cause__", "__context__", "__suppress_context__")
_handled: dict[int, tuple[int, dict[str, Any]]] = {}


def remember_handled(error: BaseException | None) -> None:
    """Note what raising ``error`` once more will change; a residual program is about to do it.

    Several may be about to: the first of them begins when all have noted it.
    """
    if error is not None:
        times, before = _handled.get(id(error)) or (0, _changed_by_raising(error))
        _handled[id(error)] = times + 1, before


def _changed_by_raising(error: BaseException) -> dict[str, Any]:
    return {name: getattr(error, name) for name in _CHANGED_BY_RAISING}


def handle_again(error: BaseException) -> None:
    """Undo what raising ``error`` once more, to be in its ``except`` block again, has changed."""
    times, before = _handled.pop(id(error))
    if times > 1:
        _handled[id(error)] = times - 1, before
    for name, value in before.items():
        setattr(error, name, value)


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
