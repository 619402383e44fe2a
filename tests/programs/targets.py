"""Calls with marked loops in the targets of assignments, loops, `del`, and in annotations."""


class Box:
    pass


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


def numbers(tag):
    print("numbers", tag)
    yield from (10, 20, 30)
    print("all", tag)


def unpacked():
    a, b = {}, Box()
    a[work(1, "key")], b.c = 1, 2
    print(a, b.c)
    a[work(2, "two")], (b.d, *a[work(1, "rest")]), [b.c] = tuple(numbers("outer")), "xyz", ["q"]
    print(a, vars(b))
    x = a[work(1, "x")], *rest = y = [1, 2, 3]
    print(a, rest, x is y)
    a[0], a[work(1, "later")] = work(1, "value"), 5
    print(a)
    try:
        a[work(1, "never")], z = 1, 2, 3
    except ValueError as error:
        print(error, "z" in locals())
    try:
        b.z, a[[]][work(1, "never")] = 8, 9
    except TypeError as error:
        print(error, b.z)


def loops():
    d = {}
    for d[work(1, "for")] in [5, 6]:
        print(d)
        if d[1] == 5:
            continue
    for i, d[work(1, "pair") + i] in enumerate("ab"):  # checkpoint
        print("marked", i, d)
    else:
        print("else")
    for (d["x"], *d[work(1, "starred")]), y in [("abc", 1), ("d", 2)]:
        print(d, y)


def deleted():
    d = {0: 1, 1: 2, 2: 3}
    del d[work(1, "del")], d[0], d[work(2, "del too")]
    print(d)


def annotated():
    d = {}
    d[work(1, "annotated")]: int = work(1, "value")
    x: print("never") = work(1, "x")
    assert d == {1: x}, work(1, "never")
    try:
        assert not d, f"message {work(1, 'message')}"
    except AssertionError as error:
        print(error)


unpacked()
loops()
deleted()
annotated()
top = {}
top[work(1, "top")], *others = "abc"
top[work(1, "target")]: work(1, "annotation") = work(1, "value")
first: work(1, "first") = 5
second: work(2, "second")
print(top, others, first, __annotations__)
print(sorted(name for name in globals() if name.startswith("_ar_op")))
