"""Library modules: those that the program had imported are imported again, in the same order."""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Iterable
from contextlib import redirect_stdout, suppress
from importlib import import_module

OWN = __name__.partition(".")[0]


def imported(user_modules: Collection[str]) -> list[str]:
    """Return the names of the library modules that are imported, in the order of their import."""
    return [
        name
        for name, module in sys.modules.items()
        if getattr(module, "__spec__", None) is not None
        and name not in user_modules
        and name != "__main__"
        and name.partition(".")[0] != OWN
    ]


def import_again(names: Iterable[str]) -> None:
    """Import modules; what is gone is left out, since nothing of the state may refer to it.

    What a module prints on its import has been printed before.
    """
    for name in names:
        if name not in sys.modules:
            with suppress(Exception), redirect_stdout(io.StringIO()):
                import_module(name)
