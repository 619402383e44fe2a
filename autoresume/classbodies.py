"""Class bodies on the stack: how they go on.

A class statement calls ``__build_class__``, which gets a namespace from the metaclass, runs the
body in it, and calls the metaclass. To go on with a body it is called again, with the rest of the
body and in place of the metaclass something that provides the namespace as it was.
"""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Callable, Iterable
from types import FunctionType

from autoresume.transforms.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
