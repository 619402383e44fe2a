"""What it takes to save and load states of many kinds, next to other ways to do so."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import peers
from measure import Results, Unable
from peers import MEMCPY, PEERS, RAW
from processes import HERE, PROGRAMS, run
from scale import Scale
from session import Order

FEW = (MEMCPY, RAW, "pickle", "dill")
MAIN = (RAW, "pickle", "dill")
"""What is loaded in each repetition, and saved beside forked copies."""
LARGE = 2048
"""The MiB from which on what takes more memory than a raw write is left out."""
THOROUGH = 2
"""How often all ways load, and from the disk; the other times, these are the main ones, warm."""
COMPARED = ("pause", "bytes", "load, warm", "load, cold")
COMPARED += ("load and read all, warm", "load and read all, cold")
ARRAYS = tuple(name for name in PEERS if name != "pickle, gc off")
OBJECTS = tuple(name for name, peer in PEERS.items() if not peer.is_for_arrays)


@dataclass(frozen=True)
class Case:
    """A state: its kind and size, as `programs/keeper.py` knows them, and the ways to save it."""

    name: str
    kind: str
    size: int
    ways: tuple[str, ...]
    reference: str = ""
    depth: int = 0
    mib: int = 0

    @property
    def present(self) -> list[str]:
        return [way for way in self.ways if PEERS[way].is_there]

    @property
    def imports(self) -> list[str]:
        """What the program has imported, and what the peers need."""
        return sorted({"numpy.random", *(PEERS[way].needs for way in self.present)} - {""})


def cases(scale: Scale) -> list[Case]:
    """All kinds of states."""
    array, viewed = scale.array, scale.viewed
    return [
        Case(f"A: one array of {array} MiB", "OneArray", array, ARRAYS, RAW, mib=array),
        Case(f"B: {scale.arrays} arrays of 1 MiB", "ManyArrays", scale.arrays, ARRAYS, RAW,
             mib=scale.arrays),
        Case(f"C: {scale.objects} dicts, a fifth as many instances", "Objects", scale.objects,
             OBJECTS, "pickle", mib=scale.objects // 1000),
        Case(f"D: an array of {viewed} MiB and ten views", "Views", viewed, ARRAYS, RAW,
             mib=6 * viewed),
        Case(f"E: {array} MiB, 1 % changed", "Hundredth", array, FEW, RAW, mib=array),
        Case(f"{array} MiB, nothing changed", "Unchanged", array, (RAW,), RAW, mib=array),
        Case(f"F: {scale.depth} calls deep", "Nothing", 0, (), depth=scale.depth),
        Case(f"G: {scale.generators} suspended generators", "Generators", scale.generators,
             ("pickle", "cloudpickle", "dill")),
        Case("nothing", "Nothing", 0, ()),
    ]  # fmt: skip


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Save and load all kinds of states."""
    for case in cases(scale):
        measure_case(results, "snapshots", scale, folder, case)


def measure_growth(results: Results, scale: Scale, folder: Path) -> None:
    """Save and load arrays of growing size, the largest next to a raw write only."""
    few = replace(
        scale, repetitions=scale.growth_repetitions, loads=min(scale.loads, THOROUGH),
        patience=3 * scale.patience,
    )  # fmt: skip
    for mib in scale.growth:
        ways = FEW if mib <= LARGE else (RAW,)
        case = Case(f"{mib} MiB", "OneArray", mib, ways, RAW, mib=mib)
        measure_case(results, "growth", few, folder, case)


def measure_case(results: Results, suite: str, scale: Scale, folder: Path, case: Case) -> None:
    """Save and load a state, if there is room; once more with snapshots by forked copies."""
    reason = _no_room(case, folder)
    if reason:
        results.unable.append(Unable(suite, case.name, reason))
        return
    _measure_in(results, suite, scale, folder, case)
    # A library with threads, such as torch, would keep copies of the process from capturing.
    forked = replace(case, ways=tuple(way for way in case.ways if way in MAIN))
    _measure_in(results, f"{suite} --fork", scale, folder, forked, forks=True)


def _no_room(case: Case, folder: Path) -> str:
    room = shutil.disk_usage(folder).free >> 20
    needed = case.mib * (len(case.present) + 3)
    if needed > room:
        return f"needs {needed} MiB on disk, there are {room}"
    copies = 2 if case.ways == (RAW,) else 3
    available = _available_mib()
    if case.mib * copies > available:
        return f"needs {case.mib * copies} MiB of memory, there are {available}"
    return ""


def _available_mib() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("MemAvailable"))


def _measure_in(
    results: Results, suite: str, scale: Scale, folder: Path, case: Case, forks: bool = False
) -> None:
    if case.reference:
        for what in COMPARED:
            results.refer(suite, case.name, what, case.reference)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        out = Path(place, "out")
        order = Order(
            place, str(out), case.present, case.imports, scale.repetitions, scale.patience,
            forks=forks,
        )  # fmt: skip
        _keep(order, case)
        if not forks:
            _load(order, case, scale.loads)
        for found in _lines(out):
            _add(results, suite, case, found)


def _keep(order: Order, case: Case) -> None:
    options = ["--store", f"{order.folder}/store", "--every", "1", "--keep", "1"]
    program = [PROGRAMS / "keeper.py", case.kind, case.size, case.depth]
    fork = ["--fork"] if order.forks else []
    run(
        [HERE / "clocks.py", *options, *fork, *program],
        Path(order.folder),
        {**order.environment(), "PYTHONHASHSEED": "0"},
    )


def _load(order: Order, case: Case, repetitions: int) -> None:
    """Resume with the snapshot in the page cache, and, less often, with it on the disk only."""
    few = [way for way in order.ways if way in MAIN]
    for number in range(repetitions):
        is_thorough = number < THOROUGH
        ways = order.ways if is_thorough else few
        for is_cold in (False, True)[: 1 + is_thorough]:
            (peers.cool if is_cold else peers.warm)(Path(order.folder, "store"))
            _keep(replace(order, ways=ways, loads=True, is_cold=is_cold), case)


def _lines(out: Path) -> Iterator[list]:
    yield from map(json.loads, out.read_text().splitlines())


def _add(results: Results, suite: str, case: Case, found: list) -> None:
    if len(found) == 2:
        way, error = found
        results.unable.append(Unable(suite, f"{way}, {case.name}", error))
        return
    what, way, unit, value = found
    results.add(suite, case.name, what, way, unit, value)
