"""Class bodies: which of them can be resumed, and the code of the rest of one.

A class body keeps its variables in a namespace that the metaclass provides, and that will be the
attributes of the class. So generated names go when the body is done, and are not used at all in a
namespace that might take notice of them.
"""

from __future__ import annotations

import ast
import copy
import itertools
import opcode
from collections.abc import Iterator
from types import CodeType
from typing import Any

from . import quoting
from .markers import Boundary
from .names import Names
from .scopes import Scope, body_nodes


def unsupported_body(scope: ast.ClassDef) -> str:
    """What keeps a frame of this class body from being resumed; "" if nothing does."""
    if getattr(scope, "type_params", None):
        return "the body of a generic class"
    for node in body_nodes(scope):
        if type(node).__name__ == "TypeAlias" or getattr(node, "type_params", None):
            return "a class body with generic methods or type aliases"
        if "__class__" in _named_by(node):
            return "a class body that mentions `__class__`"
    return ""


def _named_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name


# -- the body of a fresh run ---------------------------------------------------------------


def plain_body(scope: ast.ClassDef, marked: set[Boundary]) -> tuple[ast.Module, set[Boundary]]:
    """A copy of the body of ``scope``, which shares its inner scopes, and what is marked in it."""
    inner = [node for node in body_nodes(scope) if isinstance(node, Scope)]
    memo: dict[int, Any] = {id(node): node for node in inner}
    body = copy.deepcopy(scope.body, memo)
    copies = {memo[id(node)] for node in body_nodes(scope) if node in marked}
    # The declarations of the other copy hold for the whole scope, and must come first.
    module = ast.Module(body, [])
    _WithoutDeclarations().visit(module)
    return module, copies


class _WithoutDeclarations(ast.NodeTransformer):
    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Global | ast.Nonlocal):
            return ast.copy_location(ast.Pass(), node)
        inner = isinstance(node, Scope) and not isinstance(node, ast.Module)
        return node if inner else self.generic_visit(node)


# class C: body   =>   class C: if plain(): body with generated names; tidy()
#                               else: body as written
def choose_body(scope: ast.ClassDef, plain: list[ast.stmt], names: Names) -> None:
    """Use the rewritten body where the namespace is no more than a dictionary."""
    if not any(names.is_made(name) for node in body_nodes(scope) for name in _named_by(node)):
        return
    start = 1 if ast.get_docstring(scope, clean=False) is not None else 0
    code = f"if {names.plain}():\n    body\n    {names.tidy}()\nelse:\n    plain"
    chosen = quoting.statements(code, scope, body=scope.body[start:], plain=plain[start:])
    scope.body[start:] = chosen


# -- the code of a residual program --------------------------------------------------------


def rest_of_body(
    body: list[ast.stmt], scope: ast.ClassDef, cells: list[str], names: Names
) -> list[ast.stmt]:
    """What the residual of a class body consists of: ``body``, in the namespace as it was.

    The compiler begins with the name of the class and the like, which may have been changed. The
    method goes at once; it mentions all cells, and lets `resumed_body` find a constant.
    """
    mentioned = "".join(f"{name}, " for name in cells)
    code = (
        f"def {names.static}(self): self.{names.static} = ({mentioned})\n"
        f"{names.state}.refill()\n"
        "body"
    )
    return quoting.statements(code, scope, body=body)


def resumed_body(code: CodeType, original: CodeType, names: Names) -> CodeType:
    """The code of the rest of a class body, to be called with the cells of the whole body.

    ``original`` is the code of the whole body, whose ``__static_attributes__`` it gets.
    """
    static = _static_attributes(original)
    constants = tuple(
        static if isinstance(one, tuple) and names.static in one else one for one in code.co_consts
    )
    return code.replace(
        co_code=_with_given_cells(code),
        co_consts=constants,
        co_cellvars=(),
        co_freevars=(*code.co_cellvars, *code.co_freevars),
    )


def _with_given_cells(code: CodeType) -> bytes:
    """The instructions of ``code``, which makes no cells of its own but is given them.

    The cells keep their places: those that are made come right before those that are given.
    """
    make, take = opcode.opmap["MAKE_CELL"], opcode.opmap["COPY_FREE_VARS"]
    count = len(code.co_cellvars) + len(code.co_freevars)
    changed = bytearray(code.co_code)
    places = [i for i in range(0, len(changed), 2) if changed[i] in {make, take}]
    for index, place in enumerate(places):
        changed[place : place + 2] = [opcode.opmap["NOP"], 0] if index else [take, count]
    return bytes(changed)


def _static_attributes(code: CodeType) -> object:
    """What the compiler found for ``__static_attributes__``, which Python 3.13 has."""
    import dis  # here, because few classes need it

    found: object = ()
    for before, after in itertools.pairwise(dis.get_instructions(code)):
        if after.opname == "STORE_NAME" and after.argval == "__static_attributes__":
            found = before.argval
    return found
