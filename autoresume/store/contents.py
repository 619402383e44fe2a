"""What the names of the files in a run's folder say."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autoresume.store.durable import TEMPORARY
from autoresume.store.manifests import SNAPSHOT
from autoresume.transforms.records import NamedTuple, field, record

DAMAGED = ".damaged"
_FINISHED = re.compile(r"(\d+)\.finished")


class Entry(NamedTuple):
    """A snapshot: its generation, its number, and the name and size, in bytes, of its file."""

    generation: int
    number: int
    name: str
    size: int

    @property
    def damaged(self) -> str:
        """The name of the file that tells of damage."""
        return self.name.removesuffix(".snapshot") + DAMAGED


@record
class Contents:
    """The snapshots in order, and the names of other files."""

    snapshots: list[Entry] = field(default_factory=list)
    finished: dict[int, str] = field(default_factory=dict)
    """By generation."""
    damaged: set[str] = field(default_factory=set)
    temporary: list[str] = field(default_factory=list)

    @classmethod
    def of_files(cls, sizes: Mapping[str, int]) -> Contents:
        """Sort the files of a run, which are given by name and size."""
        contents = cls()
        for name, size in sizes.items():
            if match := SNAPSHOT.fullmatch(name):
                contents.snapshots.append(Entry(int(match[1]), int(match[2]), name, size))
            elif match := _FINISHED.fullmatch(name):
                contents.finished[int(match[1])] = name
            elif name.endswith(DAMAGED):
                contents.damaged.add(name)
            elif name.endswith(TEMPORARY):
                contents.temporary.append(name)
        contents.snapshots.sort()
        return contents

    def generation(self) -> int:
        """Return the current generation: the highest that is named."""
        named = {entry.generation for entry in self.snapshots} | self.finished.keys()
        return max(named, default=1)

    def of(self, generation: int) -> list[Entry]:
        """Return the snapshots of a generation."""
        return [entry for entry in self.snapshots if entry.generation == generation]
