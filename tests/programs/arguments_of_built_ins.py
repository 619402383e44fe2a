"""Arguments that are not iterated over though they can be; items with operators of their own."""

import sys
from collections import deque


class Vec:
    def __init__(self, *xs):
        self.xs = xs

    def __iter__(self):
        for x in self.xs:  # checkpoint
            print("item", x)
            yield x

    def __add__(self, other):
        for n in range(2):  # checkpoint
            print("add", n)
        return Vec(*[a + b for a, b in zip(self.xs, other.xs)])

    def __repr__(self):
        return f"Vec{self.xs}"


a, b = Vec(1, 2), Vec(3, 0)
print(max(a, b, key=lambda v: v.xs), min(a, b, key=lambda v: sum(v)), max(a), min(b, default=a))
print(sum([a, b], Vec(0, 0)), sum([a, b], start=Vec(1, 1)), sum(a, 5))
print(dict.fromkeys(a, b), list(a), set(a), sorted([b, a], key=lambda v: v.xs), tuple(b))
primes = [2]
primes.extend(n for n in range(3, 30) if all(n % p for p in primes))
print(primes)


def more(seen):
    for n in range(4):  # checkpoint
        yield n * 2, len(seen)


d = {}
d.update(more(d))
s = {1}
s.update(len(s) + x[0] for x in more(s))
print(d, s)
q = deque([1], maxlen=4)
q.extend(len(q) for n in more(q))
print(q, deque(a, 1))
xs = [0]
try:
    xs.extend(10 // (3 - n) for n in range(5))
except ZeroDivisionError:
    print(xs)
xs += (len(xs) for n in range(3))
print(xs)
xs[1:2] = (len(xs) for n in range(3))
print(xs)


def loud(tag):
    for n in range(3):  # checkpoint
        print(tag, n)
        yield n


def loud_key(n):
    for i in range(2):  # checkpoint
        print("key", n, i)
    return -n


print(
    max(loud("m"), key=loud_key), min(loud("n"), default=None), max((x for x in []), default="none")
)
sys.stdout.writelines(f"line {n}\n" for n in loud("w"))
try:
    max(n for n in [])
except ValueError as e:
    print(e)


class Num:
    def __init__(self, v):
        self.v = v

    def __radd__(self, o):
        for i in range(2):
            print("radd", o)
        return Num(o + self.v) if not isinstance(o, Num) else Num(o.v + self.v)

    def __lt__(self, o):
        for i in range(2):
            print("lt", self.v, o.v)
        return self.v < o.v


print(
    sum([Num(1)]).v,
    sum([1.5, 2.5, Num(1)]).v,
    min(Num(3), Num(2)).v,
    max([Num(3), Num(2), Num(5)]).v,
)
