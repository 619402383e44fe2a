"""Pickles what pickle, cloudpickle and dill save, and more, so that it comes back the same.

`dumps` and `loads` are for any program. A run saves its whole state with
`autoresume.pickling.streams`.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autoresume.pickling.library import (
        Pickler,
        PicklingError,
        Unpickler,
        dump,
        dumps,
        load,
        loads,
    )

__all__ = ["Pickler", "PicklingError", "Unpickler", "dump", "dumps", "load", "loads"]


def __getattr__(name: str) -> object:
    """Import the families on the first use only: `autoresume.register` is to stay cheap."""
    if name not in __all__:
        raise AttributeError(f"module 'autoresume.pickling' has no attribute {name!r}")
    value = getattr(import_module("autoresume.pickling.library"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
