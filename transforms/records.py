"""Classes of a few attributes, as those of `dataclasses` and `typing`, that are made in no time.

`dataclass` writes and compiles source for each class, a quarter of a millisecond each time that a
program starts, and to load `typing` takes two.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, dataclass_transform
    from typing import NamedTuple as NamedTuple

    Class = TypeVar("Class", bound=type)
    Instance = TypeVar("Instance")
else:
    from _collections import _tuplegetter

    def dataclass_transform(**_):
        """Tell nothing to those who check types, since none is here."""
        return lambda function: function

    class _Named(type):
        def __new__(cls, name, bases, space):
            fields = tuple(space.get("__annotations__", ()))
            defaults = {field: space.pop(field) for field in fields if field in space}
            getters = {field: _tuplegetter(i, None) for i, field in enumerate(fields)}
            about = {"__slots__": (), "__match_args__": fields, "_fields": fields}
            return type.__new__(
                cls, name, bases, space | getters | about | {"_field_defaults": defaults}
            )

    class NamedTuple(tuple, metaclass=_Named):
        """As `typing.NamedTuple`; a class of its own, which is not written and compiled."""

        def __new__(cls, /, *values, **named):
            """Make one of the values of its fields."""
            if named or len(values) != len(cls._fields):
                values = cls._completed(values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _make(cls, values):
            return cls(*values)

        @classmethod
        def _completed(cls, values, named):
            given = dict(zip(cls._fields, values, strict=False))
            both = cls._field_defaults | given | named
            known = len(values) <= len(cls._fields) and not given.keys() & named.keys()
            if not known or both.keys() != set(cls._fields):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}")
            return [both[field] for field in cls._fields]

        def _replace(self, /, **changes):
            return type(self)(**self._asdict() | changes)

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

        def __getnewargs__(self):
            return tuple(self)


_parameters: dict[type, list[str]] = {}


class _Field:
    """How an attribute begins; without ``init`` it is no parameter."""

    def __init__(self, default_factory: Callable[[], Any] | None, init: bool) -> None:
        self.default_factory = default_factory
        self.init = init


def field(*, default_factory: Callable[[], Any] | None = None, init: bool = True) -> Any:
    """Return what stands for a value that each instance gets of its own."""
    return _Field(default_factory, init)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def record(cls: Class) -> Class:
    """Give a class an ``__init__`` that sets its annotated attributes, as `dataclass` does.

    Instances are compared by identity. ``__post_init__`` is called at the end.
    """
    kept = {name: vars(cls).get(name, _Field(None, True)) for name in cls.__annotations__}
    parameters = [name for name, one in kept.items() if not isinstance(one, _Field) or one.init]
    factories = {
        name: one.default_factory
        for name, one in kept.items()
        if isinstance(one, _Field) and one.default_factory
    }
    required = [
        name for name in parameters if isinstance(kept[name], _Field) and name not in factories
    ]
    finish = getattr(cls, "__post_init__", None)
    for name, one in kept.items():
        if isinstance(one, _Field) and name in vars(cls):
            delattr(cls, name)  # else an attribute that was forgotten would be a field

    def initialize(self: Any, *values: Any, **named: Any) -> None:
        given = dict(zip(parameters, values, strict=False)) | named
        if len(given) < len(values) + len(named) or not given.keys() <= known:
            raise TypeError(f"{cls.__name__} takes {', '.join(parameters)}")
        for name in required:
            if name not in given:
                raise TypeError(f"{cls.__name__} needs {name}")
        for name, factory in factories.items():
            if name not in given:
                given[name] = factory()
        vars(self).update(given)
        if finish:
            finish(self)

    known = frozenset(parameters)
    cls.__init__ = initialize  # type: ignore[misc]
    _parameters[cls] = parameters
    return cls


def replace(one: Instance, **changes: Any) -> Instance:
    """Return a new instance with other values of some attributes."""
    same = {name: getattr(one, name) for name in _parameters[type(one)]}
    return type(one)(**same | changes)
