"""Parts of the standard library's parsers that C makes of their settings."""

from __future__ import annotations

from json import scanner
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

JSON = (
    "strict",
    "object_hook",
    "object_pairs_hook",
    "parse_float",
    "parse_int",
    "parse_constant",
)


def reduce_json(found: Any, pickler: Pickler) -> Any:
    """Reduce what reads JSON for a `json.JSONDecoder` to its settings."""
    return make_json, ({name: getattr(found, name) for name in JSON},)


def make_json(settings: dict[str, Any]) -> Any:
    """Make what reads JSON with these settings."""
    make: Any = scanner.make_scanner
    return make(SimpleNamespace(**settings, memo={}))


REDUCERS: dict[type, Reducer] = {type(make_json(dict.fromkeys(JSON))): reduce_json}
