"""Named tuples of both kinds, and typed dicts."""

import collections
from typing import Generic, NamedTuple, NotRequired, Required, TypedDict, TypeVar, get_type_hints


class P(NamedTuple):
    x: int
    y: int = 2

    def total(self):
        return self.x + self.y


Q = collections.namedtuple("Q", "a b c", defaults=[7])


class R(Q):
    __slots__ = ()

    def s(self):
        return super().__repr__()


T = TypeVar("T")


class G(NamedTuple, Generic[T]):
    v: T


p, q, r, g = P(1), Q(1, 2), R(3, 4), G(5)


class TD(TypedDict, total=False):
    a: Required[int]
    b: str


class TD2(TD):
    c: NotRequired[int]


td = TD(a=1)
cyc = []
cyc.append(P(cyc, 1))


def check():
    assert (
        p == P(1) == (1, 2)
        and p.total() == 3
        and p._replace(x=5) == P(5)
        and P._field_defaults == {"y": 2}
    )
    assert (
        q.c == 7
        and Q._make([1, 2, 3]) == Q(1, 2, 3)
        and r.s().startswith("R(")
        and G[int](3).v == 3
    )
    assert TD.__required_keys__ == {"a"} and TD2.__optional_keys__ == {"b", "c"}, (
        TD2.__optional_keys__
    )
    assert TD.__total__ is False
    assert get_type_hints(TD)["a"] is int
    assert cyc[0].x is cyc
    match p:
        case P(x, y):
            assert (x, y) == (1, 2)
