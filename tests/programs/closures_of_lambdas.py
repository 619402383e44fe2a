"""Boundaries below lambdas that share variables, beside annotated variables, and locals()."""

total = 0


def work(n):
    found = []
    for i in range(n):  # checkpoint
        found.append(i * n)
    return sum(found)


def counted(n):
    limit: int = n + work(2)
    rest: int

    def add(x):
        nonlocal limit
        limit += x
        return limit

    twice = lambda x, y=3: x * work(limit % 4) + work(y) + add(x)
    for i in range(2):
        rest = twice(i)
        print(i, rest, limit)
    nested = (lambda a: lambda b: a + limit + work(b))(5)
    print(nested(3), nested(2))
    return limit, rest


def shown(n):
    before = n
    work(before)
    for name in ["x", "y"]:
        work(2)
        values = dict(locals())
    return sorted(values), dir()


def assigned(n):
    global total
    print([(total := total + work(x), last := x) for x in range(n)])
    return total, last


def smallest(n):
    items = iter({"a": 3, "b": work(n), "c": 9}.values())
    return min(items), max(iter([work(2), 5]), key=lambda x: -x + work(2))


print(counted(3))
print(shown(3))
print(assigned(3))
print(smallest(2))
