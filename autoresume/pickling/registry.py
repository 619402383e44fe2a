"""Types that a program, or a library, has told how to save and load.

This file is imported by programs that only tell, so it imports next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autoresume.errors import AutoresumeError, Unsaveable, UsageError
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from autoresume.pickling.pickler import Pickler
    from autoresume.pickling.tables import Reducer

    Registered = TypeVar("Registered")
    Saved = TypeVar("Saved")


WITHOUT_REDUCER = (type(None), bool, int, float, complex, str, bytes, bytearray)
WITHOUT_REDUCER += (list, tuple, dict, set, frozenset)  # type: ignore[assignment]
"""Types that pickle saves without asking anybody."""


class Entry(NamedTuple):
    """How a type is saved and loaded."""

    save: Callable[[Any], Any]
    load: Callable[[Any], Any]
    subclasses: bool


registered: dict[type, Entry] = {}


class NotLoaded(AutoresumeError):
    """An object of a registered type could not be loaded."""


def register(
    type: type[Registered],
    save: Callable[[Registered], Saved],
    load: Callable[[Saved], Registered],
    *,
    subclasses: bool = False,
) -> None:
    """Tell how objects of a type are saved in snapshots and by `autoresume.pickling`.

    ``save(obj)`` returns anything that can be saved, such as a path, a dict or a tuple of other
    objects. ``load(value)`` returns an object like the one that was saved; it is called when a
    snapshot is loaded, with the complete value, and once for an object that is referred to from
    several places. The program goes on with what it has registered when it is resumed.

    ``save`` may be called more than once for a snapshot, and changes nothing. The value that it
    returns cannot contain the object itself.

    Args:
        type: a class; what was registered for it before, or is built in for it, no longer holds.
        save: a function of the script, of a module, or of a library.
        load: likewise; it may use the functions, classes, modules and plain values that the
            script has at its top level.
        subclasses: whether this is also for classes derived from ``type`` that have no entry of
            their own.

    Raises: `UsageError` where that cannot work.
    """
    if not isinstance(type, _TYPE):
        raise UsageError(f"register takes a class, not {type!r}")
    if type in WITHOUT_REDUCER or issubclass(type, _TYPE):
        raise UsageError(f"register: a {type.__qualname__} is saved by what it holds")
    if not callable(save) or not callable(load):
        raise UsageError(f"register({type.__qualname__}): save and load are to be functions")
    registered[type] = Entry(save, load, subclasses)


_TYPE = type


def entry_of(cls: type) -> Entry | None:
    """Return how instances of a class are saved, if it or an ancestor of it was registered."""
    for ancestor in cls.__mro__:
        entry = registered.get(ancestor)
        if entry is not None and (ancestor is cls or entry.subclasses):
            return entry
    return None


def reducer_of(cls: type) -> Reducer | None:
    """Return the reducer of a registered class."""
    entry = entry_of(cls)
    if entry is None:
        return None

    def reduce_registered(obj: Any, pickler: Pickler) -> Any:
        """Reduce an object to what `save` has made of it."""
        if id(obj) in pickler.underway:
            raise Unsaveable(
                f"what {name_of(entry.save)} returns leads back to the object itself; let it "
                "return a value that does not"
            )
        pickler.underway[id(obj)] = obj  # kept, so that no other object has its `id`
        return loaded, (entry.load, saved(obj, entry), f"{cls.__module__}.{cls.__qualname__}")

    return reduce_registered


def saved(obj: Any, entry: Entry) -> Any:
    """Return what `save` makes of an object."""
    try:
        return entry.save(obj)
    except Unsaveable:
        raise
    except Exception as error:
        raise Unsaveable(failure(entry.save, error)) from error


def loaded(load: Callable[[Any], Any], value: Any, kind: str) -> Any:
    """Return what `load` makes of a value."""
    try:
        return load(value)
    except Exception as error:
        raise NotLoaded(f"{kind} cannot be loaded: {failure(load, error)}") from error


@contextmanager
def loading(variable: str) -> Iterator[None]:
    """Say which variable it was that could not be loaded."""
    try:
        yield
    except NotLoaded as error:
        raise NotLoaded(f"{variable}: {error}") from error.__cause__


def failure(function: Any, error: Exception) -> str:
    """Return what has gone wrong in a function that was registered."""
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return f"{name_of(function)} has failed with {text}"


def name_of(function: Any) -> str:
    """Return what a function is called."""
    return getattr(function, "__qualname__", None) or repr(function)


def restore(entries: dict[type, Entry]) -> None:
    """Register what a snapshot says, and the process has not registered by itself."""
    for cls, entry in entries.items():
        registered.setdefault(cls, Entry(*entry))
