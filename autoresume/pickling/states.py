"""Objects that the program rebuilds and that are then filled with a state.

This file is imported by programs that only tell, so it imports next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from autoresume.errors import Unsaveable, UsageError
from autoresume.pickling import registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from autoresume.pickling.rebuilt import Rebuilt

    Registered = TypeVar("Registered")
    State = TypeVar("State")

Fill = tuple["Any", Callable[["Any", "Any"], object], "Any"]
"""An object that was rebuilt, what fills it, and with what."""

NOT_MADE = (
    "it is filled when it has been rebuilt: mark the assignment of its variable with "
    "`# checkpoint: rebuild`, or give register_state a make="
)


def register_state(
    type: type[Registered],
    get_state: Callable[[Registered], State],
    set_state: Callable[[Registered, State], object],
    *,
    make: Callable[[], Registered] | None = None,
    subclasses: bool = False,
) -> None:
    """Tell how objects are filled that are rebuilt when a snapshot is loaded.

    ``get_state(obj)`` returns anything that can be saved, but what leads back to ``obj``. At a
    load, ``obj`` is made anew, by its assignment that is marked ``# checkpoint: rebuild`` or by
    ``make()``, and then ``set_state(obj, state)`` is called. The program goes on with what it has
    registered when it is resumed.

    Objects with the methods ``state_dict`` and ``load_state_dict``, such as torch's, need no entry
    where they are rebuilt.

    Args:
        type: a class.
        get_state: a function of the script, of a module, or of a library; it changes nothing.
        set_state: likewise. For what is rebuilt by its assignment, it is called when everything
            else is loaded.
        make: likewise; needed where an object is not the value of a variable that is rebuilt.
        subclasses: as in `autoresume.register`.

    Raises: `UsageError` where that cannot work.
    """
    if not all(map(callable, (get_state, set_state, make or list))):
        called = f"register_state({type.__qualname__})"
        raise UsageError(f"{called}: get_state, set_state and make are to be functions")
    save, load = Kept(get_state, make is not None), Filled(make, set_state)
    registry.register(type, save, load, subclasses=subclasses)


class Kept:
    """Gets the state of an object that can be made again."""

    def __init__(self, get_state: Callable[[Any], Any], is_made: bool) -> None:
        self.get_state = get_state
        self.is_made = is_made
        self.__qualname__ = registry.name_of(get_state)

    def __call__(self, obj: Any) -> Any:
        """Return the state."""
        if not self.is_made:
            raise Unsaveable(NOT_MADE)
        return self.get_state(obj)


class Filled:
    """Makes an object and fills it."""

    def __init__(
        self, make: Callable[[], Any] | None, set_state: Callable[[Any, Any], object]
    ) -> None:
        self.make = make
        self.set_state = set_state
        self.__qualname__ = registry.name_of(set_state)

    def __call__(self, state: Any) -> Any:
        """Return the object."""
        assert self.make is not None
        obj = self.make()
        self.set_state(obj, state)
        return obj


def fills(rebuilds: Iterable[Rebuilt]) -> Iterator[Fill]:
    """Yield what the values that statements make again are to be filled with."""
    for one in rebuilds:
        for name, value in one.values.items():
            try:
                yield from fill_of(value)
            except Unsaveable as error:
                raise Unsaveable(f"{one.where}: {name}: {error}") from error


def fill_of(value: Any) -> Iterator[Fill]:
    """Yield what an object is to be filled with, if it has a state of its own."""
    entry = registry.entry_of(type(value))
    if entry is not None and isinstance(entry.save, Kept) and isinstance(entry.load, Filled):
        state = registry.saved(value, entry._replace(save=entry.save.get_state))
        yield value, entry.load.set_state, state
    elif entry is None and has_state_dict(type(value)):
        yield value, load_state_dict, value.state_dict()


def has_state_dict(cls: type) -> bool:
    """Tell whether a class has the methods by which torch saves and loads."""
    return all(callable(getattr(cls, name, None)) for name in ("state_dict", "load_state_dict"))


def load_state_dict(obj: Any, state: Any) -> None:
    """Fill an object with what its `state_dict` has returned."""
    obj.load_state_dict(state)


def fill(found: Iterable[Fill]) -> None:
    """Fill objects that have been rebuilt."""
    for obj, set_state, state in found:
        try:
            set_state(obj, state)
        except Exception as error:
            kind = f"{type(obj).__module__}.{type(obj).__qualname__}"
            reason = registry.failure(set_state, error)
            raise registry.NotLoaded(f"{kind} cannot be filled: {reason}") from error
