"""What rewriting costs programs that mostly call, while no snapshot is due."""

import argparse
import itertools
import math
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import ClassVar

from measure import SECONDS, Results, alternate
from processes import PROGRAMS
from scale import Scale

from autoresume.provided import provide
from autoresume.rawframes import IS_READABLE
from autoresume.switches import IS_SWITCHABLE, SWITCHES
from autoresume.transforms import find_reach, parse, rewrite

OWN = "rewritten"
PURE = "chaos comprehensions deltablue fannkuch float generators go hexiom mdp meteor_contest"
PURE += " nbody nqueens pyflate raytrace richards richards_super scimark spectral_norm"
"""Programs of pyperformance that are Python and nothing else."""


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Run programs plain and rewritten in turn: of our own with marks, and of pyperformance."""
    for path in sorted((PROGRAMS / "calls").glob("*.py")):
        _compare(results, f"own {path.stem}", path, scale, all_loops=False)
    for path in itertools.islice(_pyperformance(), scale.programs):
        name = path.parent.name.removeprefix("bm_")
        _compare(results, f"pyperformance {name}", path, scale, all_loops=True)


def _pyperformance() -> Iterator[Path]:
    found = find_spec("pyperformance")
    if found:
        for name in PURE.split():
            yield from Path(found.origin).parent.glob(f"data-files/benchmarks/bm_{name}/run_*.py")


def _compare(results: Results, case: str, path: Path, scale: Scale, all_loops: bool) -> None:
    plain, rewritten = _compiled(path, all_loops)
    times = _times(plain, scale.call_seconds)
    ways = {"plain": lambda: _seconds(plain, times), OWN: lambda: _seconds(rewritten, times)}
    results.refer("calls", case, "a run", "plain")
    for way, seconds in alternate(ways, scale.call_repetitions):
        results.add("calls", case, "a run", way, SECONDS, seconds)


def _compiled(path: Path, all_loops: bool) -> tuple[Callable[[], object], Callable[[], object]]:
    """What a program does, as it is and rewritten."""
    source = path.read_bytes()
    parsed = parse(source, str(path), every_loop=all_loops)
    rewritten = rewrite(
        parsed, find_reach([parsed.facts]), reads_stack=IS_READABLE, switchable=IS_SWITCHABLE
    )
    provide(rewritten.names)
    SWITCHES.watch(rewritten.code, rewritten.names)
    SWITCHES.set(False)
    names = {"__name__": "__main__", "__file__": str(path)}
    plain = _work(compile(source, str(path), "exec"), dict(names))
    return plain, _work(rewritten.code, {**names, rewritten.names.due: None})


def _work(code: CodeType, names: dict[str, object]) -> Callable[[], object]:
    """Start a program: what it would have pyperf repeat, or its function `main`."""
    sys.modules["pyperf"] = _PYPERF
    Runner.works.clear()
    try:
        exec(code, names)
    finally:
        del sys.modules["pyperf"]
    works = list(Runner.works) or [names["main"]]
    return lambda: [work() for work in works]


class Runner:
    """Stands in for pyperf's: it takes note of what there is to be timed."""

    works: ClassVar[list[Callable[[], object]]] = []

    def __init__(self, **options: object) -> None:
        self.argparser = argparse.ArgumentParser()
        self.metadata: dict[str, object] = {}

    def parse_args(self) -> argparse.Namespace:
        return self.argparser.parse_args([])

    def bench_func(self, name: str, work: Callable[..., object], *args: object) -> None:
        self.works.append(partial(work, *args))

    def bench_time_func(
        self, name: str, work: Callable[..., object], *args: object, **options: object
    ) -> None:
        self.works.append(partial(work, 1, *args))


_PYPERF = ModuleType("pyperf")
_PYPERF.Runner = Runner
_PYPERF.perf_counter = time.perf_counter


def _times(work: Callable[[], object], seconds: float) -> int:
    """How often it has to be done to take so long, as short times are no good to compare."""
    return math.ceil(seconds / max(_seconds(work, 1), 1e-6)) or 1


def _seconds(work: Callable[[], object], times: int) -> float:
    """What it takes once, of the processor."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times
