"""The explicit baseline, for programs that are started with plain ``python`` and not rewritten.

The program calls ``start_or_resume`` for the number of its next round and hands its rounds to
``run_rounds``. What is saved is data: the program has run from its top again when a snapshot is
loaded, so functions and classes are taken from it by name, with the code that they have now.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType

from autoresume import console, interpreter, signals
from autoresume.errors import AutoresumeError, SourceChanged, StoreError, UsageError
from autoresume.livecode import LiveCode
from autoresume.pickling import streams
from autoresume.pickling.anchors import StandIn
from autoresume.store import RunStore, Snapshot, key_file
from autoresume.store.locations import Location, beside, location
from autoresume.transforms.hashing import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def start_or_resume(
    round_count: int, init: Callable[[], object], *, state: object = None
) -> tuple[int, int]:
    """Begin the run of this script and its arguments, or fill in the state that was saved last.

    ``init()`` is called only where there is no unfinished run. ``state`` is the dict or the object
    with attributes that is saved, and that is filled in place; without it, it is all globals of the
    calling module that are not modules.

    Returns: the number of the round to go on with, and ``round_count``. Rounds count from 0.
    Exits with status 2 and one line on stderr where another process is on the same run, or the
    snapshots cannot be used.
    """
    caller = sys._getframe(1).f_globals
    with _errors_in_one_line():
        run = _begin(round_count, _State.of(state, caller), caller["__name__"])
        resumed = run.load()
    if not resumed:
        init()
    atexit.register(run.end)
    return run.round, round_count


def run_rounds(
    round: int, rounds: int, run_iteration: Callable[[int], object], *, every: int = 1
) -> None:
    """Call ``run_iteration(n)`` for n from ``round`` to ``rounds - 1``, with snapshots between.

    A snapshot is taken before each round whose number ``every`` divides, and one after the last
    round. Exits with status 2 and one line on stderr where the state cannot be saved. SIGTERM,
    SIGINT, SIGUSR1 and SIGUSR2 end the process with status 75 before the next round, with a
    snapshot, unless the program handles them.
    """
    run = _running()
    run.rounds = rounds
    stop = signals.Stop(lambda: None)
    stop.has_begun = True
    stop.listen(_sources({"__main__", run.state.module, run_iteration.__module__}))
    try:
        for number in range(round, rounds):
            if number != run.saved_round and (number % every == 0 or stop.is_asked):
                snapshot(number)
            if stop.is_asked:
                run.store.unlock()
                signals.leave(f"stopped before round {number} of {rounds}")
            run.round = number
            run_iteration(number)
    finally:
        stop.end()
    if run.saved_round != rounds:
        snapshot(rounds)


def snapshot(next_round: int | None = None) -> None:
    """Save the state. A resumed run starts with round ``next_round``.

    Without ``next_round`` it is the round that is running or, before the first one, the round that
    ``start_or_resume`` returned. Exits with status 2 and one line on stderr where that fails.
    """
    run = _running()
    if next_round is not None:
        run.round = next_round
    with _errors_in_one_line():
        run.save()


@dataclass(frozen=True)
class _State:
    """The dict that holds the state, and what it is the dict of: an object, itself, or a module."""

    contents: dict[str, Any]
    owner: object
    module: str | None = None

    @classmethod
    def of(cls, state: object, namespace: dict[str, Any]) -> _State:
        if state is None:
            name = namespace["__name__"]
            if name not in sys.modules or vars(sys.modules[name]) is not namespace:
                raise UsageError("the globals of the caller belong to no module; pass state=")
            return cls(namespace, namespace, name)
        if isinstance(state, dict):
            return cls(state, state)
        if not hasattr(state, "__dict__"):
            kind = type(state).__qualname__
            raise UsageError(f"state= takes a dict or an object with attributes, not a {kind}")
        return cls(vars(state), state)

    def collect(self) -> dict[str, Any]:
        """Return the state in the form that the pickler takes."""
        if self.module is None:
            return {"modules": {}, "state": dict(self.contents)}
        data = {name: value for name, value in self.contents.items() if self._is_data(name, value)}
        return {"modules": {self.module: data}}

    def fill(self, loaded: Mapping[str, Any]) -> None:
        """Fill the state in place; the pickler has done so where it is a module's globals."""
        if self.module is None:
            self.contents.clear()
            self.contents.update(loaded["state"])

    def _is_data(self, name: str, value: object) -> bool:
        if isinstance(value, FunctionType | type) and value.__module__ == self.module:
            return value.__qualname__ != name
        dunder = name.startswith("__") and name.endswith("__")
        return not dunder and not isinstance(value, ModuleType)


