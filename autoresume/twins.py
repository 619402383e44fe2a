"""Twins in Python of functions of C that go through items or call what they are given.

They do what the functions do, and as this module is compiled like the user's, a boundary inside
of them can be resumed. A function of C is used as it is where its arguments cannot run any of the
user's code.
"""

from __future__ import annotations

import collections
import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, GeneratorType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

Options = dict[str, "Any"]


def call(function: Any, /, *args: Any, **options: Any) -> Any:
    """Call ``function``, or its twin if it has one."""
    try:
        twin = _twin_of(function)
        if twin is None:
            return function(*args, **options)
        return twin(function, args, options)
    except BaseException as error:
        _hide(error)
        raise


def items(iterable: Iterable[Any], most: int | None) -> Any:
    """What is iterated over, as a list if iterating may run the user's code.

    An assignment to several targets takes at ``most`` one item more than it has targets.
    """
    try:
        return _taken(iterable, most) if _runs_code(iterable) else iterable
    except BaseException as error:
        _hide(error)
        raise


def _taken(iterable: Iterable[Any], most: int | None = None) -> list[Any]:
    found: list[Any] = []
    for item in iterable:
        found.append(item)
        if len(found) == most:
            break
    return found


def _hide(error: BaseException) -> None:
    """Take the frames of this module off the traceback that the program sees."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace


def _twin_of(function: Any) -> Callable[[Any, tuple[Any, ...], Options], Any] | None:
    """Only functions and classes of C are looked at: others may have a `__getattr__`."""
    owner = function.__self__ if type(function) is BuiltinFunctionType else None
    if owner is None or isinstance(owner, ModuleType):
        return _TWINS.get(id(function))
    return _METHODS.get(function.__name__)


_LAZY: tuple[type, ...] = (
    *(one for one in vars(itertools).values() if isinstance(one, type)),
    *(GeneratorType, enumerate, filter, map, reversed, zip),
)


def _runs_code(value: Any) -> bool:
    """Whether going through ``value`` may run the user's code."""
    if isinstance(value, _LAZY):
        return True
    kind = type(value)
    own = isinstance(getattr(kind, "__iter__", None), FunctionType)
    return own and not hasattr(kind, "keys")


def _is_called(function: Any) -> bool:
    """Whether calling ``function`` may run the user's code."""
    return function is not None and not isinstance(function, _OF_C)


_OF_C = (type(len), type(str.join), type(str.__add__), type("".__add__))


def _drained(args: tuple[Any, ...]) -> list[Any]:
    new: list[Any] = []
    for arg in args:
        new.append(_taken(arg) if _runs_code(arg) else arg)
    return new


# -- the twins -----------------------------------------------------------------------------


