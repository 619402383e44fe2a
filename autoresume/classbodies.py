"""Class bodies on the stack: what is saved of them, and how they go on.

A class statement calls ``__build_class__``, which gets a namespace from the metaclass, runs the
body in it, and calls the metaclass. To go on with a body it is called again, with the rest of the
body and in place of the metaclass something that provides the namespace as it was.
"""

from __future__ import annotations

import ast
import builtins
import functools
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, FunctionType
from typing import Any

from autoresume.lookup import Mismatch, Unknown, value_of, without_descriptors
from autoresume.transforms import Function
from autoresume.transforms.classes import unsupported_body
from autoresume.transforms.records import field, record

# -- capture -------------------------------------------------------------------------------


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


# -- resume --------------------------------------------------------------------------------


@record
class ClassBody:
    """The rest of a class body: a function without parameters, and what its namespace holds.

    ``state`` is the name by which the function finds this object.
    """

    function: FunctionType
    state: str
    values: dict[str, Any]
    namespace: dict[str, Any] = field(default_factory=dict)

    def prepared(self) -> dict[str, Any]:
        """The namespace for the body to begin in."""
        self.namespace[self.state] = self
        return self.namespace

    def refill(self) -> None:
        """Make the namespace what it was."""
        self.namespace.clear()
        self.namespace.update(self.values)

    def forget(self, names: Iterable[str]) -> None:
        """Leave the namespace to the body, without the variables that brought it back."""
        for name in names:
            self.namespace.pop(name, None)
        self.namespace, self.values = {}, {}


def class_again(body: ClassBody, name: str, /, *bases: Any, **given: Any) -> Callable[[], Any]:
    """What makes the class when it is called, without a frame between it and the body."""
    metaclass: Any = functools.partial(type)

    def prepare(name: str, bases: tuple[Any, ...], /, **options: Any) -> dict[str, Any]:
        # From here on it is the metaclass: no frame must stand between that and the program.
        metaclass.__setstate__((_metaclass_of(bases, given), (), {}, {}))
        return body.prepared()

    metaclass.__prepare__ = prepare
    given_else = given | {"metaclass": metaclass}
    return functools.partial(builtins.__build_class__, body.function, name, *bases, **given_else)


def _metaclass_of(bases: tuple[Any, ...], given: dict[str, Any]) -> Any:
    """The metaclass of a class, as Python determines it."""
    found = given.get("metaclass") or (type(bases[0]) if bases else type)
    if not isinstance(found, type):
        return found
    for base in bases:
        if issubclass(type(base), found):
            found = type(base)
    return found


def is_plain() -> bool:
    """Whether the class body that calls this runs in a dictionary that is no more than that."""
    return type(sys._getframe(1).f_locals) is dict


def tidy(prefix: str) -> None:
    """Take the names with ``prefix`` out of the namespace of the class body that calls this."""
    namespace = sys._getframe(1).f_locals
    for name in [name for name in namespace if name.startswith(prefix)]:
        del namespace[name]
