"""Libraries that call the program's functions: click, typer, fire, absl, hydra and the like.

The modules in `ADOPTED` are compiled like the program's own when they are imported, so that
their frames come back where they stood, and nothing that they have done is done again. What such
a library keeps outside of its frames is saved beside the program's state.
"""

from __future__ import annotations

import sys

from autoresume.pickling.anchors import attribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ADOPTED = frozenset(
    {
        "absl.app",
        "click.core",
        "click.decorators",
        "decorator",
        "fire.core",
        "hydra._internal.hydra",
        "hydra._internal.utils",
        "hydra.core.utils",
        "hydra.main",
        "omegaconf.omegaconf",
        "plac_core",
        "typer._click.core",
        "typer._click.decorators",
        "typer.core",
        "typer.main",
    }
)
"""The modules whose functions may stand between the script and a boundary."""

STATE = (
    ("absl.flags", "FLAGS.__dict__"),
    ("absl.logging", "_absl_handler.__dict__"),
    ("absl.logging", "_absl_handler._python_handler.__dict__"),
    ("click.globals", "_local.__dict__"),
    ("hydra.core.singleton", "Singleton._instances"),
    ("rich", "_console.__dict__"),
    ("omegaconf.basecontainer", "BaseContainer._resolvers"),
    ("typer._click.globals", "_local.__dict__"),
)
"""The dicts in which they keep what belongs to the program that runs: module and attribute."""


def capture() -> dict[tuple[str, str], dict[Any, Any]]:
    """Return copies of what the libraries keep, as far as they have been imported."""
    return {place: dict(found) for place in STATE if (found := _kept(place)) is not None}


def restore(saved: dict[tuple[str, str], dict[Any, Any]]) -> None:
    """Put back what `capture` returned."""
    for place, values in saved.items():
        kept = attribute(*place)
        kept.clear()
        kept.update(values)


def _kept(place: tuple[str, str]) -> dict[Any, Any] | None:
    module, path = place
    try:
        found: dict[Any, Any] | None = attribute(module, path) if module in sys.modules else None
    except AttributeError:  # not made yet
        found = None
    return found
