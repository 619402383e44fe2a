"""A run's life: start, resume, finish, fail."""

from __future__ import annotations

import builtins
import functools
import gc
import os
import re
import signal
import sys
import time
from _thread import get_ident
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from time import monotonic, sleep, thread_time
from types import FrameType, FunctionType, ModuleType
from weakref import WeakSet

from autoresume import __version__, console, exits, interpreter, marks, recursion, runner, signals
from autoresume.background import Copies, Report
from autoresume.cli.options import DROP, ERROR, WARN, Options
from autoresume.errors import AutoresumeError, RunLocked, SourceChanged, StoreError, Unsaveable
from autoresume.hook import Hook
from autoresume.misses import Misses
from autoresume.pickling import outside, streams
from autoresume.places import Record, Stack, record_place
from autoresume.policy import Policy, Rules, Schedule
from autoresume.prepared import Prepared, RebuildFailed, prepared
from autoresume.program import Program
from autoresume.store import RunStore, Snapshot
from autoresume.store.threads import is_ours
from autoresume.transforms.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Thread
    from typing import Any, NoReturn

    from autoresume.frames import Frames
    from autoresume.generators import Generators

_MACHINERY = frozenset(
    {"__builtins__", "__cached__", "__file__", "__loader__"}
    | {"__name__", "__package__", "__path__", "__spec__"}
)
"""Globals that importing a module sets, and that belong to the process."""


