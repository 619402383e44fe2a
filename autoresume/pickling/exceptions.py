"""Exceptions, rebuilt without calling the `__init__` that a user gave them."""

from __future__ import annotations

from types import TracebackType

from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

LINKS = ("__cause__", "__context__", "__suppress_context__")


def reduce_exception(error: BaseException, pickler: Pickler) -> Any:
    """Reduce an exception to its class, arguments, attributes, links and printable traceback."""
    made_by: Any = next(cls for cls in type(error).__mro__ if cls.__module__ == "builtins")
    reduced = made_by.__reduce__(error)
    if isinstance(reduced, str):
        return NotImplemented
    links = {name: getattr(error, name) for name in LINKS}
    args = type(error), made_by, reduced[1]
    state = vars(error), links, error.__traceback__
    return make_exception, args, state, None, None, set_exception


def make_exception(
    cls: type[BaseException], made_by: type[BaseException], args: tuple[Any, ...]
) -> BaseException:
    """Make an exception as the built-in class would that it is derived from."""
    error = made_by.__new__(cls, *args)
    made_by.__init__(error, *args)
    return error


def set_exception(
    error: BaseException, state: tuple[dict[str, Any], dict[str, Any], TracebackType | None]
) -> None:
    """Give an exception its attributes, its links to other exceptions and its traceback."""
    attributes, links, error.__traceback__ = state
    vars(error).update(attributes)
    for name, value in links.items():
        setattr(error, name, value)


FAMILIES: list[tuple[type, Reducer]] = [(BaseException, reduce_exception)]
