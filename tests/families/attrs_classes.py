"""Classes of attrs, with slots and without."""

import attr
import attrs


@attrs.define
class A:
    x: int
    y: list = attrs.field(factory=list)
    z: int = attrs.field(default=3, validator=attrs.validators.instance_of(int))


@attr.s(hash=True)
class B:
    a = attr.ib()


@attrs.frozen(cache_hash=True)
class C:
    x: int
    me: object = None


@attrs.define(slots=False)
class D(A):
    w: str = "w"


a, b, c, d = A(1), B(2), C(4), D(5)
hash(c)


def check():
    assert a == A(1) and repr(a) == "A(x=1, y=[], z=3)", a
    assert b == B(2) and hash(b) == hash(B(2))
    assert hash(c) == hash(C(4)) and {c: 1}[C(4)] == 1
    assert d.w == "w" and isinstance(d, A)
    a.y.append(1)
    assert attrs.fields(A).x.name == "x" and attrs.asdict(a) == {"x": 1, "y": [1], "z": 3}
    try:
        A("x", z="no")
    except TypeError:
        pass
    else:
        raise AssertionError
    try:
        c.x = 3
    except attrs.exceptions.FrozenInstanceError:
        pass
    else:
        raise AssertionError
    assert attrs.evolve(a, x=9).x == 9
    a.z = 5
    try:
        a.z = "no"
    except TypeError:
        pass
    else:
        raise AssertionError

    @attrs.define
    class E(A):
        q: int = 1

    assert E(1).q == 1
