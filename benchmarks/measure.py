"""What all benchmarks share: how things are measured in turn, and what is kept of it."""

import gc
import json
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SECONDS, BYTES = "s", "B"


@dataclass
class Series:
    """The measurements of one thing done in one way, one for each repetition."""

    suite: str
    case: str
    what: str
    way: str
    unit: str
    values: list[float] = field(default_factory=list)


@dataclass
class Summary:
    """The median of some numbers, the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Summary":
        return cls(statistics.median(values), min(values), max(values))


@dataclass
class Unable:
    """What could not be done in a suite, and why."""

    suite: str
    what: str
    why: str


@dataclass
class Results:
    """All that was measured, on what, and what could not be measured."""

    about: dict[str, object] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """What is not installed here."""
    parts: dict[str, dict[str, object]] = field(default_factory=dict)
    """Of each suite: how long it took, of which commit, and how busy the machine was before."""
    unable: list[Unable] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)
    """The way that others are compared with, by suite, case and what is measured."""
    series: list[Series] = field(default_factory=list)

    def add(self, suite: str, case: str, what: str, way: str, unit: str, value: float) -> None:
        found = self.find(suite, case, what, way)
        if found is None:
            found = Series(suite, case, what, way, unit)
            self.series.append(found)
        found.values.append(value)

    def find(self, suite: str, case: str, what: str, way: str) -> Series | None:
        key = (suite, case, what, way)
        of_key = (s for s in self.series if (s.suite, s.case, s.what, s.way) == key)
        return next(of_key, None)

    def refer(self, suite: str, case: str, what: str, way: str) -> None:
        """Compare the other ways to do this with `way`."""
        self.references[f"{suite}/{case}/{what}"] = way

    def reference(self, series: Series) -> Series | None:
        way = self.references.get(f"{series.suite}/{series.case}/{series.what}")
        return self.find(series.suite, series.case, series.what, way) if way else None

    def of(self, name: str) -> "Results":
        """What is of one suite, and of its second half with forked copies."""
        suites = name, f"{name} --fork"
        return Results(
            unable=[one for one in self.unable if one.suite in suites],
            references={key: way for key, way in self.references.items() if _suite(key) in suites},
            series=[one for one in self.series if one.suite in suites],
        )

    def drop(self, name: str) -> None:
        """Forget a suite, which is to be measured anew."""
        old = self.of(name)
        self.parts.pop(name, None)
        self.unable = [one for one in self.unable if one not in old.unable]
        self.series = [one for one in self.series if one not in old.series]
        self.references = {
            key: way for key, way in self.references.items() if key not in old.references
        }

    def write(self, path: Path) -> None:
        path.write_text(_compact(json.dumps(asdict(self), indent=1)))

    @classmethod
    def read(cls, path: Path) -> "Results":
        kept = json.loads(path.read_text())
        unable, series = kept.pop("unable"), kept.pop("series")
        return cls(
            **kept,
            unable=[Unable(**one) for one in unable],
            series=[Series(**one) for one in series],
        )


def _suite(key: str) -> str:
    return key.partition("/")[0]


def _compact(text: str) -> str:
    """JSON with each series on a line of its own."""
    return re.sub(r"\n(?: {3,}| {2}(?=[\]}]))", " ", text)


def ratio(series: Series, reference: Series) -> Summary:
    """Compare repetition by repetition, as both were disturbed by the same other programs then."""
    pairs = zip(series.values, reference.values, strict=False)  # what takes long is done less often
    return Summary.of([a / b for a, b in pairs if b])


def one_round(ways: Mapping[str, Callable[[], T]], number: int) -> Iterator[tuple[str, T]]:
    """Do everything once: every other time in the opposite order, so that none is always second."""
    for name in ways if number % 2 else reversed(ways):
        yield name, ways[name]()


def alternate(
    ways: Mapping[str, Callable[[], T]], repetitions: int, uncounted: int = 1
) -> Iterator[tuple[str, T]]:
    """Do everything in turn, after once that is not counted."""
    for number in range(repetitions + uncounted):
        settle()
        for name, value in one_round(ways, number):
            if number >= uncounted:
                yield name, value


def timed(work: Callable[[], object]) -> float:
    """The seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Watch:
    """The seconds that something took, and by how many bytes the process grew in the meantime."""

    seconds = 0.0
    grown: float | None = None

    def start(self) -> None:
        self._peak_is_reset = _reset_peak()
        self._before = _status("VmRSS")
        self._start = time.perf_counter()

    def stop(self) -> None:
        self.seconds = time.perf_counter() - self._start
        if self._peak_is_reset:
            self.grown = max(0, _status("VmHWM") - self._before)


@contextmanager
def watching() -> Iterator[Watch]:
    """Measure a block, which begins with nothing to be collected and nothing to be written."""
    settle()
    watch = Watch()
    watch.start()
    yield watch
    watch.stop()


def settle() -> None:
    """Let no one pay for garbage, dirty pages and removed files of those before."""
    gc.collect()
    os.sync()
    for _ in range(200):  # 10 seconds at most
        before = _disks()
        time.sleep(0.05)
        if _disks() == before:
            return


def _disks() -> str:
    """What disks have done so far; a disk frees the blocks of removed files in its own time."""
    try:
        return Path("/proc/diskstats").read_text()
    except OSError:  # this is no Linux
        return ""


def rest() -> None:
    """Wait, a minute at most, until nothing works in the background of this process any more."""
    for _ in range(1200):
        before = time.process_time()
        time.sleep(0.05)
        if time.process_time() - before < 0.005:
            return


def _reset_peak() -> bool:
    """Begin to look for the peak anew: see `man 5 proc`."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _status(name: str) -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))
