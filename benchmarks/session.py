"""What is measured inside of the process of `programs/keeper.py`, between its snapshots.

The program is a user's; this module is not, so nothing here is part of its state. What is to be
done is told in the environment, see `Order`; each result is a line of JSON in a file.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

import peers
from measure import BYTES, SECONDS, Watch, one_round, rest, settle, watching
from peers import PEERS

OWN = "autoresume"
BEGAN: dict[str, float] = {}
TOOK: dict[str, float] = {}
"""When parts of autoresume began, and the seconds that they took the last time."""


@dataclass
class Order:
    """What one process has to do."""

    folder: str
    """Where the files of the peers are, and the store."""
    out: str
    ways: list[str]
    imports: list[str]
    """What a user's program has imported, and a resume does not have to."""
    repetitions: int
    patience: float
    """Seconds after which a way is not tried once more."""
    loads: bool = False
    is_cold: bool = False
    forks: bool = False

    def environment(self) -> dict[str, str]:
        return {"BENCHMARK": json.dumps(asdict(self))}


def _report(what: str, way: str, unit: str, value: float) -> None:
    with Path(ORDER.out).open("a") as file:
        print(json.dumps([what, way, unit, value]), file=file)


def _report_inability(way: str, error: Exception) -> None:
    with Path(ORDER.out).open("a") as file:
        print(
            json.dumps([way, f"{type(error).__name__}: {error}".splitlines()[0][:100]]), file=file
        )


class Turns:
    """The turns of this process, each of which ends with a snapshot."""

    def __init__(self) -> None:
        self.number = -1
        self.spent: dict[str, float] = {}
        self.unable: set[str] = set()
        self.seen: set[Path] = set()
        self.watch = Watch()

    def turn(self, state) -> None:
        if ORDER.loads:
            _load_all(state)
            os._exit(0)
        if self.number >= 0:
            self.note_snapshot(state)
        else:
            state.change()
        if self.number == ORDER.repetitions:
            os._exit(0)
        self.number += 1
        self.save_others(state)
        settle()
        self.watch.start()

    def note_snapshot(self, state) -> None:
        """The program goes on after a snapshot."""
        self.watch.stop()
        start = time.perf_counter()
        state.change()
        changed = time.perf_counter() - start
        if ORDER.forks:
            self.wait_for_copy()
        until_safe = time.perf_counter() - start
        written = self.written()
        if self.number == 0:
            return
        _report("pause", OWN, SECONDS, self.watch.seconds)
        _report("first change after it", OWN, SECONDS, changed)
        if ORDER.forks:
            _report("until it is safe", OWN, SECONDS, self.watch.seconds + until_safe)
            return
        _report("bytes", OWN, BYTES, written)
        for part in ("capture", "write"):
            _report("its two parts", part, SECONDS, TOOK[part])
        if self.watch.grown is not None:
            _report("peak memory", OWN, BYTES, self.watch.grown)

    def wait_for_copy(self) -> None:
        """Until it has ended, which autoresume has to find out itself."""
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

    def written(self) -> int:
        """The bytes of the files that were not there before."""
        files = {path for path in Path(ORDER.folder, "store").rglob("*") if path.is_file()}
        sizes = [path.stat().st_size for path in files - self.seen]
        self.seen = files
        return sum(sizes)

    def save_others(self, state) -> None:
        ways = {way: lambda way=way: self.save(way, state.values) for way in ORDER.ways}
        for way, seconds in one_round(ways, self.number):
            self.spent[way] = self.spent.get(way, 0.0) + seconds

    def save(self, way: str, values) -> float:
        if way in self.unable or (self.number > 1 and self.spent[way] > ORDER.patience):
            return 0.0
        path = _path(way)
        path.unlink(missing_ok=True)
        try:
            with watching() as watch:
                PEERS[way].save(values, path)
                peers.make_durable(path)
        except Exception as error:
            _report_inability(way, error)
            self.unable.add(way)
            path.unlink(missing_ok=True)
            return 0.0
        if self.number:
            self.note(way, path, watch)
        return watch.seconds

    def note(self, way: str, path: Path, watch: Watch) -> None:
        """What a way took; beside forked copies it is the pause only that is compared."""
        _report("pause", way, SECONDS, watch.seconds)
        if ORDER.forks:
            return
        if path.exists():
            _report("bytes", way, BYTES, path.stat().st_size)
        if watch.grown is not None:
            _report("peak memory", way, BYTES, watch.grown)


def _load_all(state) -> None:
    """The state has been loaded: tell what that took, and load it in the other ways."""
    loaded = time.perf_counter()
    state.touch(state.values)
    touched = time.perf_counter()
    how = "cold" if ORDER.is_cold else "warm"
    _report(f"load, {how}", OWN, SECONDS, loaded - BEGAN["run"])
    _report(f"load and read all, {how}", OWN, SECONDS, touched - BEGAN["run"])
    rest()  # what was loaded is verified in the background
    for way in ORDER.ways:
        path, load = _path(way), PEERS[way].load
        if load and path.exists():
            peers.warm_up(way, path.with_suffix(".small"))
            (peers.cool if ORDER.is_cold else peers.warm)(path)
            with watching() as watch:
                values = load(path)
            _report(f"load, {how}", way, SECONDS, watch.seconds)
            start = time.perf_counter()
            if state.is_arrays and isinstance(values, dict):
                state.touch(values)
            taken = watch.seconds + time.perf_counter() - start
            _report(f"load and read all, {how}", way, SECONDS, taken)
            del values


def _path(way: str) -> Path:
    return Path(ORDER.folder, way.replace(" ", "_"))


ORDER = Order(**json.loads(os.environ["BENCHMARK"])) if "BENCHMARK" in os.environ else None
for name in ORDER.imports if ORDER else ():
    import_module(name)
TURNS = Turns()


def turn(state) -> None:
    """One turn of the program."""
    TURNS.turn(state)
