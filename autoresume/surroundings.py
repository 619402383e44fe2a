"""What a resumable call shares with its process: arguments, closure and global variables.

Its arguments, and the variables of its closure, are the process's own objects: at a resume, they
are filled with their saved contents, and stay the objects that the caller has. Of the globals of
user modules, those are state that functions in the reach of the call mention and that the call has
changed; the others are the process's. Objects that cannot be filled in place are saved by value.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType

from autoresume.errors import SourceChanged, Unsaveable
from autoresume.pickling.anchors import StandIn
from autoresume.pickling.depth import deeply
from autoresume.pickling.named import resolves
from autoresume.pickling.pickler import Pickler
from autoresume.pickling.tables import CodeTable
from autoresume.program import namespace
from autoresume.transforms.hashing import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Place = tuple[str, ...]
"""``("argument", name)``, ``("cell", name)`` or ``("global", module, name)``."""

_MISSING = "missing"
_FIXED = (
    *(ModuleType, type, BuiltinFunctionType),
    *(type(None), bool, int, float, complex, str, bytes),
)


@dataclass
class Surroundings:
    """What one call shares with its process.

    ``values``: the objects at the places of arguments and closure. ``in_reach`` tells the globals
    that the call may use, and the names that it may assign outside of its functions.
    """

    values: dict[Place, Any]
    in_reach: Callable[[], tuple[set[tuple[str, str]], set[str]]]
    table: Any
    before: dict[Place, str | None] = field(default_factory=dict)
    at_start: dict[Place, Any] = field(default_factory=dict)

    def begin(self) -> None:
        """Note how everything is when the call begins."""
        for place, value in self.values.items():
            if not is_fillable(value):
                self.before[place] = self._digest(value)
        for place, value in self._globals():
            self.at_start[place] = value
            self.before[place] = self._digest(value)

    def live(self, place: Place) -> Any:
        """The object of this process at a place."""
        if place[0] == "global":
            return namespace(place[1]).get(place[2])
        return self.values[place]

    # -- capture -----------------------------------------------------------------------------

    def capture(self) -> tuple[dict[str, Any], list[StandIn]]:
        """The state of what is shared, and the objects that are not to be made anew.

        Raises `Unsaveable` for an argument that the call has changed and that cannot be filled.
        """
        contents: dict[Place, Any] = {}
        known = []
        for place, value in self.values.items():
            if is_fillable(value):
                contents[place] = contents_of(value)
                known.append(StandIn(value, live_object, place))
            elif self._digest(value) != self.before[place]:
                raise Unsaveable(
                    f"the call changes its argument {place[1]!r} in place, a "
                    f"{type(value).__qualname__}, which its caller would not see after a resume; "
                    "return it instead"
                )
        assigned: dict[Place, Any] = {}
        changed = set()
        taken = {id(stand_in.anchor) for stand_in in known}
        for place, value in self._globals():
            digest = self._digest(value)
            before = self.before.get(place, _MISSING)
            if digest != before or self._was_assigned(place, value):
                changed.add(place)
            if digest is None and place not in changed:
                known.append(StandIn(value, live_object, place))
            elif self._is_filled(place, value) and id(value) not in taken:
                taken.add(id(value))
                contents[place] = contents_of(value)
                known.append(StandIn(value, live_object, place))
            else:
                assigned[place] = value
        gone = [place for place in self.at_start if place[2] not in namespace(place[1])]
        state = {"contents": contents, "assigned": assigned, "changed": changed, "gone": gone}
        return state | {"before": self.before}, known

    def _is_filled(self, place: Place, value: object) -> bool:
        return is_fillable(value) and self.at_start.get(place) is value

    def _was_assigned(self, place: Place, value: object) -> bool:
        return place in self.at_start and self.at_start[place] is not value

    # -- resume ------------------------------------------------------------------------------

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Fill what is shared with what was saved, but for globals that have changed since."""
        before = saved["before"]
        for place, contents in saved["contents"].items():
            if self._is_state(place, saved):
                fill(self.live(place), contents, place)
        for place, value in saved["assigned"].items():
            if self._is_state(place, saved):
                namespace(place[1])[place[2]] = value
        for place in saved["gone"]:
            namespace(place[1]).pop(place[2], None)
        self.before |= before

    def _is_state(self, place: Place, saved: Mapping[str, Any]) -> bool:
        own = place[0] != "global" or place in saved["changed"]
        return own or self._digest(self.live(place)) == saved["before"].get(place)

    # -- globals -----------------------------------------------------------------------------

    def _globals(self) -> Iterator[tuple[Place, Any]]:
        mentioned, stored = self.in_reach()
        for module, name in sorted(mentioned):
            names = namespace(module)
            if name in names and (name in stored or is_data(names[name])):
                yield ("global", module, name), names[name]

    def _digest(self, value: Any) -> str | None:
        """A digest of the value as it would be saved; None if it cannot be."""
        try:
            return deeply(lambda: digest(value, self.table))
        except Exception:  # whatever the methods of its class raise
            return None


