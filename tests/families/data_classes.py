"""Dataclasses, with slots, frozen, by keyword only, and as keys of their own dicts."""

import dataclasses
import weakref
from typing import ClassVar, Generic, TypeVar


@dataclasses.dataclass(slots=True)
class S:
    x: int
    y: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class F:
    x: int
    me: dict = dataclasses.field(default_factory=dict, hash=False, compare=False)


@dataclasses.dataclass(kw_only=True, order=True)
class K:
    x: int = 1
    _: dataclasses.KW_ONLY
    y: int = 2
    c: ClassVar[int] = 9
    i: dataclasses.InitVar[int] = 4

    def __post_init__(self, i):
        self.j = i


@dataclasses.dataclass(slots=True, frozen=True)
class SF(S if False else object):
    x: int = 1

    def sup(self):
        return super().__repr__()


@dataclasses.dataclass(slots=True, weakref_slot=True)
class W:
    x: int = 1


@dataclasses.dataclass(unsafe_hash=True)
class H:
    x: int
    d: dict = dataclasses.field(default_factory=dict, compare=False)


@dataclasses.dataclass
class Gen(Generic[TypeVar("T")]):
    x: int


s, f, k, sf, w, h = S(1), F(2), K(), SF(), W(), H(3)
f.me[f] = 1
h.d[h] = h
d2 = dataclasses.make_dataclass("Made", ["a", ("b", int, 3)])(1)
gen = Gen(1)
fr = weakref.ref(w)


def check():
    assert s == S(1) and s.y == [] and not hasattr(s, "__dict__")
    assert f.me[F(2)] == 1 and h.d[H(3)] is h
    assert K(i=7).j == 7 and k < K(x=2) and k.j == 4 and K.c == 9
    assert sf == SF()
    assert fr() is w
    try:
        f.x = 1
    except dataclasses.FrozenInstanceError:
        pass
    else:
        raise AssertionError
    assert d2.b == 3 and type(d2)(5).a == 5 and dataclasses.asdict(d2) == {"a": 1, "b": 3}
    assert dataclasses.replace(s, x=4).x == 4 and [q.name for q in dataclasses.fields(K)] == [
        "x",
        "y",
    ]
    match s:
        case S(x, y):
            assert x == 1
