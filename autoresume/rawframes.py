"""What CPython keeps of a frame and does not show, read from memory.

The places have been the same from Python 3.11 to 3.13; whether they are is tried once. Python has
no other way from a running frame to its value stack, its cells, or the generator that it runs.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from types import CellType, CodeType, FrameType, GeneratorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_POINTER = ctypes.sizeof(ctypes.c_void_p)
_PREVIOUS = (6 if sys.version_info < (3, 12) else 1) * _POINTER
_DEPTH = 8 * _POINTER
_SLOTS = 9 * _POINTER
_UNKNOWN = -1

NULL: Any = type("NULL", (), {})()
"""Stands for a slot that holds nothing."""


def generator_of(frame: FrameType) -> GeneratorType[Any, Any, Any]:
    """The generator that ``frame`` runs."""
    generator = ctypes.cast(_data(frame) - _OFFSET, ctypes.py_object).value
    assert generator.gi_frame is frame
    return generator  # type: ignore[no-any-return]


def is_called_directly(inner: FrameType, frame: FrameType) -> bool:
    """Whether an instruction of ``frame`` has begun ``inner`` itself, without any C in between."""
    previous = ctypes.c_void_p.from_address(_data(inner) + _PREVIOUS).value
    return previous == _data(frame) and _depth(frame) != _UNKNOWN


def stack(frame: FrameType, depth: int) -> list[Any] | None:
    """The ``depth`` lowest slots of the value stack, from the bottom up.

    Empty ones are `NULL`. None where it is known that the stack has another depth; where it is not
    known, no more may be asked for than there is: what lies above is no object any more.
    """
    first, known = len(fast_names(frame.f_code)), _depth(frame)
    if known not in (_UNKNOWN, first + depth):
        return None
    return [_slot(frame, first + index) for index in range(depth)]


def cells(frame: FrameType) -> dict[str, CellType]:
    """The cells of a frame by the names of their variables."""
    code = frame.f_code
    shared = {*code.co_cellvars, *code.co_freevars}
    names = enumerate(fast_names(code))
    return {name: _slot(frame, index) for index, name in names if name in shared}


def fast_names(code: CodeType) -> list[str]:
    """The names of the variables of a frame in the order in which it holds them."""
    own_cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    return [*code.co_varnames, *own_cells, *code.co_freevars]


def _data(frame: FrameType) -> int:
    """The address of what the interpreter keeps of a frame; of a generator's, a part of that."""
    pointer = ctypes.c_void_p.from_address(id(frame) + object.__basicsize__ + _POINTER)
    return pointer.value or 0


def _depth(frame: FrameType) -> int:
    """How many slots are in use, variables included; `_UNKNOWN` below a call of C."""
    return ctypes.c_int.from_address(_data(frame) + _DEPTH).value


def _slot(frame: FrameType, index: int) -> Any:
    address = _data(frame) + _SLOTS + index * _POINTER
    if not ctypes.c_void_p.from_address(address).value:
        return NULL
    return ctypes.py_object.from_address(address).value


def _offset() -> int:
    generator: Any = (None for _ in ())
    return _data(generator.gi_frame) - id(generator)


_OFFSET = _offset()


def _is_readable() -> bool:
    """Whether a frame that is known shows what it must hold."""
    operand, cell_content = object(), object()

    def called() -> bool:
        inner = sys._getframe()
        outer = inner.f_back
        assert outer is not None
        return (
            is_called_directly(inner, outer)
            and stack(outer, 2) == [operand, "second"]
            and cells(outer)["kept"].cell_contents is cell_content
        )

    def calling(kept: object, call: Callable[[], bool]) -> Any:
        return operand, "second", call(), lambda: kept

    return sys.implementation.name == "cpython" and bool(calling(cell_content, called)[2])


IS_READABLE = sys.version_info < (3, 14) and _is_readable()
"""Whether the value stack of running frames can be read on this Python."""