def digest(value: Any, table: CodeTable) -> str:
    """Return a digest of what a value is pickled as."""
    out = io.BytesIO()
    buffers: list[pickle.PickleBuffer] = []
    Pickler(out, buffers, table).dump(value)
    made = blake2b(out.getvalue(), digest_size=16)
    for buffer in buffers:
        made.update(buffer.raw())
    return made.hexdigest()


_active: list[Surroundings] = []


def live_object(place: Place) -> Any:
    """Return the object of this process that a snapshot refers to."""
    return _active[-1].live(place)


def loading(surroundings: Surroundings, load: Callable[[], Any]) -> Any:
    """Call ``load`` while stand-ins find the objects of ``surroundings``."""
    _active.append(surroundings)
    try:
        return load()
    finally:
        _active.pop()


def is_data(value: Any) -> bool:
    """Whether a global may change without being assigned: no atom, and found by no name."""
    if isinstance(value, FunctionType):
        return not resolves(value, value.__module__, value.__qualname__)
    return not isinstance(value, _FIXED)


# -- objects that are filled in place ------------------------------------------------------------


def is_fillable(value: Any) -> bool:
    """Whether an object can be brought into another state without making a new one."""
    kind = type(value)
    return kind in (list, dict, bytearray, deque, CellType) or is_array(value) or is_plain(value)


def is_array(value: Any) -> bool:
    """Whether this is an array of numpy that owns its data."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray and value.base is None


def is_plain(value: Any) -> bool:
    """Whether this is an instance of a class in Python that leaves pickling to `object`."""
    kind = type(value)
    named = ("__reduce__", "__reduce_ex__", "__getstate__")
    plain = all(getattr(kind, name) is getattr(object, name) for name in named)
    in_python = all(base.__flags__ & _MADE_BY_A_CLASS_STATEMENT for base in kind.__mro__[:-1])
    return plain and in_python and kind is not object and not hasattr(kind, "__setstate__")


_MADE_BY_A_CLASS_STATEMENT = 1 << 9


def contents_of(value: Any) -> Any:
    """What `fill` needs."""
    if isinstance(value, CellType):
        return cell_contents(value)
    if is_plain(value):
        state = object.__getstate__(value)
        named, slots = state if isinstance(state, tuple) else (state, None)
        return dict(named or {}), dict(slots or {})
    return value.copy()


def cell_contents(cell: CellType) -> tuple[Any, ...]:
    """The value of a cell, if it has one."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def fill(value: Any, contents: Any, place: Place) -> None:
    """Bring an object of this process into the state that was saved."""
    if isinstance(value, CellType):
        fill_cell(value, contents)
    elif is_plain(value) and isinstance(contents, tuple):
        fill_instance(value, *contents)
    elif type(value) is not type(contents) or not fill_container(value, contents):
        raise SourceChanged(f"{'.'.join(place[1:])} is another kind of object than in the snapshot")


def fill_cell(cell: CellType, contents: tuple[Any, ...]) -> None:
    """Give a variable of a closure its value, or none."""
    del cell.cell_contents
    for value in contents:
        cell.cell_contents = value


def fill_instance(value: Any, named: dict[str, Any], slots: dict[str, Any]) -> None:
    """Give an instance its attributes."""
    if hasattr(value, "__dict__"):
        vars(value).clear()
        vars(value).update(named)
    present = object.__getstate__(value)
    old = present[1] if isinstance(present, tuple) else {}
    for name in old.keys() - slots.keys():
        object.__delattr__(value, name)
    for name, item in slots.items():
        object.__setattr__(value, name, item)


def fill_container(value: Any, contents: Any) -> bool:
    """Fill a container or an array; False if it has another shape."""
    if isinstance(value, list | bytearray):
        value[:] = contents
    elif isinstance(value, dict):
        value.clear()
        value.update(contents)
    elif isinstance(value, deque):
        value.clear()
        value.extend(contents)
        return bool(value.maxlen == contents.maxlen)
    else:
        same = bool(value.shape == contents.shape and value.dtype == contents.dtype)
        if same:
            value[...] = contents
        return same
    return True
