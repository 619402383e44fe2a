"""Generator expressions suspended at the boundary, wherever they may be."""

import itertools


def work(n, tag=""):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


def noisy(x):
    print("noisy", x)
    return x % 3


class Box:
    scale = 10
    items = (scale_free for scale_free in range(5))
    __hidden = 7

    def __init__(self, items):
        self.items = (item * self.scale for item in items)
        self.private = (self.__hidden + x for x in range(4) if __class__ is Box)

    def __iter__(self):
        return (x for x in self.items)


def closures(xs):
    factor, seen = 1, []
    scaled = (x * factor for x in xs)
    makers = [(lambda: (factor, len(seen))), (lambda: seen.append(factor))]
    lambdas = ((lambda: (x, factor)) for x in xs)
    get = next(lambdas)
    for y in scaled:
        work(1, y)
        factor += 1
        makers[1]()
        print(makers[0](), get(), next(lambdas, get)())
    return seen


def locals_and_arguments(source):
    started = (x for x in source)
    print(next(started))
    unstarted = (noisy(x) for x in range(4))
    ended = (x for x in ())
    list(ended)
    nested = (y for x in range(3) for y in (x + z for z in range(2)) if noisy(y))
    print(next(nested))
    walrus = (total := x for x in range(3))
    print(next(walrus))
    both = [started, {"again": started}]
    work(2, "locals")
    print(total, next(walrus), total)
    print(started is both[1]["again"], next(started), list(unstarted), list(ended))
    print(repr(nested).partition(" at ")[0], nested.__name__, nested.__qualname__)
    work(1, "more")
    print(list(nested), list(started))


top = (c + d for c in "abc" for d in "xy" if c != "b")
print(next(top))
for pair in zip((x for x in range(3)), (noisy(y) for y in range(5))):  # checkpoint
    print(pair)
for number, x in enumerate(map(abs, filter(None, (x - 2 for x in range(5))))):
    work(1, (number, x))
for x in itertools.islice(itertools.chain((a for a in "ab"), (b for b in "cd")), 3):
    work(1, x)
squares = (x * x for x in range(10))
odd = (x for x in squares if x % 2)
halves = (x // 2 for x in odd)
tripled = (lambda source: (3 * x for x in source))(halves)
for x in tripled:  # checkpoint
    print(x, next(top, "none"), next(Box.items, None))
print(closures([1, 2, 3]))
locals_and_arguments(x + 100 for x in range(6))
box = Box(range(3))
for x in box:
    work(1, (x, next(box.private)))
table = {name: (name * k for k in range(4)) for name in "pq"}
groups = [(row for row in range(n)) for n in (2, 3)]
print(next(table["p"]), next(groups[1]))
work(3, "table")
print(list(table["p"]), list(table["q"]), [list(group) for group in groups])
closed = (x for x in range(3))
next(closed)
work(1)
closed.close()
print(list(closed))
failing = (1 // x for x in (1, 0, 2))
print(next(failing))
work(1)
try:
    next(failing)
except ZeroDivisionError as error:
    print(error, list(failing))
thrown = (x for x in range(3))
next(thrown)
work(1)
try:
    thrown.throw(KeyError("k"))
except KeyError as error:
    print(repr(error), error.__traceback__.tb_next.tb_frame.f_code.co_name)
