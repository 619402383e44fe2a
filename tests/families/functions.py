"""Functions, methods and callables of all kinds, and what they carry."""

import functools
import itertools
import math
import operator
import random
import types

log = []


def f(a, b=[1], /, *args, c={"k": 1}, **kw) -> int:
    "Doc."
    return a, b, args, c, kw


f.note = {"x": 1}
f.__defaults__[0].append(2)
f.__kwdefaults__["c"]["k"] = 5
f.__annotations__["a"] = str


def renamed():
    return 1


renamed.__name__ = "other"
renamed.__qualname__ = "Q.other"
renamed.__doc__ = "new"


def nodoc():
    "gone"


nodoc.__doc__ = None


def swapped():
    return 1


def swapped2():
    return 2


swapped.__code__ = swapped2.__code__
lam = lambda x, y=2: x + y


class A:
    def __init__(self, v):
        self.v = v

    def m(self, x):
        return self.v + x

    @classmethod
    def c(cls):
        return cls

    @staticmethod
    def s(x):
        return x

    def __call__(self):
        return self.v

    @functools.partialmethod
    def pm0(self):
        return 1

    def base(self, a, b):
        return a, b

    pm = functools.partialmethod(base, 1)

    @functools.singledispatchmethod
    def sdm(self, x):
        return "any"

    @sdm.register
    def _(self, x: int):
        return "int"

    @functools.cached_property
    def cp(self):
        log.append("cp")
        return [1]

    __add__ = lambda self, o: 42


a = A(1)
bound, cls_m, st, um, call = a.m, A.c, A.s, A.m, a.__call__
same_bound = [bound, bound]
builtins_ = [
    len,
    print,
    [].append,
    "a".upper,
    dict.fromkeys,
    int.from_bytes,
    str.join,
    list.append,
    int.__add__,
    (1).__add__,
    object.__init__,
    type.__call__,
    math.sin,
    random.random,
    operator.add,
    itertools.chain.from_iterable,
    object.__reduce_ex__,
    a.__init__,
    a.__eq__,
    type.mro,
    A.__dict__["c"],
    A.__dict__["s"],
]
lst = []
app = lst.append
part = functools.partial(f, 1, c=3)
part.note = part
part2 = functools.partial(part, 2)
pself = functools.partial(print)
pself.me = [pself]
ig, ag, mc = operator.itemgetter(1, 2), operator.attrgetter("v"), operator.methodcaller("m", 3)
a.cp
wrapped = functools.wraps(f)(lambda *x: f(*x))
cmp = functools.cmp_to_key(lambda x, y: y - x)
key = cmp(3)


@functools.singledispatch
def kind(x):
    return "any"


@kind.register(int)
def _i(x):
    return "int"


@kind.register
def _(x: A):
    return "A"


kind(1)


@functools.total_ordering
class TO:
    def __init__(self, x):
        self.x = x

    def __eq__(self, o):
        return self.x == o.x

    def __lt__(self, o):
        return self.x < o.x


def gen():
    yield from [1, 2]


async def coro():
    return 1


async def agen():
    yield 1


ops = [operator.add, max, sorted]
space = {}
exec("def ex(x): return x + K\nK = 3\nlam = lambda: ex(1)", space)
ex = space["ex"]


def counter():
    n = 0

    def inc():
        nonlocal n
        n += 1
        return n

    return inc, lambda: n


inc, get = counter()
inc()
cell = inc.__closure__[0]
empty_cell = types.CellType()


def check():
    assert (
        f(0, c=1)[1] == [1, 2]
        and f(0)[3] == {"k": 5}
        and f.note == {"x": 1}
        and f.__doc__ == "Doc."
    )
    assert f.__annotations__ == {"return": int, "a": str}
    assert (
        renamed.__name__ == "other"
        and renamed.__qualname__ == "Q.other"
        and renamed.__doc__ == "new"
    )
    assert nodoc.__doc__ is None and swapped() == 2 and lam(1) == 3
    assert (
        bound(2) == 3
        and bound.__self__ is a
        and cls_m() is A
        and st(3) == 3
        and um(a, 1) == 2
        and call() == 1
    )
    assert same_bound[0] is same_bound[1] is bound
    assert a.pm(2) == (1, 2) and a.sdm(1) == "int" and a.sdm("") == "any" and a + 1 == 42
    assert a.cp is a.__dict__["cp"] and log == ["cp"]
    b = builtins_
    assert (
        b[0] is len
        and b[3]() == "A"
        and b[4]("ab") == {"a": None, "b": None}
        and b[5](b"a", "big") == 97
    )
    assert (
        b[8] is int.__add__
        and b[9](2) == 3
        and b[12] is math.sin
        and b[13].__self__ is random._inst
    )
    assert b[17].__self__ is a and b[20].__get__(None, A)() is A and b[21].__get__(None, A)(4) == 4
    assert (
        b[7] is list.append
        and b[6] is str.join
        and b[10] is object.__init__
        and b[11] == type.__call__
        and b[19] is type.mro
    )
    app(3)
    assert lst == [3]
    assert part(2)[0] == 1 and part.note is part and part2.func is part and pself.me[0] is pself
    assert ig("abc") == ("b", "c") and ag(a) == 1 and mc(a) == 4
    assert wrapped.__wrapped__ is f and wrapped.__name__ == "f"
    assert sorted([1, 3, 2], key=cmp) == [3, 2, 1] and key < cmp(1)
    assert (
        kind(1) == "int"
        and kind(a) == "A"
        and kind("") == "any"
        and kind.dispatch(bool)(True) == "int"
    )

    @kind.register(str)
    def _s(x):
        return "str"

    assert kind("") == "str"
    assert TO(1) <= TO(2) and list(gen()) == [1, 2]
    import asyncio

    assert asyncio.run(coro()) == 1

    async def use():
        return [x async for x in agen()]

    assert asyncio.run(use()) == [1]
    assert ex(1) == 4 and space["ex"] is ex and ex.__globals__ is space and space["lam"]() == 4
    assert inc() == 2 == get() and cell is inc.__closure__[0] and cell.cell_contents == 2
    try:
        empty_cell.cell_contents
    except ValueError:
        pass
    else:
        raise AssertionError
