"""Many processes on the runs of one store, killed at random times; reports what was lost, as JSON.

    python crowd.py FOLDER KILLS SEED

The processes of a run go through the same story, one after the other: they save one state after
the other, end the run now and then and start it over. Each says in a file what it has done, so
the next one knows what it has to find.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from scenarios import FINISHED, HUGE, NOTHING, SMALL, Broken, check_content, open_run, state

from autoresume.errors import RunLocked
from autoresume.store import RunStore

RUNS, WIDTH = 5, 8
"""Runs, and processes at a time: some of them on the same run."""

CHAPTER = 6
"""After so many states a run ends."""


class Journal:
    """What the processes of a run have said: the number of steps done, and other events."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, line: str) -> None:
        """Say something, which stays when the process is killed."""
        with self._path.open("a") as file:
            file.write(f"{line}\n")

    def lines(self) -> list[str]:
        """All that was said."""
        return self._path.read_text().splitlines() if self._path.exists() else []

    def done(self) -> int:
        """How many steps of the story were done, as far as is known."""
        return int(next((x.split()[1] for x in reversed(self.lines()) if x[:4] == "done"), "0"))


def size_of(run: int) -> int:
    """The size of the states of a run; half of the runs have states in common."""
    return SMALL if run % 2 else HUGE


def visible(step: int) -> str:
    """What a process finds after that many steps: every `CHAPTER`-th one is the end of the run."""
    if step == 0:
        return NOTHING
    return str(step) if step % CHAPTER else FINISHED


def live(root: Path, run: int) -> None:
    """One process: find what the last one left, and go on until it is killed."""
    journal = Journal(root / f"journal {run}")
    try:
        store = open_run(root, f"run {run}")
        store.lock()
    except RunLocked:
        journal.add("told")
        return
    try:
        step = _found(store, size_of(run), journal.done())
        journal.add(f"done {step}")
        while True:
            step += 1
            if visible(step) == FINISHED:
                store.finish()
                store.restart()
            else:
                store.save(*state(step, size_of(run)))
            journal.add(f"done {step}")
    except Exception as error:
        journal.add(f"broken: {type(error).__name__}: {error}")


def _found(store: RunStore, size: int, done: int) -> int:
    """How many steps were done in truth: the one after the last that was told may be, too."""
    warnings: list[str] = []
    snapshot = store.load(warnings.append)
    if snapshot is not None:
        check_content(snapshot, size)
    found = str(snapshot.meta["number"]) if snapshot else FINISHED if store.finished else NOTHING
    for step in (done + 1, done):
        if found == visible(step) and not warnings:
            return step
    raise Broken(f"found {found} after step {done}, which left {visible(done)}; {warnings}")


class Crowd:
    """The processes that live at the moment."""

    def __init__(self, root: Path, seed: str) -> None:
        self._root = root
        self._random = random.Random(seed)
        self._living: list[int] = []

    def fill(self) -> None:
        """Start processes until there are `WIDTH`."""
        self._living = [child for child in self._living if os.waitpid(child, os.WNOHANG) == (0, 0)]
        while len(self._living) < WIDTH:
            run = self._random.randrange(RUNS)
            child = os.fork()
            if not child:
                live(self._root, run)
                os._exit(0)
            self._living.append(child)

    def kill(self, at_once: int) -> None:
        """Kill some of them after a while."""
        time.sleep(self._random.uniform(0, 0.05))
        for child in self._random.sample(self._living, at_once):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            self._living.remove(child)


def main() -> None:
    """Read the command line and report."""
    folder, kills, seed = sys.argv[1:]
    crowd = Crowd(Path(folder), seed)
    for _ in range(int(kills)):
        crowd.fill()
        crowd.kill(1)
    crowd.kill(WIDTH - 1)
    said = {run: Journal(Path(folder) / f"journal {run}") for run in range(RUNS)}
    lines = [f"run {run}: {line}" for run, journal in said.items() for line in journal.lines()]
    report = {
        "tried": sum(journal.done() for journal in said.values()),
        "told": sum(line.endswith("told") for line in lines),
        "failures": [line for line in lines if "broken" in line],
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
