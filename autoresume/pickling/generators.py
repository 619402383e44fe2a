"""Generators: the program knows how to save them, and how to make them."""

from __future__ import annotations

from collections.abc import Generator
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from autoresume.errors import Unsaveable
from autoresume.pickling.refusals import FINISH
from autoresume.pickling.tables import COMPILING, Reducer, table_in_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler


def reduce_generator(generator: Generator[Any, Any, Any], pickler: Pickler) -> Any:
    """Reduce to how it is made, and to the variables that it gets afterwards."""
    generators = getattr(pickler.table, "generators", None)
    if generators is None:
        raise Unsaveable("take its items into a list first, or make it inside of the loop's body")
    with COMPILING:
        make, args, values = generators.reduce(generator)
    if values is None:
        return make, args
    return make_generator, args, values, None, None, fill_generator


def make_generator(*args: Any) -> Any:
    """Make a generator without its variables, which may lead back to it."""
    with COMPILING:
        return table_in_use().generators.make(*args)  # type: ignore[attr-defined]


def fill_generator(generator: Generator[Any, Any, Any], values: dict[str, Any]) -> None:
    """Give a generator its variables."""
    table_in_use().generators.fill(generator, values)  # type: ignore[attr-defined]


def reduce_async(suspended: Any, pickler: Pickler) -> Any:
    """Refuse a coroutine or an asynchronous generator by the name of its function."""
    raise Unsaveable(f"it is of {suspended.__qualname__}; {FINISH}")


REDUCERS: dict[type, Reducer] = {
    GeneratorType: reduce_generator,
    CoroutineType: reduce_async,
    AsyncGeneratorType: reduce_async,
}
