"""What a command means: a plain run, a first start, or a resume.

Only what every command needs is imported here. A script without marked loops starts as quickly as
it can, and the interpreter is started again for the hash seed before there is much to load.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from autoresume import console, hashseed, runner
from autoresume.cache import Cache
from autoresume.cli.options import Options
from autoresume.errors import SourceChanged, UsageError
from autoresume.program import Program
from autoresume.store import Retention, RunStore
from autoresume.store.locations import beside
from autoresume.transforms.hashing import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.run import Run


def prepared(options: Options) -> Callable[[], int]:
    """Return what starts or resumes the run of ``options``, and gives the exit status."""
    target = _prepare(options)
    _check_included(options)
    store = _store(options) if RunStore.is_there(options.store, _key(options)) else None
    # What the last snapshot says about itself, if there is one to be resumed.
    meta = store.peek() if store and not options.fresh else None
    auto = _is_auto(options, meta)
    cache = Cache(target.filename, auto, options.include)
    program = Program(target.owns, target.root, options.include, auto, cache=cache)
    spec = target.module.__spec__
    package = spec.parent if spec else None
    status = runner.supervise(lambda: _discover(program, target, package))
    if status:
        return lambda: status
    if not program.is_marked:
        _check_no_snapshot(meta, target)
        mark = "loop" if auto else "`# checkpoint`"
        return functools.partial(runner.run_plainly, target, mark)
    store = store or _store(options)
    seed = hashseed.pin(meta["seed"] if meta else None)
    store.lock()
    from autoresume.run import Run

    run = Run(options, target, program, store, seed)
    return functools.partial(_seen_through, run, store)


def _seen_through(run: Run, store: RunStore) -> int:
    try:
        return run.execute()
    finally:
        store.unlock()


def _prepare(options: Options) -> runner.Target:
    if options.script is not None:
        return runner.prepare_script(options.script, options.args)
    assert options.module is not None
    return runner.prepare_module(options.module, options.args)


def _check_included(options: Options) -> None:
    for name in options.include:
        try:
            found = find_spec(name.partition(".")[0])
        except (ImportError, ValueError):
            found = None
        if found is None:
            raise UsageError(f"--include: there is no module {name!r}")


def _discover(program: Program, target: runner.Target, package: str | None) -> None:
    program.discover("__main__", target.filename, target.source, package)


def _store(options: Options) -> RunStore:
    """The snapshots of the run, with the folders for them."""
    return RunStore(
        options.store,
        _key(options),
        retention=Retention(options.keep, options.history),
        compress=options.compress,
        sign_key=options.sign_key,
    )


def _is_auto(options: Options, meta: dict[str, Any] | None) -> bool:
    """Whether every loop is a boundary: a run goes on as it was started."""
    if meta is None:
        return options.auto
    auto: bool = meta.get("auto", False)
    if auto != options.auto:
        how = "with" if auto else "without"
        console.say(f"this run was started {how} --auto and goes on so; --fresh starts it over")
    return auto


def _check_no_snapshot(meta: dict[str, Any] | None, target: runner.Target) -> None:
    """Refuse to run a program from its top whose snapshots wait to be resumed."""
    if meta:
        raise SourceChanged(
            f"{target.name} has snapshots but no marked loop any more; mark the loop again, or "
            "start over with --fresh"
        )


def _key(options: Options) -> str:
    """The folder of a run: readable, and different for another script or other arguments."""
    script = options.script and os.path.relpath(options.script, beside(options.store))
    identity = json.dumps([script, options.module, options.args])
    name = Path(options.script or options.module or "").name
    return f"{name}-{blake2b(identity.encode(), digest_size=6).hexdigest()}"
