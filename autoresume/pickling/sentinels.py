"""Objects that are nothing but themselves: the ``_missing = object()`` of a library.

Libraries compare with ``is``, so such an object must come back as the one that the library has. It
is found by the name of the global that holds it.
"""

from __future__ import annotations

import sys

from autoresume.pickling.anchors import attribute
from autoresume.pickling.named import resolves
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

_found: dict[int, tuple[str, str]] = {}
"""Where sentinels have been found, by their ``id``."""


def reduce_sentinel(sentinel: object, pickler: Pickler) -> Any:
    """Reduce to the global of a module that is not the user's, or else to a new object."""
    place = place_of(sentinel, pickler)
    return (object, ()) if place is None else (attribute, place)


def place_of(sentinel: object, pickler: Pickler) -> tuple[str, str] | None:
    """Return the module and the name of a global that is `sentinel`; not one of the user's."""
    place = _found.get(id(sentinel))
    if place is None or not resolves(sentinel, *place):
        place = _place(sentinel, pickler.user_modules)
        if place is not None:
            _found[id(sentinel)] = place
    return place


def _place(sentinel: object, user_modules: frozenset[str]) -> tuple[str, str] | None:
    """The module and the name of a global that is ``sentinel``."""
    for module, loaded in list(sys.modules.items()):
        if module not in user_modules:
            for name, value in list(getattr(loaded, "__dict__", {}).items()):
                if value is sentinel:
                    return module, name
    return None


REDUCERS: dict[type, Reducer] = {object: reduce_sentinel}
