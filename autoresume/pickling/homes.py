"""Which module of this package knows the types of which library; it is imported when one is met.

A family says by ``REDUCERS`` what it does about exact types, by ``FAMILIES``, or what a function
``families`` returns, about classes and all their subclasses.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.tables import Reducer

KNOWN = {
    "tensors": "torch",
    "arrays": "numpy",
    "arrayiterators": "numpy.broadcast numpy.flatiter numpy.nditer",
    "bars": "rich tqdm",
    "databases": "sqlite3",
    "managers": "numpy.errstate tempfile decimal _pydecimal",
    "models": "pydantic",
    "boosters": "lightgbm",
    "trees": "_elementtree xml",
    "instances": "absl",
    "anchors": "builtins.module",
    "caches": "functools._lru_cache_wrapper",
    "classes": "builtins.type enum.Enum",
    "compressed": "bz2 gzip lzma",
    "contexts": "_contextvars Token",
    "csvs": "_csv",
    "exceptions": "builtins.BaseException",
    "files": "_io",
    "folders": "posix",
    "functions": "builtins.classmethod_descriptor builtins.getset_descriptor"
    " builtins.member_descriptor builtins.cell builtins.code builtins.method"
    " builtins.super",
    "generators": "builtins.generator builtins.coroutine builtins.async_generator",
    "iterators": "builtins.list_iterator builtins.list_reverseiterator builtins.tuple_iterator"
    " builtins.reversed builtins.bytearray_iterator builtins.iterator builtins.callable_iterator"
    " builtins.enumerate builtins.map builtins.filter builtins.zip builtins.memory_iterator"
    " array.arrayiterator itertools",
    "locks": "_thread threading",
    "maps": "mmap",
    "matches": "_sre re.Match re.Scanner",
    "missing": "autoresume.pickling.missing.Missing",
    "named": "builtins.function",
    "namedfiles": "tempfile",
    "parsers": "_json _struct codecs pathlib random functools.KeyWrapper",
    "queues": "_queue queue",
    "sentinels": "builtins.object",
    "sets": "builtins.set builtins.frozenset",
    "tracebacks": "builtins.traceback",
    "typevars": "typing",
    "versions": "ast dataclasses functools.cached_property",
    "views": "builtins.dict_keys builtins.dict_values builtins.dict_items builtins.odict_keys"
    " builtins.odict_values builtins.odict_items builtins.mappingproxy builtins.memoryview",
    "watchers": "builtins.dict_keyiterator builtins.dict_valueiterator builtins.dict_itemiterator"
    " builtins.dict_reversekeyiterator builtins.dict_reversevalueiterator"
    " builtins.dict_reverseitemiterator builtins.set_iterator builtins.odict_iterator"
    " collections._deque_iterator collections._deque_reverse_iterator"
    " _collections._deque_iterator _collections._deque_reverse_iterator",
    "weakrefs": "weakref",
}
"""The types, or the packages that define them, that a family knows; the first family comes first.

A type goes by the module that it says it is from: that of C, where it is written in C.
"""

_HOMES: dict[str, list[str]] = {}
for _family, _names in KNOWN.items():
    for _name in _names.split():
        _HOMES.setdefault(_name, []).append(_family)
_RANKS = {family: rank for rank, family in enumerate(KNOWN)}


def exact_reducer_of(cls: type, user_modules: frozenset[str]) -> Reducer | None:
    """Return the reducer of an exact type that is not from one of the user's modules."""
    for family in _homes_of(cls, user_modules):
        reducer: Reducer | None = getattr(_module(family), "REDUCERS", {}).get(cls)
        if reducer is not None:
            return reducer
    return None


def families_of(cls: type, user_modules: frozenset[str]) -> Iterator[tuple[type, Reducer]]:
    """Yield the ancestors of a class that reducers are for, and these, in their order."""
    found = {family for one in cls.__mro__[:-1] for family in _homes_of(one, user_modules)}
    for family in sorted(found, key=_RANKS.__getitem__):
        module = _module(family)
        known = module.families() if hasattr(module, "families") else ()
        known = [*known, *getattr(module, "FAMILIES", ())]
        yield from ((one, reducer) for one, reducer in known if issubclass(cls, one))


def _homes_of(cls: type, user_modules: frozenset[str]) -> list[str]:
    module = f"{cls.__module__}"
    if module in user_modules:  # which may have the name of a library
        return []
    named = _HOMES.get(f"{module}.{cls.__qualname__}", [])
    return named + _HOMES.get(module.partition(".")[0], [])


def _module(family: str) -> Any:
    return import_module(f"autoresume.pickling.{family}")
