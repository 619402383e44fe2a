"""Adopting a module of a library that stands between the user's functions.

It is compiled like the user's modules, so that its frames can be resumed, but it stays a library:
its globals are no state, and its functions and classes are found by name.
"""

from __future__ import annotations

import builtins
from importlib import import_module
from types import FunctionType

from autoresume import twins
from autoresume.program import Program, UserModule, content_of
from autoresume.sources import Source
from autoresume.transforms.codes import all_codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from autoresume.transforms import Parsed
    from autoresume.transforms.reach import ModuleFacts, Reach

_STANDS_BETWEEN: dict[str, tuple[bytes, ...]] = {
    "contextlib": (b"contextmanager", b"ContextDecorator", b"ExitStack", b"click"),
    "functools": (b"cached_property", b"partialmethod", b"singledispatch", b"total_ordering"),
}
"""Modules that call the user's functions, and the words in the user's source that tell of it."""


def standing_between(program: Program) -> list[str]:
    """The modules to adopt for a program."""
    sources = [parsed.source for parsed in program.parsed.values()]
    return [
        name
        for name, words in _STANDS_BETWEEN.items()
        if any(word in source for word in words for source in sources)
    ]


def needed_by(module: UserModule) -> list[str]:
    """The modules to adopt for what ``module`` has been rewritten to."""
    names = module.compiled.names
    codes = all_codes(module.compiled.code)
    called = any(not {names.call, names.items}.isdisjoint(code.co_names) for code in codes)
    return [twins.__name__] if called else []


def adopt(program: Program, name: str) -> UserModule:
    """Compile the library module ``name`` and give its functions the new code."""
    module = import_module(name)
    assert module.__file__ is not None
    content = content_of(module.__file__)
    # A user's module may have that name.
    source = Source(
        f"{name} (adopted)", module.__file__, content, None, cache=program.cache, switchable=False
    )
    adopted = UserModule(name, source.compiled(b"", lambda: _everything(source.parsed)))
    program.adopted[name] = adopted
    for function in _functions(vars(module), name):
        code = adopted.counterpart(function.__code__)
        if code is not None:
            function.__code__ = code
    return adopted


def _everything(parsed: Parsed) -> Reach:
    """Any call may lead to a boundary."""
    from autoresume.transforms.reach import Reach

    facts = parsed.facts
    reach = Reach(escapes=True, iterates=True, facts=facts, scopes=set(parsed.scopes))
    reach.names = facts.defined | facts.assigned | _called(facts)
    return reach


def _called(facts: ModuleFacts) -> set[str]:
    """What the module calls, methods of classes of other modules for one."""
    calls = [body.calls for body in facts.bodies.values()]
    found = {name for each in calls for name in each.names | each.attributes}
    return found - vars(builtins).keys()


def _functions(names: dict[str, Any], module: str) -> Iterator[FunctionType]:
    for found in list(names.values()):
        function = getattr(found, "__func__", found)
        if isinstance(function, FunctionType) and function.__module__ == module:
            yield function
        elif isinstance(found, type) and found.__module__ == module:
            yield from _functions(dict(vars(found)), module)
