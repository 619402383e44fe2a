"""Boundaries inside generators whose items go into calls, displays and assignments."""


def gen(n, t="g"):
    for i in range(n):  # checkpoint
        print(t, i)
        yield i
    print(t, "end")


def f(*a, **k):
    print(a, k)
    return a


class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        for i in range(self.n):  # checkpoint
            yield i * 2


def keep():
    return gen(2, "kept")


def two_of(items):
    one, other = items
    return one, other


def all_of(items):
    return max(0, *items)


def main():
    print(two_of(keep()), all_of(keep()))
    f(*gen(2))
    f(1, *gen(2), 3, x=4)
    print([*gen(2), *gen(1)], (*gen(2),), {*gen(2)})
    a, b = gen(2)
    print(a, b)
    c, *d = gen(3)
    print(c, d)
    try:
        a, b = gen(3)
    except ValueError as e:
        print(e)
    try:
        a, b = gen(1)
    except ValueError as e:
        print(e)
    p, q = It(2)
    print(p, q, list(It(3)), sum(It(3)), max(It(4)), sorted(It(2)), tuple(It(2)))
    print(",".join(str(v) for v in gen(2)), dict((v, v) for v in gen(2)))
    print({v: w for v, w in zip(gen(2), gen(2, "h"))})
    print(any(v == 0 for v in gen(3)), all(gen(3)))
    k = keep()
    print(next(k), list(k))
    lst = [9]
    lst.extend(gen(2))
    print(lst)
    print(list(enumerate(gen(2), 5)), list(zip("ab", gen(2))), list(map(lambda v: v + 1, gen(2))))
    import itertools

    print(list(itertools.chain(gen(1), gen(2))), list(itertools.islice(gen(5), 2)))
    g = (v * 2 for v in gen(3))
    for v in g:
        print("v", v)

    def inner():
        total = 0
        while True:
            got = yield total
            if got is None:
                return total
            for i in range(got):  # checkpoint
                total += i

    c = inner()
    next(c)
    print(c.send(3), c.send(2))
    try:
        c.send(None)
    except StopIteration as s:
        print("stop", s.value)
    print(0 in [*It(2)])
    for i, (u, w) in enumerate(zip(gen(2), gen(2))):
        print(i, u, w)
    for u in reversed(list(gen(2))):
        print(u)
    for u in sorted(gen(3), key=lambda t: -t):
        print(u)


main()
