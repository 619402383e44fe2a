"""The life of a resumable call: start or resume, boundaries, finish or fail.

One call at a time in a process. What it shares with the process is described in
`autoresume.surroundings`; threads, streams, signals and the like belong to the process.
"""

from __future__ import annotations

import functools
import inspect
import io
import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from time import monotonic
from types import FrameType, FunctionType

from autoresume import __version__, console, hashseed, interpreter
from autoresume.errors import (
    AutoresumeError,
    RunLocked,
    SourceChanged,
    StoreError,
    Unsaveable,
    UsageError,
)
from autoresume.frames import NOT_BACK, Frames
from autoresume.generators import Generators
from autoresume.live import LiveModules
from autoresume.pickling import streams
from autoresume.places import Record, record_place
from autoresume.policy import Policy, Rules, Schedule
from autoresume.program import Program, globals_in_reach
from autoresume.recursion import room
from autoresume.run import duration, told
from autoresume.store import Retention, RunStore, Snapshot, key_file
from autoresume.store.locations import Location, beside, location
from autoresume.surroundings import Place, Surroundings, loading
from autoresume.transforms.every import Every
from autoresume.transforms.hashing import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Options = tuple[str | os.PathLike[str] | None, Every, int]


class Table:
    """The code of a live program, for the pickler: what has a name is found by it."""

    user_modules: frozenset[str] = frozenset()

    def __init__(self, program: Program) -> None:
        self.code_name = program.code_name
        self.code_for = program.code_for
        self.generators = program.generators


class Call:
    """One resumable call, while it runs."""

    def __init__(
        self,
        function: FunctionType,
        arguments: dict[Place, Any],
        store: RunStore,
        options: Options,
    ) -> None:
        program = modules().program
        self.function = function
        self.arguments = arguments
        self.program = program
        self.store = store
        self.process = os.getpid()
        self.thread = threading.get_ident()
        self.rehearsed = False
        self.frames = Frames(program)
        program.generators = Generators(self.frames)
        self.table = Table(program)
        self.policy = Policy(Rules(options[1]), modules().hook.set_due)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        values: dict[Place, Any] = dict(arguments)
        values |= {("cell", name): cell for name, cell in cells}
        in_reach = functools.partial(globals_in_reach, program, function.__code__)
        self.surroundings = Surroundings(values, in_reach, self.table)

    # -- start and resume --------------------------------------------------------------------

    def body(self, plain: Callable[[], Any]) -> Callable[[], Any]:
        """What to call: ``plain``, or what goes on from the last snapshot."""
        snapshot = self.store.load(console.warn)
        if snapshot is not None:
            modules().import_again(snapshot.meta["modules"])
        self.surroundings.begin()
        return plain if snapshot is None else self._resumed(snapshot)

    def _resumed(self, snapshot: Snapshot) -> Callable[[], Any]:
        meta = snapshot.meta
        if meta["python_bound"] and tuple(meta["python"]) != sys.version_info[:2]:
            raise AutoresumeError("the snapshot holds code made at run time, of another Python")
        state = loading(self.surroundings, functools.partial(self._load, snapshot))
        self.surroundings.restore(state["surroundings"])
        self.rehearsed = True
        self.table.generators.finish()
        arrived = functools.partial(self._arrived, state["interpreter"], meta.get("cost"))
        body = self.frames.resume(state["frames"], arrived)
        age = duration(time.time() - meta["time"])
        console.say(f"resuming {meta['place']}, from snapshot {snapshot.number}, {age} old")
        return body

    def _load(self, snapshot: Snapshot) -> dict[str, Any]:
        try:
            return streams.load(snapshot.data, snapshot.buffers, self.table)
        except AutoresumeError:
            raise
        except (AttributeError, ImportError, KeyError) as error:
            raise SourceChanged(
                f"the snapshot does not fit the program any more: {error}"
            ) from error

    def _arrived(self, saved: dict[str, Any], cost: float | None) -> None:
        interpreter.restore_numbers(saved)
        self.policy.resume(cost)

    # -- boundaries --------------------------------------------------------------------------

    @room()
    def boundary(self, frame: FrameType) -> None:
        """Take a snapshot if it is time; the first boundary finds out whether it can be done.

        Raises `Unsaveable` where it cannot.
        """
        if not self.rehearsed:
            self.policy.start()
        schedule = self.policy.schedule(modules().hook.own_flag(frame))
        try:
            if schedule.is_due():
                self._take(frame, schedule)
            elif not self.rehearsed:
                self._captured(frame)
        except Unsaveable as error:
            raise Unsaveable(told(error, frame)) from None
        self.rehearsed = True

    def _captured(self, frame: FrameType) -> tuple[streams.Pickled, list[Record]]:
        records = self.frames.capture(frame, root.__code__)
        if self.program.function(self.function.__code__) is not self.frames.function_of(records[0]):
            raise Unsaveable(f"{record_place(records[0])}: this was not called by the function")
        _check_no_import(records)
        shared, known = self.surroundings.capture()
        numbers = interpreter.capture_numbers()
        state = {"modules": {}, "frames": records, "surroundings": shared, "interpreter": numbers}
        return streams.dump(state, self.table, known), records

    def _take(self, frame: FrameType, schedule: Schedule) -> None:
        start = monotonic()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        pickled, records = self._captured(frame)
        start += schedule.loading(monotonic() - start, len(pickled.data))
        if not schedule.may_write(monotonic() - start, pickled.size):
            return
        try:
            self.store.save(self._meta(pickled, records), pickled.data, pickled.buffers)
        except RunLocked:
            raise
        except StoreError as error:
            if schedule.failed(monotonic() - start):
                console.warn(f"no snapshot: {error}")
        else:
            schedule.taken(monotonic() - start)

    def _meta(self, pickled: streams.Pickled, records: list[Record]) -> dict[str, Any]:
        return {
            "version": __version__,
            "python": list(sys.version_info[:2]),
            "python_bound": pickled.python_bound,
            "seed": hashseed.current(),
            "cost": self.policy.expected_cost,
            "time": time.time(),
            "place": record_place(records[-1]),
            "modules": list(self.program.modules),
        }


