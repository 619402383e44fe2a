"""Classes whose methods a library has generated, of every kind, and functions made by libraries."""

import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import pathlib
import reprlib
import sys
import typing
from dataclasses import KW_ONLY, InitVar, dataclass, field

Point = collections.namedtuple("Point", "x y", defaults=[0])
Renamed = collections.namedtuple("Renamed", ["a", "def", "a"], rename=True, module="elsewhere")


class Item(typing.NamedTuple):
    name: str
    price: float = 1.5

    def twice(self):
        return self._replace(price=self.price * 2)


@dataclass
class Plain:
    size: int
    tags: list = field(default_factory=list)
    hidden: int = field(default=7, repr=False, compare=False)


@dataclass(frozen=True, order=True)
class Frozen:
    low: int
    high: int = 3


@dataclass(slots=True, kw_only=True)
class Slots:
    a: int = 1
    b: dict = field(default_factory=dict)
    c: int = field(default=5, init=False)


@dataclass(frozen=True, slots=True, unsafe_hash=True)
class Both:
    key: str
    value: object = field(default=None, hash=False)


@dataclass
class Base:
    first: int
    scale: InitVar[int] = 2
    limit: typing.ClassVar[int] = 9
    _: KW_ONLY
    last: int = 4

    def __post_init__(self, scale):
        self.first *= scale

    def __repr__(self):
        return f"own {self.first} {self.last}"


@dataclass(eq=False)
class Derived(Base):
    self: "Derived | None" = None
    more: tuple = ()


@dataclass(repr=False, init=False)
class Bare:
    number: int

    @reprlib.recursive_repr(fillvalue="~")
    def __repr__(self):
        return f"Bare({self.number!r})"


@functools.total_ordering
class Version:
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    def __lt__(self, other):
        return self.number < other.number

    @functools.cached_property
    def parity(self):
        return self.number % 2


class Color(enum.Enum):
    RED = 1
    CRIMSON = 1
    BLUE = "b"


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2
    BOTH = READ | WRITE


@contextlib.contextmanager
def bracketed(name):
    print("<", name, end=" ")
    yield name.upper()
    print(">")


@functools.cache
def square(x):
    return x * x


def local_kind():
    @dataclass(order=True)
    class Local:
        at: Frozen
        when: list = field(default_factory=lambda: [1])

    return Local


def raised(action, *args):
    try:
        action(*args)
    except (AttributeError, TypeError, ValueError) as error:
        return type(error).__name__
    return "nothing"


def look(round, values, init):
    point, item, plain, frozen, slots, both, derived, bare, local = values
    print(
        round,
        point,
        point._asdict(),
        Point(round),
        Point._make([1, 2]),
        item.twice(),
        Renamed(1, 2, 3),
    )
    print(
        plain,
        plain == Plain(1),
        Plain(round).tags,
        frozen,
        frozen < Frozen(round),
        frozen in {Frozen(0)},
    )
    print(slots, Slots(a=2).b is slots.b, slots.c, hash(both) == hash(Both("k", 3)), both)
    print(
        derived,
        derived == derived,
        derived.limit,
        raised(Derived),
        bare,
        local,
        local < type(local)(Frozen(9)),
    )
    print(
        raised(setattr, frozen, "low", 1),
        raised(setattr, slots, "other", 1),
        raised(Point, 1, 2, 3),
    )
    print([(f.name, f.kw_only, f.default_factory is list) for f in dataclasses.fields(plain)])
    print(
        dataclasses.replace(frozen, high=round),
        dataclasses.asdict(plain),
        copy.copy(point) == point,
    )
    print(init is Plain.__init__, Plain.__init__.__qualname__, Plain.__init__.__annotations__)
    print(
        Color(1), Color["CRIMSON"] is Color.RED, Color("b"), list(Color), Access(3), Access.READ | 4
    )
    print(Version(round) >= Version(2), Version(round).parity, square(round), square.cache_info())
    print(pathlib.Path("a") / "b", pathlib.PurePosixPath("c"))
    print(
        hasattr(Point, "__replace__")
        == hasattr(Plain, "__replace__")
        == (sys.version_info >= (3, 13))
    )
    match frozen, plain:
        case Frozen(low, high), Plain(size=size):
            print(low, high, size)


def main():
    Local = local_kind()
    plain = Plain(1)
    plain.tags.append("tag")
    values = (
        Point(1, 2),
        Item("n"),
        plain,
        Frozen(0),
        Slots(),
        Both("k"),
        Derived(3, 5, more=(1,)),
        Bare(),
        Local(Frozen(2)),
    )
    values[2].itself = plain.__dict__
    values[7].number = values[7]
    init, opened = Plain.__init__, bracketed("open")
    folder = pathlib.Path("some") / "where"
    for round in range(4):  # checkpoint
        look(round, values, init)
        with bracketed(f"round {round}") as name:
            print(name, folder.name, type(folder) is type(pathlib.Path()))
    with opened as name:
        print(name)


main()