@dataclass
class _Run:
    """A run in this process: the next round, the round of the last snapshot, and the means."""

    store: RunStore
    state: _State
    code: LiveCode
    rounds: int
    round: int = 0
    saved_round: int | None = None
    process: int = field(default_factory=os.getpid)

    def load(self) -> bool:
        """Fill in the state of the last snapshot, if there is one of an unfinished run."""
        self.store.lock()
        if self.store.finished:
            console.say("the last run has finished; starting afresh")
        saved = self.store.load(console.warn)
        if saved is None:
            return False
        self._fill(saved)
        return True

    def _fill(self, saved: Snapshot) -> None:
        if saved.meta["python"] not in (None, list(sys.version_info[:2])):
            major, minor = saved.meta["python"]
            raise StoreError(f"the snapshot holds code made at run time, of Python {major}.{minor}")
        loaded = _load(saved, self.code)
        self.state.fill(loaded)
        interpreter.restore(loaded["interpreter"])
        self.round = self.saved_round = saved.meta["round"]
        age = max(time.time() - saved.meta["time"], 0.0)
        console.say(f"going on with round {self.round} of {self.rounds}, saved {age:.0f} s ago")

    def save(self) -> None:
        # What was printed before the snapshot is not printed again after it.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        state = {**self.state.collect(), "interpreter": interpreter.capture()}
        saved = streams.dump(state, self.code, known=[StandIn(self.state.owner, live_state)])
        python = list(sys.version_info[:2]) if saved.python_bound else None
        meta = {"round": self.round, "time": time.time(), "python": python}
        self.store.save(meta, saved.data, saved.buffers)
        self.saved_round = self.round

    def end(self) -> None:
        """Give up the run, which is finished if the state after the last round was saved.

        This is for the end of the program: one that fails over its results after the last round
        is to go on from there.
        """
        failed = getattr(sys, "last_value", None) is not None
        done = self.saved_round is not None and self.saved_round >= self.rounds
        if done and not failed and self.process == os.getpid():
            self.store.finish()
        self.store.unlock()


_run: _Run | None = None


def _begin(round_count: int, state: _State, module: str) -> _Run:
    global _run
    if _run is not None:
        raise UsageError("start_or_resume was called before; a program has one series of rounds")
    root = location()
    code = LiveCode(["__main__", module])
    run = _Run(RunStore(root, _key(root), sign_key=key_file()), state, code, round_count)
    interpreter.baseline()
    _run = run
    return run


def live_state() -> object:
    """Return the state object of this process, to which a loaded snapshot refers."""
    return _running().state.owner


def _sources(modules: set[str | None]) -> Iterator[bytes]:
    """The sources of modules, as far as they are there."""
    for name in modules:
        path = getattr(sys.modules.get(name or ""), "__file__", None)
        with suppress(OSError):
            if path is not None and path.endswith(".py"):
                yield Path(path).read_bytes()


def _load(saved: Snapshot, code: LiveCode) -> dict[str, Any]:
    """Unpickle a snapshot. Raises: SourceChanged where the program lacks what it refers to."""
    try:
        return streams.load(saved.data, saved.buffers, code)
    except (AttributeError, ImportError, KeyError) as error:
        raise SourceChanged(f"the snapshot does not fit the program any more: {error}") from error


def _running() -> _Run:
    if _run is None:
        with _errors_in_one_line():
            raise UsageError("call autoresume.start_or_resume first")
    return _run


def _key(root: Location) -> str:
    """The name of the run of this script and its arguments, in the store ``root``.

    It stays the same when the store is moved along with the script.
    """
    script = getattr(sys.modules["__main__"], "__file__", None)
    if script is None:
        raise UsageError("start_or_resume works in a script, not in an interactive session")
    place = os.path.relpath(script, beside(root))
    identity = json.dumps([place, sys.argv[1:]]).encode()
    return f"{Path(script).name}-rounds-{blake2b(identity, digest_size=6).hexdigest()}"


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except AutoresumeError as error:
        console.error(str(error))
        raise SystemExit(2) from error
