"""Tracebacks, as far as they can be printed: files, names, lines and carets, without variables.

The idea of frames that only carry a position is that of the package tblib. A position needs no more
of a code object than its table of locations.
"""

from __future__ import annotations

from collections.abc import Generator
from types import CodeType, FrameType, FunctionType, TracebackType

from autoresume.pickling.tables import Reducer
from autoresume.tracebacks import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

Entry = tuple[str, str, str, int, bytes, int, int]
"""File, name, qualified name, first line, table of locations, instruction and line."""


def _stub() -> Generator[None, None, None]:
    yield


_STUB = _stub.__code__


def entries_of(traceback: TracebackType | None) -> list[Entry]:
    """Describe a traceback, outermost frame first; frames of autoresume are left out."""
    entries: list[Entry] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(OURS):
            names = code.co_filename, code.co_name, code.co_qualname
            places = code.co_firstlineno, code.co_linetable
            entries.append((*names, *places, traceback.tb_lasti, traceback.tb_lineno))
        traceback = traceback.tb_next
    return entries


def make_traceback(entries: list[Entry]) -> TracebackType | None:
    """Make a traceback that is printed like the one described."""
    made: TracebackType | None = None
    for filename, name, qualname, firstlineno, linetable, lasti, lineno in reversed(entries):
        code = _STUB.replace(
            co_filename=filename,
            co_name=name,
            co_qualname=qualname,
            co_firstlineno=firstlineno,
            co_linetable=linetable,
        )
        made = TracebackType(made, _frame(code), lasti, lineno)
    return made


def _frame(code: CodeType) -> FrameType:
    """A frame of a generator that never begins: no other frame is kept with it."""
    generator: Any = FunctionType(code, {})()
    frame: FrameType = generator.gi_frame
    return frame


def reduce_traceback(traceback: TracebackType, pickler: Pickler) -> Any:
    """Reduce to what is printed of it."""
    return make_traceback, (entries_of(traceback),)


REDUCERS: dict[type, Reducer] = {TracebackType: reduce_traceback}
