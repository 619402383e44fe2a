"""What is found by its name: all of the functions that most snapshots have."""

from __future__ import annotations

import operator
import sys
from types import FunctionType

from autoresume.pickling.anchors import is_module_globals
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler


def resolves(obj: Any, module: str | None, qualname: str) -> bool:
    """Tell whether `qualname` in the imported module of that name leads to `obj` itself."""
    if not isinstance(module, str) or module not in sys.modules:
        return False
    try:
        return operator.attrgetter(qualname)(sys.modules[module]) is obj
    except AttributeError:
        return False


def goes_by_name(function: FunctionType, pickler: Pickler) -> bool:
    """Tell whether a function is not from a user module, and can be found."""
    owner, module = is_module_globals(function.__globals__), function.__module__
    return (
        owner not in pickler.user_modules
        and module not in pickler.user_modules
        and resolves(function, module, function.__qualname__)
    )


def reduce_function(function: FunctionType, pickler: Pickler) -> Any:
    """Reduce a function; how those are that go by value is imported for the first of them."""
    if function.__module__ != "dataclasses" and goes_by_name(function, pickler):
        return NotImplemented
    from autoresume.pickling import functions

    return functions.reduce_function(function, pickler)


REDUCERS: dict[type, Reducer] = {FunctionType: reduce_function}
