"""Progress bars of tqdm and rich: they go on with their count, and with the time they have run."""

from __future__ import annotations

import sys
from collections import deque

from autoresume.pickling.tables import Reducer, at_the_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

MADE_AGAIN = ("fp", "sp")
"""What a bar writes with: functions that tqdm makes for the bar."""

TIMES = ("start_t", "last_print_t")


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers for bars; empty while no library of bars is imported."""
    found: list[tuple[type, Reducer]] = []
    if tqdm := sys.modules.get("tqdm.std"):
        found.append((tqdm.tqdm, reduce_bar))
    if live := sys.modules.get("rich.live"):
        found.append((live._RefreshThread, reduce_refresh))
    if progress := sys.modules.get("rich.progress"):
        found += [(progress._TrackThread, reduce_track), (progress.Task, reduce_task)]
    return found


# -- tqdm ----------------------------------------------------------------------------------


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
    from tqdm.utils import DisableOnWriteError

    bar.fp = DisableOnWriteError(file, bar)
    if not bar.gui:
        bar.sp = bar.status_printer(bar.fp)


# -- rich ----------------------------------------------------------------------------------


def reduce_refresh(thread: Any, pickler: Pickler) -> Any:
    """Reduce the thread that draws to what it draws; it is started anew."""
    args = thread.live, thread.refresh_per_second
    return make_empty, (type(thread),), (args, thread.is_alive(), {}), None, None, fill_thread


def reduce_track(thread: Any, pickler: Pickler) -> Any:
    """Reduce the thread that counts to its task, and to what it has not told that yet."""
    args = thread.progress, thread.task_id, thread.update_period
    own = {"completed": thread.completed}
    return make_empty, (type(thread),), (args, thread.is_alive(), own), None, None, fill_thread


def make_empty(cls: Any) -> Any:
    """Make a thread or a task without attributes."""
    return cls.__new__(cls)


def fill_thread(thread: Any, state: tuple[tuple[Any, ...], bool, dict[str, Any]]) -> None:
    """Start a thread at the end of the load, when what it draws is there."""
    at_the_end(start_thread, thread, *state)


def start_thread(thread: Any, args: tuple[Any, ...], alive: bool, own: dict[str, Any]) -> None:
    """Start a thread anew; one that counts tells its task all of its count once more."""
    type(thread).__init__(thread, *args)
    vars(thread).update(own)
    if own:
        thread.progress.update(thread.task_id, completed=0)
    if alive:
        thread.start()


def reduce_task(task: Any, pickler: Pickler) -> Any:
    """Reduce a task to its attributes, with times as ages."""
    attributes = dict(vars(task))
    now = task.get_time()
    for name in ("start_time", "stop_time"):
        if attributes.get(name) is not None:
            attributes[name] -= now
    samples = [(sample.timestamp - now, sample.completed) for sample in attributes.pop("_progress")]
    return make_empty, (type(task),), (attributes, samples), None, None, fill_task


def fill_task(task: Any, state: tuple[dict[str, Any], list[tuple[float, float]]]) -> None:
    """Give a task its attributes."""
    from rich.progress import ProgressSample

    attributes, samples = state
    vars(task).update(attributes)
    now = task.get_time()
    for name in ("start_time", "stop_time"):
        if attributes.get(name) is not None:
            setattr(task, name, attributes[name] + now)
    task._progress = deque((ProgressSample(time + now, done) for time, done in samples), 1000)