def _check_no_import(records: list[Record]) -> None:
    for record in records:
        if record["function"] == "<module>":
            raise Unsaveable(
                f"{record_place(record)}: a boundary below an import cannot be resumed in a "
                "resumable call; import the module before the call"
            )


def root(body: Callable[[], Any]) -> Any:
    """The frame above which there is none of the call's."""
    return body()


# -- the calls of this process -----------------------------------------------------------------

_active: Call | None = None
_starting = threading.Lock()


def boundary() -> None:
    """Called at the boundaries of user modules when something may be due."""
    call = _active
    if call is None or call.process != os.getpid():
        modules().hook.set_all_due(False)
    elif call.thread == threading.get_ident():
        call.boundary(sys._getframe(1))


@functools.cache
def modules() -> LiveModules:
    """The user modules of this process."""
    return LiveModules(boundary)


def is_inside() -> bool:
    """Whether a resumable call is running that this code is a part of.

    Raises UsageError where another thread has one running.
    """
    call = _active
    if call is None:
        return False
    if call.process == os.getpid() and call.thread != threading.get_ident():
        raise UsageError(
            f"{call.function.__qualname__} is running in another thread; a process can have one "
            "resumable call at a time"
        )
    return True


def run(
    function: FunctionType, options: Options, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Start or resume a call, and see it to its end."""
    plain = functools.partial(function, *args, **kwargs)
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return plain()  # which raises it in Python's words
    if not _starting.acquire(blocking=False):
        raise UsageError("another thread is just starting a resumable call")
    try:
        if is_inside():  # another thread was quicker
            return plain()
        call = _begun(function, _places(bound), options)
        body = _prepared(call, plain)
    finally:
        _starting.release()
    return _seen_through(call, body)


def _begun(function: FunctionType, arguments: dict[Place, Any], options: Options) -> Call:
    modules().prepare(function)
    where = location(options[0])
    key = _failed_key(function, arguments) or _key(where, function, arguments)
    store = RunStore(where, key, retention=Retention(options[2]), sign_key=key_file())
    store.lock()
    return Call(function, arguments, store, options)


def _prepared(call: Call, plain: Callable[[], Any]) -> Callable[[], Any]:
    global _active
    try:
        body = call.body(plain)
    except BaseException:
        _left(call.store)
        raise
    _active = call
    modules().hook.set_all_due(True)
    return body


def _seen_through(call: Call, body: Callable[[], Any]) -> Any:
    global _active
    try:
        value = root(body)
        if not call.frames.is_back:
            raise AutoresumeError(NOT_BACK)
    except BaseException:
        _left(call.store)
        _failed[call.function] = call.arguments, call.store.key
        raise
    else:
        _failed.pop(call.function, None)
        if os.getpid() == call.process:
            call.store.finish()
            call.store.delete()
        return value
    finally:
        _active = None
        modules().hook.set_all_due(False)


def _left(store: RunStore) -> None:
    """Give up the run; its snapshots, if it has any, stay."""
    try:
        store.lock()
        if store.peek() is None:
            store.delete()
    except StoreError:
        pass  # it is another process's by now, or out of reach
    store.unlock()


# -- what a call is known by ---------------------------------------------------------------------


def _places(bound: inspect.BoundArguments) -> dict[Place, Any]:
    """The arguments by the names of their parameters."""
    found: dict[Place, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            found |= {("argument", f"{name}[{n}]"): item for n, item in enumerate(value)}
        elif kind is inspect.Parameter.VAR_KEYWORD:
            found |= {("argument", f"{name}[{key!r}]"): value[key] for key in sorted(value)}
        else:
            found["argument", name] = value
    return found


def _key(store: Location, function: FunctionType, arguments: dict[Place, Any]) -> str:
    module = sys.modules[function.__module__]
    script = getattr(module, "__file__", None) if module.__name__ == "__main__" else None
    place = script and os.path.relpath(script, beside(store))
    digest = blake2b(digest_size=6)
    digest.update(json.dumps([function.__module__, place, function.__qualname__]).encode())
    for (_, name), value in arguments.items():
        digest.update(f"\0{name}=".encode())
        try:
            digest.update(_pickled(value))
        except Exception as error:  # whatever the methods of its class raise
            raise UsageError(
                f"{function.__qualname__}: the argument {name!r}, a {type(value).__qualname__}, "
                f"cannot be pickled, so that the call cannot be known again ({error})"
            ) from error
    return f"{function.__name__}-{digest.hexdigest()}"


_failed: dict[FunctionType, tuple[dict[Place, Any], str]] = {}
"""The last call of each function that has failed in this process, and the name of its run."""


def _failed_key(function: FunctionType, arguments: dict[Place, Any]) -> str | None:
    """The run of the call that has failed with these very objects, which it may have changed."""
    before, key = _failed.get(function, ({}, None))
    same = before.keys() == arguments.keys() and all(
        value is before[place]
        or (type(value) is type(before[place]) and _is_same(value, before[place]))
        for place, value in arguments.items()
    )
    return key if same else None


def _is_same(one: Any, other: Any) -> bool:
    return isinstance(one, int | float | str | bytes) and one == other


def _pickled(value: Any) -> bytes:
    """The pickle of an argument, which depends on nothing but its value.

    Not on which of its parts are one object, nor on the order of sets.
    """
    if type(value) in (list, tuple):
        return b"%s(%s)" % (type(value).__name__.encode(), b",".join(map(_pickled, value)))
    if type(value) is dict:
        items = (_pickled(key) + b":" + _pickled(item) for key, item in value.items())
        return b"{%s}" % b",".join(items)
    if type(value) in (set, frozenset):
        return b"set(%s)" % b",".join(sorted(map(_pickled, value)))
    out = io.BytesIO()
    pickler = pickle.Pickler(out, 5)
    pickler.fast = True
    pickler.dump(value)
    return b"%d:%s" % (len(out.getvalue()), out.getvalue())
