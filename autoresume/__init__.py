"""Kill a Python program at any moment, run it again, and it goes on in the middle of the loop.

Most scripts need no import of this package: put ``# checkpoint`` behind a loop header and start
the script with ``python -m autoresume script.py``. The names below are marks that are calls, means
for programs that are started with plain ``python`` (`resumable`, `install`, and the explicit rounds
of ``autoresume.rounds``), and the errors.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autoresume.decorator import install, resumable
    from autoresume.errors import (
        AutoresumeError,
        RunLocked,
        SourceChanged,
        StoreError,
        Unsaveable,
        UsageError,
    )
    from autoresume.marks import checkpoint, loop
    from autoresume.pickling.registry import register
    from autoresume.pickling.states import register_state
    from autoresume.rounds import run_rounds, snapshot, start_or_resume

__version__ = "0.1.0"

__all__ = [
    "AutoresumeError",
    "RunLocked",
    "SourceChanged",
    "StoreError",
    "Unsaveable",
    "UsageError",
    "__version__",
    "checkpoint",
    "install",
    "loop",
    "register",
    "register_state",
    "resumable",
    "run_rounds",
    "snapshot",
    "start_or_resume",
]

_HOMES = {
    "checkpoint": "autoresume.marks",
    "install": "autoresume.decorator",
    "loop": "autoresume.marks",
    "register": "autoresume.pickling.registry",
    "register_state": "autoresume.pickling.states",
    "resumable": "autoresume.decorator",
    "run_rounds": "autoresume.rounds",
    "snapshot": "autoresume.rounds",
    "start_or_resume": "autoresume.rounds",
}


def __getattr__(name: str) -> object:
    """Import a public name on its first use, so that importing the package stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module 'autoresume' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "autoresume.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
