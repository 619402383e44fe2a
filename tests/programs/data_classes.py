"""Dataclasses, enums, namedtuples and typing classes of the script, in a marked loop."""

import enum
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field, replace
from typing import NamedTuple


class Colour(enum.Enum):
    RED = 1
    GREEN = 2

    def other(self):
        return Colour.GREEN if self is Colour.RED else Colour.RED


class Mode(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


Point = namedtuple("Point", "x y")


class Edge(NamedTuple):
    a: Point
    b: Point

    def length2(self):
        return (self.a.x - self.b.x) ** 2 + (self.a.y - self.b.y) ** 2


@dataclass(frozen=True, order=True)
class Stamp:
    when: int
    name: str = field(compare=False)


@dataclass
class Track:
    colour: Colour
    points: list[Point] = field(default_factory=list)
    mode: Mode = Mode.READ

    def extend(self, n):
        for i in range(n):  # checkpoint
            self.points.append(Point(i, i * i))
            self.colour = self.colour.other()
            self.mode ^= Mode.WRITE
        return self


track = Track(Colour.RED)
stamps = deque([Stamp(2, "b"), Stamp(1, "a")], maxlen=3)
groups, counts, order = defaultdict(list), Counter(), OrderedDict()
print(track)
for n in range(1, 4):
    track.extend(n)
    stamps.append(replace(stamps[-1], when=n))
    groups[track.colour].append(n)
    counts.update(str(n) * n)
    order[n] = track.mode
    order.move_to_end(n, last=False)
    print(n, track.colour, track.mode is Mode.READ, max(stamps))
edges = [Edge(a, b) for a, b in zip(track.points, track.points[1:])]
print(track, isinstance(track.points[0], Point), sum(e.length2() for e in edges))
print(stamps, dict(groups), counts, list(order), groups["new"], {Stamp(1, "z"): 1}[Stamp(1, "q")])
