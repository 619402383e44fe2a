"""Closures, local classes, enums, dataclasses, views and random state, in several live frames."""

import collections
import dataclasses
import enum
import functools
import random

import numpy as np


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class P:
    x: int
    tags: list = dataclasses.field(default_factory=list)

    def bump(self):
        self.x += 1
        return self


Pt = collections.namedtuple("Pt", "a b")
cache = functools.lru_cache(maxsize=None)(lambda n: n * n)
rng = np.random.default_rng(5)
np.random.seed(1)
random.seed(2)


def outer(n):
    total = 0
    hist = []

    def add(v):
        nonlocal total
        total += v
        hist.append(lambda: (total, v))
        return total

    class Local:
        k = 3

        def go(self, m):
            out = []
            for i in range(m):  # checkpoint
                out.append(add(i) + self.k + cache(i))
            return out

    for j in range(n):
        r = Local().go(j + 1)
        print(j, r, [h() for h in hist][-2:], Local.__qualname__)
    return total, Local


def gen_table(p, *args, scale=2, **kw):
    acc = collections.defaultdict(lambda: [0])
    a = np.zeros((4, 4))
    v = a[1:3, ::2]
    w = a.T
    for i, (name, val) in enumerate(sorted(kw.items())):  # checkpoint
        v += val * scale
        w[0, 0] += rng.normal() + random.random() + np.random.rand()
        acc[name].append(p.bump().x)
        p.tags.append(Color.RED if i % 2 else Color.BLUE)
    return a, dict(acc), [t is Color.RED for t in p.tags], args


t, L = outer(3)
print(t, L().go(2))
a, acc, tags, args = gen_table(P(3), Pt(1, 2), q=1, r=2, b=3)
print(a.tobytes().hex()[:64], acc, tags, args, args[0].a)
print(random.random(), np.random.rand(), rng.random())
