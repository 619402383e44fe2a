"""Functions behind `functools.lru_cache`, with what they remember."""

from __future__ import annotations

import functools
import gc
from contextlib import suppress
from itertools import repeat
from types import CodeType, FunctionType

from autoresume.errors import Unsaveable
from autoresume.pickling.named import resolves
from autoresume.pickling.tables import Reducer
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

Call = tuple[tuple["Any", ...], dict[str, "Any"]]


class Memory(NamedTuple):
    """What a cache holds, the longest unused first, and what it has counted."""

    calls: list[Call]
    results: list[Any]
    hits: int
    misses: int


def reduce_cached(cached: Any, pickler: Pickler) -> Any:
    """Reduce a cached function to the function and the memory."""
    if cached.__module__ not in pickler.user_modules and resolves(
        cached, cached.__module__, cached.__qualname__
    ):
        return NotImplemented
    parameters = cached.cache_parameters()
    attributes = {name: vars(cached)[name] for name in vars(cached) if name != "cache_parameters"}
    function = function_of(cached)
    memory = memory_of(cached, function)
    # A call that is under way will be made again, and be counted as missed then.
    generators = vars(pickler.table).get("generators")
    under_way = generators.frames.under_way[id(cached)] if generators else 0
    memory = memory._replace(misses=memory.misses - under_way)
    state = attributes, function, memory
    args = function, parameters["maxsize"], parameters["typed"]
    return make_cached, args, state, None, None, set_cached


def make_cached(function: Any, maxsize: int | None, typed: bool) -> Any:
    """Make a cached function that remembers nothing yet."""
    return functools.lru_cache(maxsize, typed)(function)


def function_of(cached: Any) -> Any:
    """Return the function that is called on a miss, which `__wrapped__` need not be."""
    found = gc.get_referents(cached)
    return found[place_of_dict(cached, found) + 1]


def place_of_dict(cached: Any, found: list[Any]) -> int:
    """Return where the dict of the cache stands among what `cached` refers to."""
    linked = cached.cache_parameters()["maxsize"] is not None
    # First the class; then key, result and class of each link; then the dict.
    place = 1 + (3 * cached.cache_info().currsize if linked else 0)
    if type(found[place]) is not dict:
        raise Unsaveable("a cache of an unknown build of Python")
    return place


def memory_of(cached: Any, function: Any) -> Memory:
    """Read what a cache holds from what the C object refers to: it lists its links in order."""
    info = cached.cache_info()
    found = gc.get_referents(cached)
    place = place_of_dict(cached, found)
    if info.currsize and type(function) is not FunctionType:
        raise Unsaveable("a cache over something else than a Python function; clear it first")
    if info.maxsize is None:
        keys, results = list(found[place]), list(found[place].values())
    else:
        first = place - 3 * info.currsize
        keys, results = found[first:place:3], found[first + 1 : place : 3]
    (mark,) = (one for one in found[place:] if type(one) is object)
    typed = cached.cache_parameters()["typed"]
    return Memory([call_of(key, mark, typed) for key in keys], results, info.hits, info.misses)


def call_of(key: Any, mark: object, typed: bool) -> Call:
    """Return the arguments that a key was made of, by `lru_cache_make_key` of _functools."""
    if type(key) is not tuple:
        return (key,), {}
    count = next((index for index, part in enumerate(key) if part is mark), None)
    if count is None:
        return key[: len(key) // 2] if typed else key, {}
    named = len(key) - count - 1
    pairs = (named - count) // 3 if typed else named // 2
    flat = key[count + 1 : count + 1 + 2 * pairs]
    return key[:count], dict(zip(flat[::2], flat[1::2], strict=True))


def set_cached(cached: Any, state: tuple[dict[str, Any], Any, Memory]) -> None:
    """Give a cached function its attributes and its memory.

    The memory is filled by calls, for the time of which the function returns what it is told to.
    """
    attributes, function, memory = state
    vars(cached).update(attributes)
    if not memory.misses or type(function) is not FunctionType:
        return
    code = function.__code__
    try:
        function.__code__ = replaced(failing, code)
        for _ in repeat(None, memory.misses - len(memory.calls)):
            with suppress(Missed):
                cached(object())
        for (args, options), result in zip(memory.calls, memory.results, strict=True):
            function.__code__ = replaced(answering, code, result)
            cached(*args, **options)
        for _ in repeat(None, memory.hits if memory.calls else 0):
            cached(*args, **options)
    finally:
        function.__code__ = code


class Missed(Exception):
    """Keeps a call that is only to be counted out of the cache."""


ANSWER = "the answer"


def answering(*args: Any, **options: Any) -> Any:
    """Return what stands in for `ANSWER` among the constants."""
    return "the answer"


def failing(*args: Any, **options: Any) -> Any:
    """Raise Missed, without a global to find it by."""
    raise "the answer"  # type: ignore[misc]  # noqa: B016


def replaced(template: Any, code: CodeType, answer: Any = Missed) -> CodeType:
    """Return the code of a template, fit for a function with another closure."""
    constants = tuple(answer if one == ANSWER else one for one in template.__code__.co_consts)
    made: CodeType = template.__code__.replace(co_consts=constants, co_freevars=code.co_freevars)
    return made


REDUCERS: dict[type, Reducer] = {functools._lru_cache_wrapper: reduce_cached}