@record
class Run:
    """One process of a run."""

    options: Options
    target: runner.Target
    program: Program
    store: RunStore
    seed: int | None
    taken: int = 0
    rebuilding: bool = False
    rehearsed: bool = False
    without_unneeded: bool = False
    without_values: bool = False
    missing: list[str] = field(default_factory=list)
    """The values that the last snapshot does not hold: paths and types."""
    said: set[str] = field(default_factory=set)
    owner: int = field(default_factory=os.getpid)

    def __post_init__(self) -> None:
        self.hook = Hook(self.program, self.boundary)
        self.stack = Stack(self.program)
        self.program.make_generators = self._make_generators
        rules = Rules(self.options.every, self.options.max_overhead, self.options.mtbf)
        self.policy = Policy(rules, self.hook.set_due)
        self.stop = signals.Stop(self.policy.demand)
        self.misses = Misses()
        self.copies = Copies(self.options.fork, self._sources())

    def _sources(self) -> list[bytes]:
        return [parsed.source for parsed in self.program.parsed.values()]

    @functools.cached_property
    def frames(self) -> Frames:
        """What reads and resumes frames by models of their functions; to load it takes a while."""
        from autoresume.frames import Frames

        return Frames(self.program, keep_dead=self.options.keep_dead)

    def _make_generators(self) -> Generators:
        from autoresume.generators import Generators

        return Generators(self.frames)

    # -- start and end ---------------------------------------------------------------------

    def execute(self) -> int:
        """Start or resume, and see the run to its end."""
        marks.in_command = True
        self.stop.listen(self._sources())
        was_finished = self.store.finished
        snapshot = (
            None
            if self.options.fresh
            else self.store.load(console.warn, self.options.number, on_damage=_damaged)
        )
        self.hook.install()
        self.hook.adopt()
        interpreter.baseline()
        exits.watch(self.program.modules)
        if snapshot is None:
            if was_finished and not self.options.fresh:
                console.say(f"the last run of {self.target.name} has finished; starting afresh")
            self.store.restart()
            status = runner.supervise(self._start)
        else:
            try:
                body = self._resume(snapshot)
            except RebuildFailed as failed:
                body = functools.partial(_fail, failed.error)
            status = runner.supervise(lambda: _root(body))
            if not self.frames.is_back:
                from autoresume.frames import NOT_BACK

                console.error(NOT_BACK)
                status = 2
        self.hook.retire()
        if os.getpid() == self.owner:
            self._end(status)
            self.program.settle()
        self.stop.end()
        return status

    def _end(self, status: int) -> None:
        if status == 0:
            self.copies.stop()
            self.store.finish()
        elif self.copies.is_running:
            report = self.copies.wait()
            if report.failed or report.unsaveable:
                console.warn(f"no snapshot: {report.failed or report.unsaveable}")

    def _start(self) -> None:
        runner.import_parents(self.target)
        names = vars(self.target.module)
        module = self.hook.compile("__main__", self.target.filename, self.target.source, names)
        self.stop.has_begun = True
        _root(functools.partial(exec, module.compiled.code, names))

    def _resume(self, snapshot: Snapshot) -> Callable[[], object]:
        meta = snapshot.meta
        _check_python(meta)
        # Libraries look at it when they are imported: at the number of threads, for example.
        interpreter.write_environment(meta["environment"])
        for name in meta["adopted"]:
            import_module(name)
        self.hook.adopt(meta["adopted"])
        self._create_modules(meta["modules"])
        state = self._load(snapshot)
        self.program.generators.finish()
        # Everything else of the interpreter is restored when the stack is back.
        sys.setrecursionlimit(meta["recursion_limit"])
        self.rehearsed = True
        added = self._add_definitions(meta["definitions"])
        body = self.frames.resume(
            state["frames"],
            functools.partial(self._resumed, state["interpreter"], meta.get("cost")),
        )
        age = duration(time.time() - meta["time"])
        changes = ", ".join(dict.fromkeys([*self.frames.edited, *added]))
        edited = f" in edited source ({changes})" if changes else ""
        console.say(
            f"resuming {self.target.name} at {meta['place']}{edited}, from snapshot "
            f"{snapshot.number}, {age} old"
        )
        if meta.get("missing") and self.options.on_unsaveable != DROP:
            console.warn(f"not in the snapshot: {', '.join(meta['missing'])}")
        return body

    def _load(self, snapshot: Snapshot) -> dict[str, Any]:
        self.rebuilding = True
        again = functools.partial(self._run_again, snapshot.meta)
        try:
            interpreter.restore_libraries_of_numbers(snapshot.meta)
            return streams.load(snapshot.data, snapshot.buffers, self.program, again)
        except AutoresumeError:
            raise
        except Exception as error:
            # The program's own __reduce__, __setstate__ or __hash__, or a library's, has failed.
            import traceback

            reason = traceback.format_exception_only(error)[-1].strip()
            raise AutoresumeError(
                f"snapshot {snapshot.number} cannot be loaded: {reason}; start over with --fresh"
            ) from error
        finally:
            self.rebuilding = False

    def _run_again(
        self, meta: dict[str, Any], place: Any, variables: dict[str, Any]
    ) -> dict[str, Any]:
        """Run a statement whose values the snapshot does not hold, where it ran before."""
        from autoresume.rebuild import run_again

        interpreter.restore_folder(*meta["folder"])
        interpreter.write_environment(meta["environment"])
        gc.enable()
        try:
            return run_again(self.program, place, variables)
        finally:
            gc.disable()

    def _create_modules(self, names: list[str]) -> None:
        """Make the user modules of the snapshot, empty: their globals are in the state."""
        for name in names:
            if name == "__main__":
                main = vars(self.target.module)
                self.hook.compile("__main__", self.target.filename, self.target.source, main)
                continue
            spec = find_spec(name)
            if spec is None or spec.origin is None or spec.loader is None:
                raise SourceChanged(f"the snapshot uses module {name}, which is not there any more")
            module = sys.modules[name] = module_from_spec(spec)
            # As `exec` does: C functions that import look it up in their caller's globals.
            vars(module)["__builtins__"] = vars(builtins)
            spec._initializing = False  # type: ignore[attr-defined] # as after its import
            spec.loader.get_code(name)  # type: ignore[attr-defined]

    def _add_definitions(self, before: dict[str, list[str]]) -> list[str]:
        """Make what an edit has added at the top level of a module; returns the names.

        ``before``: what each module defined at the time of the snapshot.
        """
        added: list[str] = []
        for name in self._loaded():
            module, names = self.program.modules[name], vars(sys.modules[name])
            present = {*names, *before[name]}
            if present.issuperset(module.definitions):
                continue
            from autoresume.transforms.additions import added_definitions

            found = added_definitions(module.rewritten, present)
            if found:
                added += found[0]
                exec(found[1], names)
        return added

    def _resumed(self, saved: dict[str, Any], cost: float | None) -> None:
        """Called in the innermost frame when the whole stack is back."""
        interpreter.restore(saved)
        self.policy.resume(cost)
        self.program.settle()
        self.stop.has_begun = True

    # -- boundaries ------------------------------------------------------------------------

    def boundary(self) -> None:
        """Called by a marked loop between two iterations, if something is due."""
        if os.getpid() != self.owner:
            self.hook.set_all_due(False)  # a forked child is not the run
            return
        if self.rebuilding:
            return
        with recursion.room():
            self._at_boundary(sys._getframe(1))

    def _at_boundary(self, frame: FrameType) -> None:
        if not self.rehearsed:
            self.policy.start()
        schedule = self.policy.schedule(self.hook.own_flag(frame))
        if schedule.is_due():
            self._take(frame, schedule)
        elif not self.rehearsed and not self.program.every_loop:
            # Find out at the first boundary whether the state can be saved.
            self._captured(frame)
        if not self.rehearsed:
            self.rehearsed = True
            self.program.settle()

    def _captured(self, frame: FrameType) -> tuple[streams.Pickled, list[Record]] | None:
        """The state at a boundary; None where it cannot be saved and nobody has asked for it."""
        outside.forget()
        try:
            return self._capture(frame)
        except Unsaveable as error:
            self._cannot_save(str(error))
            return None
        finally:
            self.copies.note_capture()

    def _capture(self, frame: FrameType) -> tuple[streams.Pickled, list[Record]]:
        try:
            _check_threads()
            records = self._records(frame)
            _check_outermost(records[0])
            return self._pickled(records, frame), records
        except Unsaveable as error:
            raise Unsaveable(told(error, frame)) from error

    def _records(self, frame: FrameType) -> list[Record]:
        """The stack, by what is known of its places, or else by models of its functions."""
        root = _root.__code__
        records = None if self.options.keep_dead else self.stack.capture(frame, root)
        if records is None:
            records = self.frames.capture(frame, root)
            self.stack.main_reads = self.frames.main_reads
            if not self.rehearsed:  # what is found out later is kept at the end
                self.program.settle()
        elif "frames" in vars(self):
            self.frames.forget()
        return records

    def _cannot_save(self, reason: str) -> None:
        if self.options.on_unsaveable == ERROR and not self.program.every_loop:
            _refuse(reason)
        self._say_once(f"no snapshot: {reason}")
        self.stop.delayed(reason)
        self.misses.add(reason.partition("\n")[0])

    def _say_once(self, warning: str) -> None:
        if self.options.on_unsaveable == WARN and warning not in self.said:
            self.said.add(warning)
            console.warn(warning)

    def _pickled(self, records: list[Record], frame: FrameType) -> streams.Pickled:
        """The state, without the script's unneeded globals if it cannot be saved with them.

        By themselves they do no harm, and source that is edited may need them again.
        """
        if self.without_values:
            return self._pickled_without(records, frame)
        try:
            state = self._state(records)
            return streams.dump(state.all, self.program, state.known, state.rebuilds)
        except Unsaveable as error:
            if self.without_unneeded:
                if self.options.on_unsaveable == ERROR or not error.by_value:
                    raise
                self.without_values = True
            self.without_unneeded = True
            return self._pickled(records, frame)

    def _pickled_without(self, records: list[Record], frame: FrameType) -> streams.Pickled:
        """The state without the values that cannot be saved."""
        state = self._state(records)
        pickled, refused = streams.dump_without(
            state.all, self.program, state.known, state.rebuilds
        )
        self.missing = list(dict.fromkeys(one.name for one in refused))
        for one in refused:
            reason = _placed(one.text, frame)
            self._say_once(f"{reason}; it is left out of the snapshots, using it is an error then")
        return pickled

    def _state(self, records: list[Record]) -> Prepared:
        modules = {name: self._globals(name) for name in self._loaded()}
        return prepared(self.program, modules, records, interpreter.capture())

    def _loaded(self) -> list[str]:
        return [name for name in self.program.modules if name in sys.modules]

    def _globals(self, name: str) -> dict[str, Any]:
        generated = self.program.modules[name].compiled.names
        pruned = self.without_unneeded and name == "__main__"
        needed = self._needed_of_main() if pruned else None
        return {
            key: value
            for key, value in vars(sys.modules[name]).items()
            if key not in _MACHINERY and not generated.is_generated(key)
            if needed is None or key in needed or _is_found_by_name(key, value)
        }

    def _needed_of_main(self) -> set[str] | None:
        """The globals of the script that anything may still use; None: all."""
        read, mentioned = self.stack.main_reads, self.program.modules["__main__"]
        in_functions = mentioned.mentioned_in_functions
        if read is None or in_functions is None or self.program.imports_main:
            return None
        return read | in_functions

    def _take(self, frame: FrameType, schedule: Schedule) -> None:
        if self.copies.is_running and not self._is_free(schedule):
            return
        start, worked = monotonic(), thread_time()
        for stream in (sys.stdout, sys.stderr):
            # What was printed before the snapshot will not be printed again.
            if stream is not None:
                stream.flush()
        if self.rehearsed and not self.stop.is_asked and self._can_copy_capture():
            self._save_in_copy(
                functools.partial(self._capture_and_save, frame), start, frame, schedule
            )
            return
        captured = self._captured(frame)
        if captured is None:
            schedule.missed(thread_time() - worked)
            return
        pickled, records = captured
        start += schedule.loading(monotonic() - start, len(pickled.data))
        if not schedule.may_write(monotonic() - start, pickled.size):
            return
        meta = self._meta(pickled, records)
        save = functools.partial(self.store.save, meta, pickled.data, pickled.buffers)
        if not self.stop.is_asked and self.copies.can_write():
            self._save_in_copy(save, start, frame, schedule)
            return
        try:
            save()
        except RunLocked as error:
            _refuse(str(error))
        except StoreError as error:
            self._failed(str(error), monotonic() - start, schedule)
            return
        self._saved()
        schedule.taken(monotonic() - start)
        if self.stop.is_asked:
            self.store.unlock()
            signals.leave(f"stopped at {meta['place']}")

    def _can_copy_capture(self) -> bool:
        # This process has to know what was left out: to tell of it once, and to leave it out again.
        return self.options.on_unsaveable == ERROR and self.copies.can_capture()

    def _saved(self) -> None:
        self.taken += 1
        if self.taken == self.options.crash_after:
            os.kill(os.getpid(), signal.SIGKILL)
        self.misses.end()

    def _failed(self, reason: str, cost: float, schedule: Schedule) -> None:
        if schedule.failed(cost):
            console.warn(f"no snapshot: {reason}")
        self.stop.delayed(reason)

    # -- snapshots in a copy of the process --------------------------------------------------

    def _save_in_copy(
        self, save: Callable[[], int], start: float, frame: FrameType, schedule: Schedule
    ) -> None:
        try:
            self.store.lock()
            self.store.wait_for_verification()
            self.copies.start(self.store.serve_parent, save)
        except RunLocked as error:
            _refuse(str(error))
        except (StoreError, OSError) as error:
            self._failed(str(error), monotonic() - start, schedule)
            return
        schedule.taken(monotonic() - start)
        if self.options.crash_after:  # it counts snapshots that are safe
            report = self.copies.wait()
            self._heed(report, schedule)
            if report.is_shared:
                self._take(frame, schedule)

    def _capture_and_save(self, frame: FrameType) -> int:
        pickled, records = self._capture(frame)
        return self.store.save(self._meta(pickled, records), pickled.data, pickled.buffers)

    def _is_free(self, schedule: Schedule) -> bool:
        """Whether there is time for a snapshot, after the copy that took the last one."""
        report = self.copies.wait() if self.stop.is_asked else self.copies.poll()
        if report is None:
            schedule.postpone()
            return False
        return self._heed(report, schedule)

    def _heed(self, report: Report, schedule: Schedule) -> bool:
        """Do what a copy's report asks for; returns whether a snapshot is due."""
        if report.number:
            self.store.saved_by_copy(report.number)
            self._saved()
            return schedule.is_due_after(report.seconds)
        if report.unsaveable:
            self._cannot_save(report.unsaveable)
        elif report.failed:
            self._failed(report.failed, report.seconds, schedule)
            return self.stop.is_asked
        return True

    def _meta(self, pickled: streams.Pickled, records: list[Record]) -> dict[str, Any]:
        last = records[-1]
        where = f"{os.path.relpath(last['file'], self.target.root)}:{last['line']}"
        return {
            "version": __version__,
            "python": list(sys.version_info[:2]),
            "python_bound": pickled.python_bound,
            "missing": self.missing,
            **interpreter.surroundings(),
            "auto": self.program.every_loop,
            "seed": self.seed,
            "cost": self.policy.expected_cost,
            "time": time.time(),
            "place": f"{where} in {last['function']}",
            "modules": self._loaded(),
            "adopted": list(self.program.adopted),
            "definitions": {
                name: self.program.modules[name].definitions for name in self._loaded()
            },
            "recursion_limit": recursion.limit(),
            "program": self.target.name,
        }


