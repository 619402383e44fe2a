"""What a capture has to know of the places where frames stand.

It is found out from models of the functions, see `autoresume.frames`. For the common case, a plain
function or module that stands at a boundary or has itself called the next one, it is plain data,
which is kept with the code: a process that starts again looks at its first stack without a model.
"""

from __future__ import annotations

import sys
from types import GeneratorType

from autoresume import hidden, rawframes
from autoresume.codeflags import CO_OPTIMIZED
from autoresume.errors import Unsaveable
from autoresume.hidden import Kept
from autoresume.reentry import check_manager, is_transparent
from autoresume.transforms.landmarks import Landmark
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CellType, CodeType, FrameType
    from typing import Any

    from autoresume.program import CodeName, Program, UserModule


Record = dict[str, "Any"]
"""One frame, as it is pickled: the keys of `Frames.place_of` and `Frames.variables`."""


class Needs(NamedTuple):
    """What the residual program of a frame needs, by name: of all frames that stand there.

    ``hidden``, ``managers`` and ``generated`` are hidden variables: those it cannot do without,
    context managers, and all in order. ``plain`` are those of the program, of which ``kept`` are
    needed; of variables with cells, those that are ``mentioned``, or ``everything``. ``reads``:
    the globals that the rest of a module itself may use; None: this is none.
    """

    hidden: set[str]
    managers: list[str]
    generated: list[str]
    plain: list[str]
    kept: set[str]
    mentioned: set[str]
    everything: bool
    reads: set[str] | None


def variables(
    needs: Needs,
    values: dict[str, Any],
    cells: dict[str, CellType],
    acts_at_its_end: Callable[[Any], bool],
) -> Record:
    """Those of ``values`` that are needed: plain variables under "locals", and "cells".

    ``values``: all variables of the frame, hidden ones included.
    """
    generated = {name: values[name] for name in needs.generated if name in values}
    if needs.reads is not None:
        return {"locals": generated, "cells": {}}
    plain = {
        name: values[name]
        for name in needs.plain
        if name in values
        if name in needs.kept or acts_at_its_end(values[name])
    }
    if not needs.everything:
        cells = {name: cell for name, cell in cells.items() if name in needs.mentioned}
    return {"locals": plain | generated, "cells": cells}


class Place(NamedTuple):
    """Where a frame stands that returns its value to the frame that called it.

    ``calls``: whether it has called the next frame; else it stands at a boundary. ``stack``: what
    lies on its value stack, where that is not among the variables. ``cells``: the variables with
    cells that are seen, and ``show`` the variable with the function that shows them, where they
    are not read from memory. All other parts are as in a record; `Needs` are a plain tuple.
    """

    calls: bool
    position: tuple[int, int | None]
    digest: str
    landmark: tuple[str, tuple[int, ...], int, int]
    needs: tuple[Any, ...]
    stack: list[tuple[Any, ...]] | None
    cells: list[str]
    show: str


class _Known(NamedTuple):
    """A place, with what its frames share: it is not to be changed."""

    place: Place
    about: Record
    needs: Needs
    kept: list[Kept] | None


class _Unknown(Exception):
    """Models of the functions have to be asked."""


class Stack:
    """Reads the stack at a boundary, as far as all places on it are known."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._known: dict[tuple[int, int], _Known] = {}
        self.main_reads: set[str] | None = None
        """After a capture: the globals that the rest of the script itself may use; None: any."""

    def capture(self, frame: FrameType, root: CodeType) -> list[Record] | None:
        """As `Frames.capture`; None where a place is not known, or something cannot be saved."""
        try:
            return self._records(frame, root)
        except (_Unknown, Unsaveable):
            return None

    def _records(self, frame: FrameType, root: CodeType) -> list[Record]:
        records: list[Record] = []
        inner: FrameType | None = None
        while frame.f_code is not root:
            if not is_transparent(frame):
                records.append(self._record(frame, inner))
                inner = frame
            if frame.f_back is None:
                raise _Unknown
            frame = frame.f_back
        return records[::-1]

    def _record(self, frame: FrameType, inner: FrameType | None) -> Record:
        key = id(frame.f_code), frame.f_lasti
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._found(frame)
        is_entered = inner is not None and rawframes.is_called_directly(inner, frame)
        if known.place.calls != (inner is not None) or known.place.calls != is_entered:
            raise _Unknown
        return known.about | self._variables(frame, known)

    def _found(self, frame: FrameType) -> _Known:
        module, name = self._named(frame.f_code)
        found = module.compiled.places.get((*name[1:], frame.f_lasti))
        if found is None:
            raise _Unknown
        place = Place(*found)
        about: Record = {
            "code": name,
            "function": frame.f_code.co_name,
            "file": module.filename,
            "line": frame.f_lineno,
            "digest": place.digest,
            "position": place.position,
            "landmark": Landmark(*place.landmark),
            "link": "return",
            "callee": None,
        }
        kept = None if place.stack is None else [Kept(*one) for one in place.stack]
        return _Known(place, about, Needs(*place.needs), kept)

    def _named(self, code: CodeType) -> tuple[UserModule, CodeName]:
        for module in self.program.compiled():
            name = module.names.get(id(code))
            if name is not None:
                return module, name
        raise _Unknown

    def _variables(self, frame: FrameType, known: _Known) -> Record:
        needs, values = known.needs, values_of(frame)
        if known.kept is not None:
            below = hidden.of_frame(frame, known.kept, values)
            if below is None:
                raise _Unknown
            values |= below
        if not values.keys() >= needs.hidden:
            raise _Unknown
        for name in needs.managers:
            if values.get(name) is not None:
                check_manager(values[name], self.program.user_modules)
        if needs.reads is not None:
            # The script comes last, after modules that it is importing.
            self.main_reads = None if needs.everything else needs.reads
        return variables(needs, values, _cells(frame, known.place, values), self._acts_at_its_end)

    def _acts_at_its_end(self, value: object) -> bool:
        if type(value) is GeneratorType and value.gi_frame is not None:
            raise _Unknown
        return has_finalizer(value, self.program)


def _cells(frame: FrameType, place: Place, values: dict[str, Any]) -> dict[str, CellType]:
    if not place.cells:
        return {}
    if place.stack is not None:
        found = rawframes.cells(frame)
    else:
        show = values[place.show]
        found = dict(zip(show.__code__.co_freevars, show.__closure__ or (), strict=True))
    return {name: found[name] for name in place.cells}


def has_finalizer(value: object, program: Program) -> bool:
    """Whether a class of the program's does something when an object goes."""
    kind = type(value)
    return kind.__module__ in program.user_modules and hasattr(kind, "__del__")


def values_of(frame: FrameType) -> dict[str, Any]:
    """The variables of a frame, without the copy that Python before 3.13 keeps of them."""
    shown = frame.f_locals
    values = dict(shown)
    in_function = frame.f_code.co_flags & CO_OPTIMIZED
    # Two references are the frame's and ours, one is the count's: nobody called `locals()`.
    if sys.version_info < (3, 13) and in_function and sys.getrefcount(shown) <= 3:
        shown.clear()
    return values


def record_place(record: Record) -> str:
    """Where a frame stood, for messages."""
    return f"{record['file']}:{record['line']} in {record['function']}"
