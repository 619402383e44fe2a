"""Progress bars of tqdm: they go on with their count, and with the time that they have run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from autoresume.pickling.tables import Reducer, at_the_end

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler

MADE_AGAIN = ("fp", "sp")
"""What a bar writes with: functions that tqdm makes for the bar."""

TIMES = ("start_t", "last_print_t")


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers for bars; empty while tqdm is not imported."""
    found = sys.modules.get("tqdm.std")
    return [(found.tqdm, reduce_bar)] if found else []


def reduce_bar(bar: Any, pickler: Pickler) -> Any:
    """Reduce a bar to its attributes, the file below it, and its age."""
    attributes = {name: value for name, value in vars(bar).items() if name not in MADE_AGAIN}
    ages = {name: bar._time() - attributes.pop(name) for name in TIMES if name in attributes}
    file = getattr(vars(bar).get("fp"), "_wrapped", None)
    return make_bar, (type(bar),), (attributes, ages, file), None, None, fill_bar


def make_bar(cls: Any) -> Any:
    """Make a bar that tqdm knows of."""
    return cls.__new__(cls)


def fill_bar(bar: Any, state: tuple[dict[str, Any], dict[str, float], Any]) -> None:
    """Give a bar its attributes; its file may not be there before the end of the load."""
    attributes, ages, file = state
    vars(bar).update(attributes)
    vars(bar).update({name: bar._time() - age for name, age in ages.items()})
    if bar.disable:
        with bar.get_lock():
            bar._instances.discard(bar)
    if file is not None:
        at_the_end(write_to, bar, file)


def write_to(bar: Any, file: Any) -> None:
    """Let a bar write to a file, as tqdm does when it makes the bar."""
    from tqdm.utils import DisableOnWriteError  # type: ignore[import-untyped]

    bar.fp = DisableOnWriteError(file, bar)
    if not bar.gui:
        bar.sp = bar.status_printer(bar.fp)