def _fail(error: BaseException) -> NoReturn:
    """Stands for a stack that could not be brought back because of an error of the program's."""
    raise error


def _damaged(reason: str) -> NoReturn:
    """End a run whose snapshot turned out to be damaged when it was going on already."""
    console.error(f"{reason}; run the same command again to go on from the one before")
    os._exit(75)


def _root(body: Callable[[], object]) -> None:
    """The frame above which there is none of the user's."""
    body()


def told(error: Unsaveable, frame: FrameType) -> str:
    """Return what there is to say about a boundary that cannot be saved."""
    return "\n".join(_placed(line, frame) for line in str(error).splitlines())


def _placed(message: str, frame: FrameType) -> str:
    if not re.match(_HAS_PLACE, message):
        message = f"{frame.f_code.co_filename}:{frame.f_lineno}: {message}"
    return re.sub(_ITERATOR, "(iterator of a loop)", message)


def _refuse(reason: str) -> NoReturn:
    """End the program at a boundary that cannot be saved, now or ever.

    Not by an exception, which the program might catch, or which would end a thread only.
    """
    for line in reason.splitlines():
        console.error(line)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(2)


def _is_found_by_name(key: str, value: object) -> bool:
    """Whether a global may be used by those who only know its name, such as pickle."""
    return key.startswith("__") or issubclass(type(value), ModuleType | FunctionType | type)