def _drain(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    return function(*_drained(args[:1]), *args[1:], **options)


def _drain_all(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    return function(*_drained(args), **options)


def _any(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    if len(args) != 1:
        return function(*args, **options)
    for item in args[0]:  # noqa: SIM110
        if item:
            return True
    return False


def _all(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    if len(args) != 1:
        return function(*args, **options)
    for item in args[0]:  # noqa: SIM110
        if not item:
            return False
    return True


def _keys(found: Iterable[Any], key: Callable[[Any], Any]) -> list[Any]:
    keys: list[Any] = []
    for item in found:
        keys.append(key(item))
    return keys


def _in_order(keys: list[Any]) -> Callable[[Any], Any]:
    """A key function for C, which asks for the key of each item once, in order."""
    following = iter(keys)
    return lambda item: next(following)


def _sorted(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    key: Any = options.get("key")
    new = _drained(args)
    if not _is_called(key) or len(new) != 1:
        return function(*new, **options)
    found = list(new[0])
    return function(found, **options | {"key": _in_order(_keys(found, key))})


def _sort(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    key: Any = options.get("key")
    if not _is_called(key):
        return function(*args, **options)
    found = list(function.__self__)
    return function(*args, **options | {"key": _in_order(_keys(found, key))})


def _extreme(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    key: Any = options.get("key")
    known = options.keys() <= ({"key", "default"} if len(args) == 1 else {"key"})
    found = args[0] if len(args) == 1 else args
    if not args or not known:
        return function(*args, **options)
    if not (_is_called(key) or _runs_code(found) or _has_own(found, "__lt__", "__gt__")):
        return function(*args, **options)
    best = value = _NOTHING
    for item in found:
        new = item if key is None else key(item)
        if best is _NOTHING or (new > value if function is max else new < value):
            best, value = item, new
    return function((), **options) if best is _NOTHING else best


def _has_own(found: Iterable[Any], *methods: str) -> bool:
    """Whether an item of a collection has one of the special methods from the user's class."""
    if hasattr(type(found), "__next__"):  # looking would take the items
        return False
    return any(
        isinstance(getattr(kind, method, None), FunctionType)
        for kind in set(map(type, found))
        for method in methods
    )


def _sum(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    if not 1 <= len(args) <= 2 or options.keys() - {"start"}:
        return function(*args, **options)
    found = _taken(args[0]) if _runs_code(args[0]) else args[0]
    start = [*args[1:], *options.values()][:1]
    if not isinstance(found, list | tuple) or not _has_own([*found, *start], "__add__", "__radd__"):
        return function(found, *args[1:], **options)
    value = function((), *args[1:], **options)
    for item in found:
        value = value + item
    return value


def _extend(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    # The items are seen in it as they come, also by a generator that they come from.
    own = isinstance(function.__self__, list | collections.deque)
    if not own or len(args) != 1 or not _runs_code(args[0]):
        return _drain(function, args, options)
    for item in args[0]:
        function((item,))
    return None


def _update(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    own = function.__self__
    if len(args) == 1 and isinstance(own, dict | set) and _runs_code(args[0]):
        for item in args[0]:
            function((item,))
        args = ()
    return _drain_all(function, args, options)


def _write_lines(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    if len(args) != 1 or not _runs_code(args[0]):
        return function(*args, **options)
    for line in args[0]:
        function((line,))
    return None


def _reduce(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    if not 2 <= len(args) <= 3 or options:
        return function(*args, **options)
    step, *rest = args
    iterator = iter(rest[0])
    if len(rest) == 2:
        value = rest[1]
    else:
        value = next(iterator, _NOTHING)
        if value is _NOTHING:
            return function(step, ())
    for item in iterator:
        value = step(value, item)
    return value


_NOTHING = object()


def _map(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    many = len(args) > 2 and any(map(_runs_code, args[2:]))
    if options or len(args) < 2 or not (many or _is_called(args[0])):
        return function(*args, **options)
    return _mapped(args[0], _iterators(args[1:]))


def _iterators(iterables: tuple[Iterable[Any], ...]) -> list[Iterator[Any]]:
    return [iter(iterable) for iterable in iterables]


def _mapped(function: Any, iterators: list[Iterator[Any]]) -> Iterator[Any]:
    if len(iterators) == 1:
        for item in iterators[0]:
            yield function(item)
        return
    for together in _zipped(iterators, False):
        yield function(*together)


def _filter(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    if options or len(args) != 2 or not _is_called(args[0]):
        return function(*args, **options)
    return _filtered(args[0], iter(args[1]))


def _filtered(function: Any, iterator: Iterator[Any]) -> Iterator[Any]:
    for item in iterator:
        if function(item):
            yield item


def _zip(function: Any, args: tuple[Any, ...], options: Options) -> Any:
    strict = options.get("strict", False)
    if not options.keys() <= {"strict"} or not any(map(_runs_code, args[1:])):
        return function(*args, **options)
    return _zipped(_iterators(args), strict)


def _zipped(iterators: list[Iterator[Any]], strict: bool) -> Iterator[tuple[Any, ...]]:
    while True:
        together: list[Any] = []
        for iterator in iterators:
            item = next(iterator, _NOTHING)
            if item is _NOTHING:
                break
            together.append(item)
        if len(together) < len(iterators):
            break
        yield tuple(together)
    if strict:
        if together:
            _uneven(len(together), "shorter")
        for number in range(1, len(iterators)):
            if next(iterators[number], _NOTHING) is not _NOTHING:
                _uneven(number, "longer")


def _uneven(number: int, word: str) -> NoReturn:
    """Raise what C raises for the argument with that index."""
    others = "argument 1" if number == 1 else f"arguments 1-{number}"
    raise ValueError(f"zip() argument {number + 1} is {word} than {others}")


_TWINS: dict[int, Callable[[Any, tuple[Any, ...], Options], Any]] = {
    **{id(one): _drain for one in (dict, frozenset, list, set, tuple, math.fsum, math.prod)},
    **{id(one): _drain for one in (collections.deque, collections.OrderedDict)},
    id(all): _all,
    id(any): _any,
    id(filter): _filter,
    id(map): _map,
    id(max): _extreme,
    id(min): _extreme,
    id(sorted): _sorted,
    id(sum): _sum,
    id(zip): _zip,
    id(functools.reduce): _reduce,
}
"""By the ``id`` of the function or class."""

_METHODS: dict[str, Callable[[Any, tuple[Any, ...], Options], Any]] = {
    **dict.fromkeys(["fromkeys", "join"], _drain),
    **dict.fromkeys(["difference", "intersection", "union"], _drain_all),
    "extend": _extend,
    "sort": _sort,
    "update": _update,
    "writelines": _write_lines,
}
"""By the name of a method of C."""
