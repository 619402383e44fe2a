"""Classes that a library finds again by what they were made from: `Box[int]` of pydantic."""

from __future__ import annotations

import sys

from autoresume.pickling.classes import reduce_class
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

GENERICS = "pydantic._internal._generics"


def reduce_model(cls: Any, pickler: Pickler) -> Any:
    """Reduce a model as any class, and a parametrized one to be found by its parameters."""
    reduced = reduce_class(cls, pickler)
    made_from = vars(cls).get("__pydantic_generic_metadata__") or {}
    origin, args = made_from.get("origin"), made_from.get("args")
    if not isinstance(reduced, tuple) or len(reduced) < 6 or origin is None:
        return reduced
    if sys.modules[GENERICS].get_cached_generic_type_early(origin, args) is not cls:
        return reduced
    make, of, state, _, _, fill = reduced
    return make, of, (fill, state, origin, args), None, None, set_parametrized


def set_parametrized(cls: type, state: tuple[Any, Any, Any, Any]) -> None:
    """Fill a class, and let its library find it."""
    from pydantic._internal import _generics

    fill, entries, origin, args = state
    fill(cls, entries)
    if _generics.get_cached_generic_type_early(origin, args) is None:
        _generics.set_cached_generic_type(origin, args, cls, origin, args)


def families() -> list[tuple[type, Reducer]]:
    """Return the reducer of pydantic's metaclass; none while pydantic is not imported."""
    construction = sys.modules.get("pydantic._internal._model_construction")
    if construction is None or not hasattr(
        sys.modules.get(GENERICS), "get_cached_generic_type_early"
    ):
        return []
    return [(construction.ModelMetaclass, reduce_model)]