_HAS_PLACE = r"[^<].*\.py:\d+ in "
_ITERATOR = r"\b_ar\d*_it_\d+\b"


def _check_outermost(record: Record) -> None:
    if record["function"] != "<module>" or record["code"][0] != "__main__":
        raise Unsaveable(f"{record_place(record)}: this was not called by the script")


_MAIN = get_ident()
"""The main thread, where the run is made; `threading` may not know of others."""


def _check_threads() -> None:
    if get_ident() != _MAIN:
        raise Unsaveable("a boundary in a thread cannot be resumed yet; mark loops of the main one")
    threading = sys.modules.get("threading")
    if threading is None:
        return
    from autoresume.pickling.locks import is_drawing

    threads = [t for t in threading.enumerate() if t is not threading.main_thread()]
    others = [thread for thread in threads if not (is_drawing(thread) or is_ours(thread))]
    if lasting := _lasting(others):
        names = ", ".join(thread.name for thread in lasting)
        raise Unsaveable(f"threads cannot be saved: {names}; let them end before the boundary")


def _lasting(threads: list[Thread]) -> list[Thread]:
    """Return those threads that do not end by themselves, as those of a pool do that was closed."""
    deadline = monotonic() + _PATIENCE
    while any(thread not in _SEEN_TO_LAST and thread.is_alive() for thread in threads):
        if monotonic() >= deadline:
            _SEEN_TO_LAST.update(threads)
            break
        sleep(_MOMENT)
    return [thread for thread in threads if thread.is_alive()]


_PATIENCE, _MOMENT = 1.0, 0.001
"""Seconds to wait for threads to end, once for each, and between two looks at them."""

_SEEN_TO_LAST: WeakSet[Thread] = WeakSet()


def _check_python(meta: dict[str, Any]) -> None:
    if meta["python_bound"] and tuple(meta["python"]) != sys.version_info[:2]:
        major, minor = meta["python"]
        raise AutoresumeError(
            f"this snapshot holds code made at run time and needs Python {major}.{minor}; "
            "use that, or start over with --fresh"
        )


def duration(seconds: float) -> str:
    """Return a time for people: ``12 s``, ``5 min``, ``3.5 h``; a clock may have been set back."""
    seconds = max(seconds, 0.0)
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
