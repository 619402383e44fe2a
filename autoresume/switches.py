"""The jumps in marked loops, switched while the program runs.

`autoresume.transforms.jumps` compiles a check to a jump; here its distance is written to where the
interpreter reads it. Whether that works is tried once, and done on no other Python than those where
it is known. Code that nobody switches asks at each boundary, and is told that nothing is due.
"""

from __future__ import annotations

import ctypes
import sys
from types import CodeType

from autoresume.transforms.codes import all_codes
from autoresume.transforms.jumps import Jump, jumps, with_jumps
from autoresume.transforms.names import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INSTRUCTIONS = CodeType.__basicsize__


class Switches:
    """All jumps of a process; ``due``: whether they lead to the boundary."""

    def __init__(self) -> None:
        self._due = True
        self._watched: dict[int, CodeType] = {}
        self._places: list[tuple[ctypes.c_ubyte, int, int]] = []

    def watch(self, code: CodeType, names: Names) -> None:
        """Switch the jumps of ``code``, and of all code inside of it, from now on."""
        for one in all_codes(code):
            if names.boundary in one.co_names and id(one) not in self._watched:
                self._watched[id(one)] = one
                # Python keeps what it shows of the code: copies of it are made as it is now.
                self._places += [_place(one, jump) for jump in jumps(one)]
        self.set(self._due)

    def set(self, due: bool) -> None:
        """Lead all jumps to the boundary, or past it."""
        # First, for what another thread is about to watch.
        self._due = due
        for place, to_call, past_call in self._places:
            place.value = to_call if due else past_call


def _place(code: CodeType, jump: Jump) -> tuple[ctypes.c_ubyte, int, int]:
    address = id(code) + _INSTRUCTIONS + jump.offset
    return ctypes.c_ubyte.from_address(address), jump.to_call, jump.past_call


SWITCHES = Switches()

_TRIED = """\
def count(items):
    for _ in items:
        if due is not None:
            boundary()
"""
_MANY = 6000
"""Iterations after which an interpreter that compiles further has done so."""


def _is_switchable() -> bool:
    """Whether a loop that is running does what its jump says."""
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 14):
        return False
    names = Names("")
    switches, called = Switches(), []
    scope: dict[str, Any] = {"due": None, "boundary": lambda: called.append(True)}
    code = with_jumps(compile(_TRIED, __file__, "exec", dont_inherit=True), names)
    exec(code, scope)
    switches.watch(code, names)
    count = scope["count"]
    if sum(len(list(jumps(one))) for one in all_codes(code)) != 1:
        return False

    def items() -> Any:
        yield from range(_MANY)
        switches.set(True)
        yield from range(3)
        switches.set(False)
        yield from range(3)

    switches.set(False)
    count(range(_MANY))
    before = len(called)
    count(items())
    return before == 0 and len(called) == 3


IS_SWITCHABLE = _is_switchable()
"""Whether jumps can be switched on this Python."""
