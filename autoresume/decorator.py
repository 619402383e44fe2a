"""``@autoresume.resumable`` and ``autoresume.install``: resuming without the command line.

What they need is imported when a resumable function is first called.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, overload

from autoresume import marks
from autoresume.errors import UsageError

P = ParamSpec("P")
T = TypeVar("T")


@overload
def resumable(function: Callable[P, T], /) -> Callable[P, T]: ...
@overload
def resumable(
    *, store: str | os.PathLike[str] | None = None, every: int | str | None = None, keep: int = 3
) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
def resumable(
    function: Callable[..., Any] | None = None,
    /,
    *,
    store: str | os.PathLike[str] | None = None,
    every: int | str | None = None,
    keep: int = 3,
) -> Any:
    """Make a call of a function resumable: called again after a crash, it goes on.

    The call takes snapshots at its boundaries, as a script does under ``python -m autoresume``.
    It is known by the function and its arguments. When it returns, its snapshots are removed;
    when it raises, they stay, and a further call with the same arguments goes on from the last.

    ``store``: the folder of the snapshots, or a URL; without it ``$AUTORESUME_STORE``, or
    ``.autoresume`` in the working directory. ``every``: a number of boundaries, or a time such as
    ``"30s"``. ``keep``: how many snapshots are kept.

    Under ``python -m autoresume`` the script is what is resumed, and this does nothing. Raises
    UsageError for coroutine and generator functions, and for options that do not exist.
    """
    from autoresume.cli.options import given_every

    options = store, given_every(every), keep

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        _check_kind(function)
        return function if marks.in_command else _wrapped(function, options)

    return decorate if function is None else decorate(function)


def _check_kind(function: Any) -> None:
    name = getattr(function, "__qualname__", repr(function))
    if not inspect.isfunction(function):
        raise UsageError(f"resumable: {name} is not a function; put it below other decorators")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise UsageError(f"resumable: {name} is a coroutine function, which cannot be resumed yet")
    if inspect.isgeneratorfunction(function):
        raise UsageError(f"resumable: {name} is a generator function; decorate what consumes it")


def _wrapped(function: Any, options: Any) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        calls = sys.modules.get("autoresume.calls")
        if calls is not None and calls.is_inside():
            return function(*args, **kwargs)
        from autoresume.calls import run

        return run(function, options, args, kwargs)

    made: Any = wrapper
    marks.WRAPPERS.add(made.__code__)
    return wrapper


def install(*, include: Iterable[str] = (), folder: str | os.PathLike[str] | None = None) -> None:
    """Have user modules rewritten as they are imported, in a program with a launcher of its own.

    These are the modules below ``folder``, by default that of the caller's file, and the modules
    and packages named in ``include``. Modules that are imported already are rewritten as well.
    Resumable functions in them need nothing else. Calling it again adds to what there is; under
    ``python -m autoresume`` it does nothing. Raises UsageError for a module that is not there.
    """
    if marks.in_command:
        return
    from autoresume.calls import modules

    modules().install(_folder(folder, sys._getframe(1).f_globals.get("__file__")), list(include))


def _folder(given: str | os.PathLike[str] | None, caller: str | None) -> Path | None:
    if given is not None:
        return Path(given).absolute()
    return None if caller is None else Path(caller).absolute().parent
