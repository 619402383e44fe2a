"""Boundaries below functions of contextlib, functools and dataclasses, and in their managers."""

import os
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cached_property, partial, reduce, singledispatch, total_ordering


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


@contextmanager
def managed(name):
    work(2, name + " enter")
    try:
        yield name.upper()
    except KeyError as e:
        work(2, name + " handle")
        print("handled", repr(e))
    finally:
        work(2, name + " exit")


@dataclass
class D:
    a: int
    b: list = field(default_factory=list)

    def __post_init__(self):
        work(2, "post")
        self.b.append(self.a)


class C:
    @cached_property
    def big(self):
        work(2, "big")
        return 42


@singledispatch
def show(x):
    work(1, "show any")
    return "any"


@show.register
def _(x: int):
    work(2, "show int")
    return "int"


@total_ordering
class T:
    def __init__(self, v):
        self.v = v

    def __lt__(self, o):
        work(1, "lt")
        return self.v < o.v

    def __eq__(self, o):
        return self.v == o.v


def add(a, b):
    work(1, "add")
    return a + b


def stackful():
    with ExitStack() as stack:
        a = stack.enter_context(managed("one"))
        b = stack.enter_context(managed("two"))
        stack.callback(work, 2, "callback")
        work(2, "body")
        print(a, b)


@managed("deco")
def decorated(n):
    work(2, "decorated")
    return n


def main():
    with managed("x") as x:
        print(x)
        work(2, "inside")
    with managed("y"):
        work(1, "inside y")
        raise KeyError("boo")
    print(D(5), D(6))
    c = C()
    print(c.big, c.big)
    print(show(1), show("s"))
    print(
        T(1) < T(2),
        T(1) >= T(2),
        T(1) > T(0),
        sorted([T(3), T(1), T(2)], key=lambda t: work(1, "k") + t.v)[0].v,
    )
    print(reduce(add, [1, 2, 3]), reduce(add, [1, 2], 10))
    stackful()
    print(decorated(7))
    with tempfile.TemporaryDirectory() as d:
        open(os.path.join(d, "f"), "w").write("hi")
        work(2, "tmp")
        print(open(os.path.join(d, "f")).read())
    print(os.path.exists(d))
    with localcontext() as ctx:
        ctx.prec = 5
        work(2, "dec")
        print(Decimal(1) / Decimal(3))
    print(Decimal(1) / Decimal(3))
    print(list(map(partial(work, tag="pm"), [1, 2])))
    print(
        max([3, 1, 2], key=lambda q: work(1, "mk") * q),
        min(4, 2, key=lambda q: work(q % 2, "nk") * q),
    )
    print([*filter(lambda q: work(1, "f") and q % 2, [1, 2, 3])])


main()
