"""Library modules: those that the program had imported are imported again, in the same order."""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Iterable
from contextlib import redirect_stdout, suppress
from importlib import import_module
from types import ModuleType
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OWN = __name__.partition(".")[0] + "."


class Names(list[str]):
    """Names that pickle as one string, not as thousands of objects that it would keep in mind."""

    def __reduce__(self) -> tuple[Any, ...]:
        return str.split, ("\n".join(self), "\n")


def imported(user_modules: Collection[str]) -> Names:
    """Return the names of the library modules that are imported, in the order of their import."""
    return Names(
        name
        for name, module in sys.modules.items()
        if ((known := _imported.get(name)) and known() is module) or _is_imported(name, module)
        if name not in user_modules and name != "__main__"
        if not f"{name}.".startswith(OWN)
    )


_imported: dict[str, ref[ModuleType]] = {}
"""Modules that are known to come from an import.

To ask thousands of them for it takes milliseconds where their memory is cold or shared with a copy.
"""


def _is_imported(name: str, module: ModuleType) -> bool:
    if getattr(module, "__spec__", None) is None:
        return False
    with suppress(TypeError):  # anything may be there instead of a module
        _imported[name] = ref(module)
    return True


def import_again(names: Iterable[str]) -> None:
    """Import modules; what is gone is left out, since nothing of the state may refer to it.

    What a module prints on its import has been printed before.
    """
    for name in names:
        if name not in sys.modules:
            with suppress(Exception), redirect_stdout(io.StringIO()):
                import_module(name)
