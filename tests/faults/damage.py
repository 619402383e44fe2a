"""Damage the files of a store in many ways, and see that nothing wrong is ever loaded.

    python damage.py FOLDER SIZE SEED

Every file is damaged at `SIZE` places for every kind of damage, or at `all` of them.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scenarios import (
    HUGE,
    LARGE,
    LAST,
    SMALL,
    Broken,
    Scenario,
    check_content,
    check_line,
    go_on,
    in_child,
    look,
    open_run,
    prepare,
)

from autoresume.errors import StoreError

SAVED = ("save 1", "save 2", "save 3")
NEWEST, REFUSED = 3, 0
MANY = 5000
"""So many places are all places of a kind, in a large file."""


@dataclass(frozen=True)
class Damage:
    """Something done to a file. `shows`: a run that loses by it must be told."""

    name: str
    do: Callable[[Path], object]
    shows: bool = True


class Damages:
    """The damages that a store suffers."""

    def __init__(self, size: int | None, seed: str) -> None:
        self.size = MANY if size is None else size
        self._random = random.Random(seed)

    def of(self, file: Path, older: Path, others: list[Path]) -> Iterator[Damage]:
        """The damages of a file, of which there may be an older version, and others beside it."""
        content = file.read_bytes()
        for bit in self._some(8 * len(content)):
            yield Damage(f"bit {bit} flipped", partial(flip, bit=bit))
        for length in {0, len(content) - 1, *self._some(len(content))} - {-1, len(content)}:
            yield _becomes(f"cut to {length} bytes", content[:length])
        for block in self._some(-(-len(content) // 4096)):
            hole = bytes(len(content[4096 * block :][:4096]))
            changed = content[: 4096 * block] + hole + content[4096 * (block + 1) :]
            yield _becomes(f"zeros in block {block}", changed)
        for more in (b"\0", bytes(4096), content):
            yield _becomes(f"{len(more)} bytes longer", content + more)
        yield Damage("removed", Path.unlink, shows=False)
        for at in self._some(len(others)):
            yield Damage(f"swapped with {others[at].name}", partial(swap, other=others[at]))
        if older.is_file() and older.read_bytes() != content:
            yield Damage("older", lambda path: path.write_bytes(older.read_bytes()), shows=False)

    def _some(self, count: int) -> list[int]:
        return sorted(self._random.sample(range(count), min(count, self.size)))


def _becomes(name: str, content: bytes) -> Damage:
    return Damage(name, lambda path: path.write_bytes(content))


def flip(path: Path, bit: int) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def swap(path: Path, other: Path) -> None:
    """Let two files change places."""
    content = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(content)


def check(root: Path, damage: Damage, size: int) -> None:
    """See what a run and its neighbour make of a damaged store. Raises: Broken."""
    for key, newest in (("run", NEWEST), ("neighbour", 2)):
        found, warnings = in_child(loaded, root, size, key)
        if found not in (newest, REFUSED) and damage.shows and not warnings:
            raise Broken(f"{key} goes back to {found} without a word")
        if found == newest and warnings:
            raise Broken(f"{key} has the newest, and yet {warnings}")
    in_child(go_on, root, size)
    if (last := in_child(look, root, size)) != LAST:
        raise Broken(f"after two more snapshots there is {last}")


def loaded(root: Path, size: int, key: str) -> tuple[int, list[str]]:
    """The number of what is loaded, which has to be whole, and the warnings."""
    warnings: list[str] = []
    store = open_run(root, key)
    try:
        store.peek()
        snapshot = store.load(warnings.append)
    except StoreError as error:
        check_line(error)
        return REFUSED, warnings
    if snapshot is None:
        raise Broken("nothing is found")
    check_content(snapshot, size)
    return snapshot.meta["number"], warnings


def try_all(folder: Path, size: int, damages: Damages) -> Iterator[str | None]:
    """Damage a store with states of `size` bytes in all ways; yields what was wrong each time."""
    older, whole, root = folder / f"older {size}", folder / f"whole {size}", folder / "place"
    prepare(older, Scenario(SAVED[:-1], (), size))
    prepare(whole, Scenario(SAVED, (), size))
    files = [path.relative_to(whole) for path in sorted(whole.rglob("*")) if path.is_file()]
    for at, name in enumerate(files):
        others = [root / other for other in files[at + 1 :]]
        for damage in damages.of(whole / name, older / name, others):
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(whole, root)
            damage.do(root / name)
            yield _outcome(f"{size} bytes, {name} {damage.name}", root, damage, size)


def _outcome(told: str, root: Path, damage: Damage, size: int) -> str | None:
    try:
        check(root, damage, size)
    except Broken as error:
        return f"{told}: {error}"
    return None


def main() -> None:
    """Read the command line and report."""
    folder, size, seed = sys.argv[1:]
    damages = Damages(None if size == "all" else int(size), seed)
    outcomes: list[str | None] = []
    for amount in (SMALL, LARGE, HUGE):
        outcomes += try_all(Path(folder), amount, damages)
        # What is larger has more files, and each try takes longer.
        damages.size = max(1, damages.size // 2)
    print(json.dumps({"tried": len(outcomes), "failures": [*filter(None, outcomes)]}))


if __name__ == "__main__":
    main()
