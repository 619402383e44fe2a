"""Boundaries below operators, special methods, built-in functions and `functools.lru_cache`."""

from functools import cache, lru_cache


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


class V:
    def __init__(self, x):
        self.x = x

    def __add__(self, o):
        work(2, "add")
        if not isinstance(o, V):
            return NotImplemented
        return V(self.x + o.x)

    def __radd__(self, o):
        work(2, "radd")
        return V(self.x + o)

    def __iadd__(self, o):
        work(1, "iadd")
        self.x += 100
        return self

    def __mul__(self, o):
        for i in range(2):  # checkpoint
            print("mul", i)
        return V(self.x * 2)

    def __neg__(self):
        work(1, "neg")
        return V(-self.x)

    def __getitem__(self, k):
        work(1, "get")
        return k

    def __lt__(self, o):
        work(1, "lt")
        return self.x < o.x

    def __eq__(self, o):
        work(1, "eq")
        return self.x == getattr(o, "x", o)

    def __hash__(self):
        work(1, "hash")
        return hash(self.x)

    def __len__(self):
        work(1, "len")
        return 5

    def __str__(self):
        work(1, "str")
        return f"V({self.x})"

    def __contains__(self, k):
        work(1, "in")
        return True

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        work(1, "getattr")
        return name

    def __call__(self, q):
        work(1, "call")
        return q

    def __next__(self):
        work(1, "next")
        self.x += 1
        if self.x > 3:
            raise StopIteration
        return self.x

    def __iter__(self):
        return self

    def __new__(cls, x):
        if x == 77:
            work(2, "new")
        return object.__new__(cls)


@cache
def fib(n):
    work(1, f"fib{n}")
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@cache
def table(a, b=2):
    for i in range(2):  # checkpoint
        print("table", i)
    return [a, b]


class K:
    @lru_cache
    def m(self, n):
        return work(n, "m")


def other(a):
    print("other", a)
    return a


def main():
    a, b = V(1), V(2)
    print(other(1), (a + b).x, other(2))
    print((3 + a).x)
    a += b
    print(a.x)
    print((a * V(3)).x, (-a).x, a["k"], a[1 : other(2)])
    print(a < b, a == b, a == 1, 5 in a, 6 not in b)
    print(len(a), str(b), hash(b), a.whatever, a(4), repr(other(5)))
    print(a)
    print(f"{b}", f"{b!s:>10}")
    c = V(0)
    for z in c:
        print("z", z)
    d = V(0)
    for i, z in enumerate(d):
        print("z", i, z)
    print(next(V(1)), next(V(5), "dflt"))
    print(V(77).x)
    print(fib(4), fib.cache_info())
    print(table(1), table(1), table(1, b=3), table.cache_info())
    k = K()
    print(k.m(2), k.m(2), K.m.cache_info())
    lst = [V(1), V(0)]
    lst[0] += V(3)
    print(lst[0].x)
    for x in iter(lambda: work(1, "lam"), 2):
        print("x", x)
        break
    try:
        a + "s"
    except TypeError as e:
        print(e)


main()
