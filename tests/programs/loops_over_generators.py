"""Loops that wait for an item when the boundary comes, in functions that run as written."""

from types import SimpleNamespace


def numbers(n, tag):
    for i in range(n):  # checkpoint
        yield i
    print("end of", tag)


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        for _ in range(2):  # checkpoint
            self.n -= 1
        if self.n < 0:
            raise StopIteration
        return self.n


def nested(n):
    total = 0
    for x in numbers(n, "outer"):
        total += x
        for y in numbers(2, x):
            total += y * 10
    else:
        print("no break", total)
    return total


def in_variables(make):
    items = make(3, "items")
    shifted = (x + 1 for x in make(2, "first of a generator expression"))
    found = []
    for x in items:
        if x == 1:
            continue
        found.append(x)
    for x in shifted:
        found.append(x)
    return 5 + sum(found) + nested(2)


def own_iterator(n):
    total = 0
    for x in Countdown(n):
        total += x
        if x == 1:
            break
    return total


def through_built_ins(n):
    found = []
    for i, x in enumerate(numbers(n, "enumerated")):
        for a, b in zip(numbers(2, "zipped"), "xy", strict=True):
            found.append((i, x, a, b))
    return found


class Filled:
    def __init__(self, n):
        self.all = []
        for i in range(n):  # checkpoint
            self.all.append(i)


class Derived(Filled):
    pass


Alias = Filled


class OfAlias(Alias):
    pass


def constructors(kinds):
    return [kind(2).all for kind in kinds], 1 + len(Derived(2).all), 1 + len(OfAlias(2).all)


print(nested(3), in_variables(numbers), own_iterator(4), through_built_ins(2))
print(constructors([Filled, Derived]), min(3, nested(1)))
print(1 + SimpleNamespace(step=nested).step(2))
