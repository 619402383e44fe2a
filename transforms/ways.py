"""The ways out of a ``try``, which its ``finally`` goes on with when it is done.

CPython copies a ``finally`` block for each of them, and the copies cannot be told apart from
outside. Where a snapshot may be taken in the block, the way is kept in a variable:

    try: body            way = exc = None
    finally: final   =>  try:
                             try: body; way = None
                             except: way = None; exc = handled(); raise
                         finally:
                             try: final
                             finally: way = exc = None

with ``way = ("return", value)``, ``("break",)`` or ``("continue",)`` before a jump out of ``body``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from . import quoting
from .names import Names
from .scopes import Scope

_TEXTS: dict[type[ast.stmt], str] = {
    ast.Return: "return",
    ast.Break: "break",
    ast.Continue: "continue",
}
_LOOP = ast.For | ast.While | ast.AsyncFor


def keep_way(
    node: ast.Try, variables: tuple[str, str], names: Names, drop: list[ast.stmt]
) -> list[ast.stmt]:
    """Keep the way out of ``node``, which is changed, in ``variables``; ``drop`` forgets it."""
    way, exc = variables
    inner: list[ast.stmt] = node.body
    if node.handlers:
        inner = [ast.copy_location(ast.Try(node.body, node.handlers, node.orelse, []), node)]
    for block, index in reversed(list(_jumps(inner))):
        block[index : index + 1] = _noted(block[index], way, names)
    # The last line of the body, where all went well: no line of its own in a trace.
    node.body = quoting.statements(
        f"try:\n    body\n    {way} = None\nexcept:\n"
        f"    {way} = None\n    {exc} = {names.handled}()\n    raise",
        node,
        body=inner,
    )
    node.finalbody = quoting.statements(
        "try:\n    final\nfinally:\n    drop", node.finalbody[0], final=node.finalbody, drop=drop
    )
    node.handlers, node.orelse = [], []
    return [*quoting.statements(f"{way} = {exc} = None", node), node]


def keeps_way(node: ast.Try | ast.TryStar, way: str) -> bool:
    """Whether `keep_way` has changed ``node``, with that variable."""
    mentioned = (inner for part in node.finalbody for inner in ast.walk(part))
    return any(isinstance(inner, ast.Name) and inner.id == way for inner in mentioned)


def go_on(body: list[ast.stmt], variables: tuple[str, str]) -> list[ast.stmt]:
    """Statements that leave ``body`` as it was left when its ``finally`` began."""
    way, exc = variables
    kinds = {type(block[index]) for block, index in _jumps(body)}
    code = f"if {exc} is not None:\n    raise {exc}\n"
    for kind, text in _TEXTS.items():
        if kind in kinds:
            jump = f"{text} {way}[1]" if kind is ast.Return else text
            code += f"if {way} is not None and {way}[0] == {text!r}:\n    {jump}\n"
    return quoting.statements(code, body[0])


def _jumps(body: list[ast.stmt], in_loop: bool = False) -> Iterator[tuple[list[ast.stmt], int]]:
    """The jumps out of ``body``, each as a block and its index in it."""
    for index, node in enumerate(body):
        if isinstance(node, ast.Return) or (
            isinstance(node, ast.Break | ast.Continue) and not in_loop
        ):
            yield body, index
        elif not isinstance(node, Scope):
            for name, block in _blocks(node):
                inside = isinstance(node, _LOOP) and name == "body"
                yield from _jumps(block, in_loop or inside)


def _blocks(node: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    for name, value in ast.iter_fields(node):
        if not isinstance(value, list) or not value:
            continue
        if isinstance(value[0], ast.stmt):
            yield name, value
        elif isinstance(value[0], ast.excepthandler | ast.match_case):
            for inner in value:
                yield from _blocks(inner)


def _noted(jump: ast.stmt, way: str, names: Names) -> list[ast.stmt]:
    """``jump`` with ``way`` set before; the value of a ``return`` is evaluated first."""
    if not isinstance(jump, ast.Return):
        return [*quoting.statements(f"{way} = ({_TEXTS[type(jump)]!r},)", jump), jump]
    match jump.value:
        case ast.Subscript(value=ast.Name(id=other)) if names.is_generated(other):
            # The way out of a `try` inside this one.
            return [*quoting.statements(f"{way} = {other}", jump), jump]
    value = jump.value or ast.copy_location(ast.Constant(None), jump)
    begin = quoting.statements(f"{way} = ('return', value)", jump, value=value)
    jump.value = quoting.expression(f"{way}[1]", jump)
    return [*begin, jump]
