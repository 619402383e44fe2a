"""What generated code calls: to enter functions, `with` and `except` blocks again, and more."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Generator
from types import CodeType, CoroutineType, FrameType, FunctionType, GeneratorType
from typing import Any

from autoresume.errors import Unsaveable
from autoresume.marks import WRAPPERS


def armed(function: FunctionType, following: Callable[[], object]) -> Callable[[], None]:
    """Return what makes the next call of ``function`` go on with ``following``."""

    def arm() -> None:
        function.__code__ = _entering_code(function, function.__code__, following)

    return arm


def _entering(*args: Any, **options: Any) -> Any:
    function: Any = "the function"
    function.__code__ = "its code"
    following: Any = "the following frame"
    try:
        return following()
    except BaseException as error:
        # The program's tracebacks do not show this frame.
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        raise


def _entering_code(
    function: FunctionType, code: CodeType, following: Callable[[], object]
) -> CodeType:
    """The code of `_entering` for one function: it is as short as that to be called without C."""
    values = {"the function": function, "its code": code, "the following frame": following}
    constants = _entering.__code__.co_consts
    filled = tuple(values.get(one, one) if isinstance(one, str) else one for one in constants)
    return _entering.__code__.replace(co_consts=filled, co_freevars=code.co_freevars)


def is_transparent(frame: FrameType) -> bool:
    """Whether a frame stands between two of the program's without a state of its own."""
    code = frame.f_code
    return (
        code in WRAPPERS
        or code is delegated.__code__
        or (code.co_filename == __file__ and code.co_name == _entering.__name__)
    )


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
    can_leave = any("__exit__" in vars(base) for base in type(manager).__mro__)
    return enter if can_leave else None


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


def yields_from(value: Any) -> Any:
    """What ``yield from value`` advances: a coroutine, where that is allowed, is no iterable."""
    return value if isinstance(value, GeneratorType | CoroutineType) else iter(value)


def visible(prefix: str, shown: Any) -> Any:
    """Take the names with ``prefix`` out of what ``locals()`` or ``dir()`` has just made."""
    for name in [name for name in shown if name.startswith(prefix)]:
        if isinstance(shown, dict):
            del shown[name]
        else:
            shown.remove(name)
    return shown


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


# -- yield from ------------------------------------------------------------------------------


def delegated(inner: Any) -> Generator[Any, Any, Any]:
    """Go on with a ``yield from`` in the middle of ``inner``, as PEP 380 defines it.

    It first comes to a ``yield`` of its own without touching ``inner``: there the generator around
    it stands when it has been made.
    """
    received: Any = None
    item: Any = None
    advance: Callable[[], Any]
    while True:
        try:
            received = yield item
        except GeneratorExit:
            close = getattr(inner, "close", None)
            if close is not None:
                close()
            raise
        except BaseException as error:
            throw = getattr(inner, "throw", None)
            if throw is None:
                raise
            advance = functools.partial(throw, error)
        else:
            advance = _step(inner, received)
        try:
            item = advance()
        except StopIteration as end:
            return end.value


def _step(inner: Any, received: Any) -> Callable[[], Any]:
    return inner.__next__ if received is None else lambda: inner.send(received)
