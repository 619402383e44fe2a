"""Do one kind of fault to a store at many places, and report what went wrong, as JSON.

    python sweep.py KIND FOLDER SIZE SEED

`SIZE` places in every scenario, or `all`; which ones depends on the seed.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import machine
from scenarios import SCENARIOS, Broken, Scenario, allowed, examine, prepare, work
from tracing import Watcher, trace
from watchers import (
    MARKS,
    FailingSync,
    Interruptions,
    KillAt,
    NoDirectFiles,
    NoDirectWrites,
    Outage,
    ShortWrites,
    SmallDisk,
    StoreWatcher,
)

ERRORS = [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ESTALE]
T = TypeVar("T")
W = TypeVar("W", bound=Watcher)


class Sweep:
    """Tries of one kind, below a folder of their own, and what went wrong in them."""

    def __init__(self, folder: Path, size: int | None, seed: str) -> None:
        self._folder = folder
        self._size = size
        self._weight = 1
        self.random = random.Random(seed)
        self.tried = 0
        self.failures: list[str] = []

    def some(self, choices: Sequence[T], share: int = 1) -> list[T]:
        """All of them, or `size` by chance, divided by `share`, in their order."""
        size = len(choices) if self._size is None else self._size // (share * self._weight)
        count = min(len(choices), max(1, size))
        return [choices[at] for at in sorted(self.random.sample(range(len(choices)), count))]

    def do(self, kind: str) -> None:
        """Do all tries of a kind."""
        for name, scenario in SCENARIOS.items():
            self._weight = scenario.weight
            getattr(self, kind)(name, scenario)

    def store_of(self, scenario: Scenario) -> Path:
        """A folder with a store that is as the scenario begins, until it is asked for again."""
        prepared = self._folder / f"{len(scenario.before)} {scenario.size}"
        if not prepared.exists():
            prepare(prepared, scenario)
        root = self._folder / "place"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(prepared, root)
        return root

    def run(self, root: Path, scenario: Scenario, watcher: Watcher) -> tuple[int, list[str]]:
        """Let a process work on a store; return its exit status and its marks."""
        reading, writing = os.pipe()
        status = trace(partial(_work, root, scenario, writing), watcher)
        os.close(writing)
        with open(reading) as pipe:
            return status, pipe.read().splitlines()

    def measure(self, scenario: Scenario, watcher: Callable[[Path], W]) -> W:
        """Let a process work undisturbed under a watcher, and return that."""
        root = self.store_of(scenario)
        counting = watcher(root)
        _, marks = self.run(root, scenario, counting)
        assert marks == [f"done {step}" for step in scenario.steps], marks
        return counting

    def check(self, told: str, root: Path, scenario: Scenario, marks: list[str]) -> None:
        """See that a store is what it may be after these marks."""
        self.tried += 1
        try:
            examine(root, allowed(scenario, marks), scenario)
        except Broken as error:
            self.failures.append(f"{told}, marks {marks}: {error}")

    def kill(self, name: str, scenario: Scenario) -> None:
        """Kill the process at its system calls, whichever thread makes them."""
        counted = self.measure(scenario, lambda root: KillAt(0))
        for place in self.some(range(1, counted.calls + 1)):
            root = self.store_of(scenario)
            status, marks = self.run(root, scenario, KillAt(place))
            told = f"{name}: killed at call {place} of {counted.calls}"
            if status not in (0, -9) or any(mark.startswith("failed") for mark in marks):
                self.failures.append(f"{told}: status {status}, {marks}")
            self.check(told, root, scenario, marks)

    def errors(self, name: str, scenario: Scenario) -> None:
        """Let one call on the store fail, or some in a row."""
        calls = self.measure(scenario, StoreWatcher).calls
        cases = [(at, 1, number) for at in range(calls) for number in ERRORS]
        cases += [(at, self.random.randrange(2, 50), number) for at, _, number in cases[::3]]
        for place, length, number in self.some(cases):
            told = f"{name}: {errno.errorcode[number]} at {length} calls from {place} of {calls}"
            self._suffer(told, scenario, partial(Outage, place=place, length=length, number=number))

    def disk(self, name: str, scenario: Scenario) -> None:
        """Let the disk be full after so many bytes."""
        total = self.measure(scenario, partial(SmallDisk, room=sys.maxsize)).written
        rooms = sorted({self.random.randrange(total) for _ in range(200)} | {0, 1, total - 1})
        for room in self.some(rooms, 2):
            number = self.random.choice([errno.ENOSPC, errno.EDQUOT])
            told = f"{name}: {errno.errorcode[number]} after {room} of {total} bytes"
            self._suffer(told, scenario, partial(SmallDisk, room=room, number=number))

    def systems(self, name: str, scenario: Scenario) -> None:
        """File systems that differ, and keep their promises: nothing may fail."""
        for kind in (ShortWrites, Interruptions, NoDirectFiles, NoDirectWrites):
            root = self.store_of(scenario)
            status, marks = self.run(root, scenario, kind(root))
            told = f"{name}: {kind.__name__}"
            if marks != [f"done {step}" for step in scenario.steps]:
                self.failures.append(f"{told}: status {status}, {marks}")
            self.check(told, root, scenario, marks)

    def crash(self, name: str, scenario: Scenario) -> None:
        """Let the machine crash, also after a sync that has failed."""
        syncs = self.measure(scenario, partial(FailingSync, place=0)).syncs
        for failing in [0, *self.some(range(1, syncs + 1), 4)]:
            root = self.store_of(scenario)
            recorder = machine.Recorder(root, MARKS, FailingSync(root, failing))
            self.run(root, scenario, recorder)
            crashes = machine.crashes(recorder.events, 10)
            for moment, mode in self.some(crashes, 4 if failing else 1):
                events = recorder.events[:moment]
                shutil.rmtree(root)
                machine.left_by(recorder.before, events, mode, self.random).write_to(root)
                told = f"{name}: sync {failing} fails, crash after event {moment}, unsynced: {mode}"
                self.check(told, root, scenario, machine.marks_of(events))

    def _suffer(self, told: str, scenario: Scenario, fault: Callable[[Path], StoreWatcher]) -> None:
        """Let a process have a fault; once that is over, its steps have to work."""
        root = self.store_of(scenario)
        watcher = fault(root)
        status, marks = self.run(root, scenario, watcher)
        late = [mark for mark in marks[watcher.blamed + 1 :] if mark.startswith("failed")]
        if status or late:
            self.failures.append(f"{told}: status {status}, in step {watcher.blamed}, {marks}")
        self.check(told, root, scenario, marks)


def _work(root: Path, scenario: Scenario, marks: int) -> None:
    os.dup2(marks, MARKS)
    work(root, scenario, MARKS)


def main() -> None:
    """Read the command line and report."""
    kind, folder, size, seed = sys.argv[1:]
    sweep = Sweep(Path(folder), None if size == "all" else int(size), seed)
    sweep.do(kind)
    print(json.dumps({"tried": sweep.tried, "failures": sweep.failures}))


if __name__ == "__main__":
    main()
