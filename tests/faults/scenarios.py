"""What processes do to a store, what may be found there afterwards, and a look whether it is."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autoresume.errors import StoreError
from autoresume.store import RunStore

NOTHING, FINISHED = "nothing", "finished"
LAST = "91"
"""The last snapshot that is saved after a fault is over."""

LIMIT = 60
"""Seconds that one child may take; far more than any of them needs."""

SMALL, LARGE, HUGE = 300, 300_000, 2_300_000
"""Bytes: half of a state that is written at once, in pieces, and by several threads."""


class Broken(Exception):
    """A store did what it must not; the message says what."""


@dataclass(frozen=True)
class Scenario:
    """What one process does to a run, after what other processes have done to it.

    A step is a method of `RunStore`; `save` has the number of the state behind it. Where there
    was something before, there is another run in the store, too.
    """

    before: tuple[str, ...]
    steps: tuple[str, ...]
    size: int = SMALL

    @property
    def weight(self) -> int:
        """How much less often it is tried than others."""
        return 4 if self.size == HUGE else 1


_FOUR = ("save 1", "save 2", "save 3", "save 4")
SCENARIOS = {
    "first": Scenario((), ("save 1", "save 2")),
    "later": Scenario(_FOUR, ("load", "save 5", "save 6"), LARGE),
    "anew": Scenario(_FOUR, ("restart", "save 5", "finish"), LARGE),
    "again": Scenario(("save 1", "finish"), ("restart", "save 2", "save 3", "unlock", "save 4")),
    "huge": Scenario((), ("save 1", "save 2"), HUGE),
}


@cache
def state(number: int, size: int) -> tuple[dict[str, Any], bytes, list[bytes]]:
    """The arguments of `save` for the state of that number: much of it is in all of them."""
    own, common = random.Random(number), random.Random(size)
    shared = common.randbytes(size)
    mixed = bytearray(shared)
    for _ in range(3):
        at = own.randrange(size)
        mixed[at : at + 9] = own.randbytes(9)
    stream = f"state {number} ".encode() * (1 + size // 100)
    return {"number": number, "size": size}, stream, [shared, bytes(mixed), own.randbytes(99), b""]


def open_run(root: Path, key: str = "run") -> RunStore:
    """Open the run that all of this is about, or another one in the same store."""
    return RunStore(root / "store", key)


def perform(store: RunStore, step: str, size: int) -> None:
    """Do one step. Raises: StoreError."""
    match step.split():
        case ["save", number]:
            store.save(*state(int(number), size))
        case ["load"]:
            store.load(_ignore)
        case [method]:
            getattr(store, method)()


def result(step: str) -> str | None:
    """What a new process finds when this step was done; None when that is what it was."""
    return {"save": step.removeprefix("save "), "finish": FINISHED}.get(step.split()[0])


def after(steps: Iterable[str]) -> str:
    """What a new process finds when the steps were done."""
    return [NOTHING, *filter(None, map(result, steps))][-1]


def prepare(root: Path, scenario: Scenario) -> None:
    """Make a store with a run that other processes have worked on, and a neighbour of it."""
    root.mkdir(parents=True, exist_ok=True)
    in_child(_prepare, root, scenario)


def _prepare(root: Path, scenario: Scenario) -> None:
    if not scenario.before:
        return
    neighbour, run = open_run(root, "neighbour"), open_run(root)
    for number in (1, 2):
        neighbour.save(*state(number, scenario.size))
    for step in scenario.before:
        perform(run, step, scenario.size)


def work(root: Path, scenario: Scenario, marks: int) -> None:
    """Do the steps, and write a line to the descriptor `marks` after each: done, or failed."""
    store: RunStore | None = None
    for step in scenario.steps:
        try:
            store = store or open_run(root)
            perform(store, step, scenario.size)
            os.write(marks, f"done {step}\n".encode())
        except StoreError as error:
            check_line(error)
            os.write(marks, f"failed {step}\n".encode())


def allowed(scenario: Scenario, marks: Sequence[str]) -> set[str]:
    """What a new process may find after the process that made these marks has ended anyhow.

    The last step that was done holds. One that has failed since, or was in progress, may hold.
    """
    found = {after(scenario.before)}
    for mark in [*marks, *(f"begun {step}" for step in scenario.steps[len(marks) :][:1])]:
        outcome, _, step = mark.partition(" ")
        if new := result(step):
            found = {new} if outcome == "done" else {new} | found
    return found


def examine(root: Path, expected: set[str], scenario: Scenario) -> None:
    """Look at a run in a new process: what is expected has to be there, and whole.

    Then another process goes on with it, and what it saves has to be there, too. Raises: Broken.
    """
    found = in_child(look, root, scenario.size)
    if found not in expected:
        raise Broken(f"found {found}, expected {' or '.join(sorted(expected))}")
    in_child(go_on, root, scenario.size)
    if (last := in_child(look, root, scenario.size)) != LAST:
        raise Broken(f"found {found}, and after two more snapshots {last}")
    if scenario.before and (beside := in_child(look, root, scenario.size, "neighbour")) != "2":
        raise Broken(f"found {beside} in the neighbour")


def look(root: Path, size: int, key: str = "run") -> str:
    """What there is to load; nothing of it may be damaged."""
    store = open_run(root, key)
    warnings: list[str] = []
    snapshot, peeked = store.load(warnings.append), store.peek()
    if warnings:
        raise Broken(f"warnings: {warnings}")
    if snapshot is None:
        if peeked is not None:
            raise Broken("peek finds what load does not")
        return FINISHED if store.finished else NOTHING
    check_content(snapshot, size)
    if peeked != snapshot.meta:
        raise Broken(f"peek finds {peeked}, load {snapshot.meta}")
    return str(snapshot.meta["number"])


def check_content(snapshot: Any, size: int) -> None:
    """See that a snapshot is one that was saved. Raises: Broken."""
    found = snapshot.meta, bytes(snapshot.data), [bytes(buffer) for buffer in snapshot.buffers]
    if found != state(snapshot.meta["number"], size):
        raise Broken(f"a wrong state, said to be {snapshot.meta}")


def go_on(root: Path, size: int) -> None:
    """Save two more snapshots, after a start over where there is none to go on from."""
    store = open_run(root)
    try:
        store.load(_ignore)
    except StoreError:
        store.restart()
    for number in (int(LAST) - 1, int(LAST)):
        store.save(*state(number, size))


def in_child(work: Callable[..., Any], *arguments: Any) -> Any:
    """Call `work` in a forked process and return what it returns, by way of JSON.

    Raises: Broken with what went wrong there.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(LIMIT)
        os.close(reading)
        _answer(writing, work, arguments)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if not answer:
        raise Broken(f"{work.__name__} ended with status {os.waitstatus_to_exitcode(status)}")
    returned, failed = json.loads(answer)
    if failed:
        raise Broken(failed)
    return returned


def _answer(pipe: int, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        answer = [work(*arguments), None]
    except (Broken, StoreError) as error:
        answer = [None, f"{type(error).__name__}: {error}"]
    except BaseException:
        answer = [None, traceback.format_exc()]
    with open(pipe, "wb") as file:
        file.write(json.dumps(answer).encode())
    sys.stderr.flush()
    os._exit(0)


def check_line(error: StoreError) -> None:
    """See that an error is told in one line. Raises: Broken."""
    if "\n" in str(error) or not str(error):
        raise Broken(f"not one line: {error}")


def _ignore(warning: str) -> None:
    """For what is looked at elsewhere."""
