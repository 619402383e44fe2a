"""``with`` whose managers may lead to a boundary when they are entered or left.

Python calls ``__exit__`` out of sight, and from several places. So the calls are written out, as
PEP 343 defines them; ``cm`` is None once the manager has been told of an exception:

    with a() as x:       cm = a(); call = enter_of(cm); call = call()
        body        =>   try:
                             try: x = call; body
                             except: call = leave_of(cm); cm = None
                                 if not call(*details()): raise
                         finally:
                             if cm is not None: call = leave_of(cm); call(None, None, None)
"""

from __future__ import annotations

import ast
import sys

from . import quoting
from .names import Names
from .positions import Numbering, Position
from .records import record

_ENTER, _LEAVE, _LEAVE_WITH, _HANDLER, _WHOLE = range(5)


@record
class Item:
    """One item of a ``with``, written out: what comes before the outer ``try``, and the two."""

    before: list[ast.stmt]
    outer: ast.Try
    inner: ast.Try


def write_out(
    node: ast.With, index: int, body: list[ast.stmt], numbering: Numbering, names: Names
) -> Item:
    """Write out one item of ``node`` around ``body``; its calls get positions of their own."""
    statement = numbering.places[node].statement
    manager, call = names.manager(statement, index), names.special(statement, index)
    value = node.items[index].context_expr
    at = value if sys.version_info >= (3, 13) else node  # where Python reports errors in the calls
    before = quoting.statements(
        f"{manager} = value\n{call} = {names.enter_of}({manager})\n"
        f"if {call} is None:\n    with {manager}:\n        pass\n"  # that raises the right error
        f"{call} = {call}()",
        at,
        value=value,
    )
    (outer,) = quoting.statements(
        "try:\n    try:\n        body\n"
        f"    except:\n        {call} = {names.leave_of}({manager})\n        {manager} = None\n"
        f"        if not {call}(*{names.details}()):\n            raise\n"
        f"finally:\n    if {manager} is not None:\n        {call} = {names.leave_of}({manager})\n"
        f"        {call}(None, None, None)",
        at,
        body=body,
    )
    assert isinstance(outer, ast.Try)
    inner = outer.body[0]
    assert isinstance(inner, ast.Try)
    handler = inner.handlers[0]
    known = {
        _ENTER: _call_in(before[-1]),
        _LEAVE: _call_in(outer.finalbody[0].body[-1]),  # type: ignore[attr-defined]
        _LEAVE_WITH: _call_in(handler.body[-1].test),  # type: ignore[attr-defined]
        _HANDLER: handler,
        _WHOLE: outer,
    }
    for kind, part in known.items():
        number = len(known) * index + kind + 1
        numbering.places[part] = Position(statement, -number)
        if isinstance(part, ast.Call):
            _set_apart(part, number, node, at)
    return Item(before, outer, inner)


def _call_in(node: ast.AST) -> ast.AST:
    """The outermost call in ``node``."""
    return next(part for part in ast.walk(node) if isinstance(part, ast.Call))


def _set_apart(call: ast.Call, number: int, node: ast.With, at: ast.stmt | ast.expr) -> None:
    """Give ``call`` a range that no call of the user's has: none begins with the statement."""
    call.lineno = call.end_lineno = at.lineno
    same_line = at.lineno == node.lineno
    call.col_offset = node.col_offset if same_line else max(at.col_offset - 1, 0)
    call.end_col_offset = call.col_offset + number
