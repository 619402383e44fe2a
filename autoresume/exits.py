"""Functions that the program has given to `atexit`.

Python does not tell whose they are, and those of libraries are given anew by each process.
"""

from __future__ import annotations

import atexit
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import Any

    Entry = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

_TWINS = f"{__name__.partition('.')[0]}.twins"
_register, _unregister = atexit.register, atexit.unregister
_entries: list[Entry] = []
_modules: Container[str] = ()


def watch(modules: Container[str]) -> None:
    """Note from now on what the code of some modules gives to `atexit`."""
    global _modules
    _modules = modules
    vars(atexit).update(register=register, unregister=unregister)


def is_of_program(module: object) -> bool:
    """Tell whether a name is that of a module of the program's."""
    return module in _modules


def register(func: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Have a function called when Python ends, as `atexit.register` does."""
    _register(func, *args, **kwargs)
    if is_of_program(_caller()):
        _entries.append((func, args, kwargs))
    return func


def unregister(func: Any, /) -> None:
    """Take a function back, as `atexit.unregister` does."""
    _unregister(func)
    _entries[:] = [one for one in _entries if not (one[0] is func or one[0] == func)]


def _caller() -> Any:
    """Return the name of the module whose code has called, through a twin of the call or not."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_globals.get("__name__") == _TWINS:
        frame = frame.f_back
    return frame.f_globals.get("__name__")


def capture() -> list[Entry]:
    """Return what the program has given, the first one first."""
    return list(_entries)


def restore(entries: list[Entry]) -> None:
    """Give to `atexit` what the program had given."""
    for func, args, kwargs in entries:
        _register(func, *args, **kwargs)
        _entries.append((func, args, kwargs))
