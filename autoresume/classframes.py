"""Class bodies on the stack: what is saved of them, and which of them can be."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterator
from types import FrameType

from autoresume.lookup import Mismatch, Unknown, value_of, without_descriptors
from autoresume.transforms import Function
from autoresume.transforms.classes import unsupported_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_body(frame: FrameType, function: Function) -> None:
    """Raise `Mismatch` if ``frame`` runs a class body that cannot be resumed."""
    scope = function.scope
    if not isinstance(scope, ast.ClassDef):
        return
    reason = unsupported_body(scope)
    if reason:
        raise Mismatch(
            f"a boundary inside {reason} cannot be resumed yet; move the call or loop before it"
        )
    kind = type(frame.f_locals)
    if kind is not dict:
        raise Mismatch(
            f"the body of class {scope.name} runs in a {kind.__module__}.{kind.__qualname__}, "
            "which cannot be restored; move the call or loop before the class"
        )


def namespace_of(frame: FrameType, function: Function) -> dict[str, Any]:
    """What a class body has assigned so far; raises `Mismatch` if that is in use elsewhere."""
    namespace = frame.f_locals
    # Not even a variable that holds `locals()`: the namespace itself does not come back.
    if gc.get_referrers(namespace):
        raise Mismatch(
            f"something keeps the namespace of class {function.code.co_name}, such as `locals()` "
            "in a variable, while its body reaches a boundary; that cannot be resumed"
        )
    names = function.module.names
    return {name: value for name, value in namespace.items() if not names.is_generated(name)}


def check_header(node: ast.ClassDef, frame: FrameType, is_known: Callable[[Any], bool]) -> None:
    """Raise `Mismatch` if the bases of a class would run code of the user's once more."""
    for base in _bases(node, frame):
        method = without_descriptors(base, "__mro_entries__")
        method = getattr(method, "__func__", method)
        if not isinstance(base, type) and is_known(getattr(method, "__code__", None)):
            raise Mismatch(
                f"class {node.name} has a base with an `__mro_entries__` of its own, so its body "
                "cannot be resumed in the middle; move the call or loop before the class"
            )


def _bases(node: ast.ClassDef, frame: FrameType) -> Iterator[Any]:
    for base in node.bases:
        try:
            if isinstance(base, ast.Starred):
                yield from value_of(base.value, frame)
            else:
                yield value_of(base, frame)
        except Unknown:
            raise Mismatch(_UNSEEN) from None


_UNSEEN = (
    "the body of this class was not seen to lead to a boundary, so its bases were not kept; "
    "call the function by its name"
)
