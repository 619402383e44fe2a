"""Boundaries inside generators that loops, `next`, `send` and other generators run."""


def inner(n):
    total = 0
    for i in range(n):  # checkpoint
        total += i
        print("inner", i)
    return total


def gen(n):
    try:
        for i in range(n):
            x = inner(2)
            got = yield x + i
            print("got", got)
    finally:
        print("gen done")


def marked(n):
    for i in range(n):  # checkpoint
        yield i * 10
    yield from gen(2)
    return "end"


def outer():
    r = yield from marked(3)
    print("r", r)
    yield 99


def main():
    for x in gen(2):
        print("for", x)
    g = gen(3)
    print("next", next(g), "and", 2)
    print("send", g.send("hello"))
    print(next(g, "default"))
    for i, x in enumerate(outer()):
        print(i, x)
    for a, b in zip(marked(2), range(5)):
        print(a, b)
    xs = [y + 1 for y in marked(2)]
    print(xs)
    g = outer()
    h = g
    for z in h:
        print(z, g is h)
    for q in (inner(2) + w for w in gen(1)):
        print("q", q)
    for q in map(str, marked(2)):
        print(q)


main()
