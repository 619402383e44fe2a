"""Enums and flags, whose members are compared by `is`."""

import collections
import enum


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    ALIAS = 1
    _ignore_ = ["tmp"]

    @property
    def pretty(self):
        return self.name.title()

    @classmethod
    def _missing_(cls, value):
        return cls.RED if value == "r" else None


class Planet(enum.Enum):
    EARTH = (1, 2)

    def __init__(self, a, b):
        self.a, self.b = a, b


class Perm(enum.Flag):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()
    RW = R | W


class IPerm(enum.IntFlag, boundary=enum.KEEP):
    R = 4
    W = 2


class Str(enum.StrEnum):
    A = enum.auto()


class Auto(enum.Enum):
    def _generate_next_value_(name, start, count, last):
        return name.lower()

    X = enum.auto()


@enum.unique
class Uni(enum.Enum):
    A = [1, 2]


class Mixed(float, enum.Enum):
    PI = 3.14


class New(enum.Enum):
    def __new__(cls, value):
        obj = object.__new__(cls)
        obj._value_ = value
        obj.extra = value * 2
        return obj

    ONE = 1


Func = enum.Enum("Func", "A B")


class WithNt(enum.Enum):
    A = collections.namedtuple("Nt", "x y")(1, 2)


d = {Color.RED: "red", Perm.R | Perm.X: "rx", IPerm(8): "odd"}
red, rx, planet, odd = Color.RED, Perm.R | Perm.X, Planet.EARTH, IPerm(8)
default = collections.defaultdict(list, {Color.GREEN: [1]})


def outer():
    class Local(enum.Enum):
        A = 1

    return Local, Local.A


Local, local_a = outer()


def check():
    assert red is Color.RED is Color(1) is Color("r") is Color["ALIAS"] and d[Color.RED] == "red"
    assert (
        rx is Perm.R | Perm.X
        and d[Perm.R | Perm.X] == "rx"
        and Perm.RW is Perm(3)
        and rx.name == "R|X"
    )
    assert planet.b == 2 and planet is Planet((1, 2)) and list(Color) == [Color.RED, Color.GREEN]
    assert odd is IPerm(8) and d[IPerm(8)] == "odd" and IPerm(6) == IPerm.R | IPerm.W
    assert ~Perm.R == Perm.W | Perm.X and list(rx) == [Perm.R, Perm.X]
    assert (
        Str.A == "a"
        and Str("a") is Str.A
        and Auto.X.value == "x"
        and Uni.A.value == [1, 2]
        and Uni([1, 2]) is Uni.A
    )
    assert Mixed.PI + 1 == 4.140000000000001 and Mixed(3.14) is Mixed.PI and New(1).extra == 2
    assert Func.A is Func(1) and default[Color.GREEN] == [1] and Color.RED.pretty == "Red"
    assert WithNt.A.value.x == 1
    assert local_a is Local.A is Local(1)

    try:
        Color.RED = 3
    except AttributeError:
        pass
    else:
        raise AssertionError
    assert Color.__members__["ALIAS"] is red and len(Color) == 2
    import copy

    assert copy.deepcopy(red) is red
