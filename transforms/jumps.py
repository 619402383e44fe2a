"""The check in marked loops as a single jump.

Python compiles the check to a look at the flag and a conditional jump. Here both become a jump
without a condition, whose distance the runtime changes when a snapshot is due. Where the code is
another one than is known here, it stays as it was compiled.
"""

from __future__ import annotations

import itertools
import opcode
import operator
import sys
from collections.abc import Iterator
from types import CodeType

from .names import Names
from .records import NamedTuple

_CODE = opcode.opmap
_LOAD_NAME, _LOAD_GLOBAL = _CODE["LOAD_NAME"], _CODE["LOAD_GLOBAL"]
_FORWARD = "FORWARD_" if sys.version_info < (3, 12) else ""
_IF_NONE = _CODE.get(f"POP_JUMP_{_FORWARD}IF_NONE")
_TESTS = {_IF_NONE, _CODE.get(f"POP_JUMP_{_FORWARD}IF_NOT_NONE")}
_EXTENDED_ARG, _JUMP, _NOP = _CODE["EXTENDED_ARG"], _CODE["JUMP_FORWARD"], _CODE["NOP"]
_UNIT = 2
_FARTHEST = 255


class Jump(NamedTuple):
    """A jump in place of a check: the offset of its distance in the code, in bytes.

    ``to_call`` and ``past_call`` are its distances: to the call of the boundary, and past it.
    """

    offset: int
    to_call: int
    past_call: int


# if due is not None: boundary()   =>   jump past_call; boundary()
def with_jumps(code: CodeType, names: Names) -> CodeType:
    """``code``, and all code inside of it, with jumps for checks.

    They go to the call as long as nobody changes them, so also in copies that a program makes of
    the code: there the boundary itself finds out that nothing is due.
    """
    constants = tuple(
        with_jumps(constant, names) if isinstance(constant, CodeType) else constant
        for constant in code.co_consts
    )
    text = _with_jumps(code, names.due) if names.due in code.co_names else code.co_code
    if text == code.co_code and all(map(operator.is_, constants, code.co_consts)):
        return code
    return code.replace(co_consts=constants, co_code=text)


def _with_jumps(code: CodeType, flag: str) -> bytes:
    found = bytearray(code.co_code)
    for look, test in _pairs(code, flag):
        on, away = test.end - look.start - 1, test.end + test.argument - look.start - 1
        if not _looks_at(look, code, flag) or test.operation not in _TESTS or away > _FARTHEST:
            continue
        # Where an iteration ends with the check, what comes next is the jump back.
        to_call, past_call = (on, away) if test.operation == _IF_NONE else (away, on)
        # The distance that is not in force is kept beside the one that is, where it means nothing.
        units = [(_JUMP, to_call), (_NOP, past_call), *[(_NOP, 0)] * (on - 1)]
        found[look.start * _UNIT : test.end * _UNIT] = bytes(
            byte for unit in units for byte in unit
        )
    return bytes(found)


def _pairs(code: CodeType, flag: str) -> Iterator[tuple[_Instruction, _Instruction]]:
    """Instructions that may look at the flag, each with the next one."""
    operations, name = code.co_code[::_UNIT], code.co_names.index(flag)
    for operation, argument in ((_LOAD_NAME, name), (_LOAD_GLOBAL, name << 1)):
        start = operations.find(operation)
        while start >= 0:
            if code.co_code[start * _UNIT + 1] == argument & 0xFF:
                first = start
                while first and operations[first - 1] == _EXTENDED_ARG:
                    first -= 1
                look, test = itertools.islice(_instructions(code.co_code, first), 2)
                yield look, test
            start = operations.find(operation, start + 1)


def as_switched_off(code: CodeType) -> bytes:
    """The bytes of ``code`` alone, as if nothing was due."""
    found = bytearray(code.co_code)
    for jump in jumps(code):
        found[jump.offset] = jump.past_call
    return bytes(found)


def jumps(code: CodeType) -> Iterator[Jump]:
    """The jumps that `with_jumps` has put into ``code`` itself."""
    operations, arguments = code.co_code[::_UNIT], code.co_code[1::_UNIT]
    place = operations.find(_NOP, 1)
    while place >= 0:
        # Nothing else has an argument for an instruction that does nothing.
        if arguments[place] and operations[place - 1] == _JUMP:
            yield Jump(place * _UNIT - 1, arguments[place - 1], arguments[place])
        place = operations.find(_NOP, place + 1)


class _Instruction(NamedTuple):
    """``start`` and ``end`` in units of the code: from its prefixes to behind its caches."""

    operation: int
    argument: int
    start: int
    end: int


def _instructions(code: bytes, index: int) -> Iterator[_Instruction]:
    """The instructions from a place in the code on, which is given in units."""
    operations, arguments = code[::_UNIT], code[1::_UNIT]
    while index < len(operations):
        start, argument = index, 0
        while operations[index] == _EXTENDED_ARG:
            argument = (argument | arguments[index]) << 8
            index += 1
        operation, argument = operations[index], argument | arguments[index]
        index += 1
        while index < len(operations) and operations[index] == _CACHE:
            index += 1
        yield _Instruction(operation, argument, start, index)


_CACHE = 0


def _looks_at(look: _Instruction, code: CodeType, flag: str) -> bool:
    if look.operation == _LOAD_GLOBAL:
        pushes_null = look.argument & 1
        return not pushes_null and code.co_names[look.argument >> 1] == flag
    return look.operation == _LOAD_NAME and code.co_names[look.argument] == flag
