"""Generators suspended at the boundary: in loop headers, variables, objects and pipelines."""

import contextlib


def numbers(n, note):
    note.append("begin")
    try:
        for i in range(n):
            got = yield i * 10
            note.append((i, got))
    finally:
        note.append("end")
        print("closed", len(note))


def squares(items):
    for number, item in enumerate(items):
        with open("log.txt", "a") as log:
            log.write(f"{number}\n")
        yield number, item * item


def both(n):
    first = yield from part("a", n)
    second = yield from part("b", n)
    return first + second


def part(name, n):
    total = 0
    while total < n:
        total += 1
        yield f"{name}{total}"
    return total


class Tree:
    def __init__(self, value, *children):
        self.value, self.children = value, children

    def __iter__(self):
        yield self.value
        for child in self.children:
            yield from child

    def walk(self, depth=0):
        def mark():
            nonlocal depth
            depth += 1
            return depth

        yield mark(), self.value
        for child in self.children:
            yield from child.walk(depth)


@contextlib.contextmanager
def section(name, **options):
    print("enter", name, sorted(options))
    try:
        yield name.upper()
    except KeyError as error:
        print("caught", error)
    print("leave", name)


def work(n, tag=""):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


note = []
for value in numbers(3, note):  # checkpoint
    print(value, note[-1])
for number, square in squares(numbers(3, note)):
    work(1, number + square)
sent = numbers(4, note)
unstarted = numbers(2, note)
finished = part("x", 1)
print(list(finished), next(sent))
twice = [sent, sent]
for i in range(3):  # checkpoint
    print(sent.send(f"v{i}"), twice[0] is twice[1] is sent)
sent.close()
print(list(unstarted), list(finished))
out = []
pair = both(2)
for item in pair:
    out.append(item)
    work(1, item)
print(out)
tree = Tree(1, Tree(2, Tree(3)), Tree(4))
walker = tree.walk()
for value in tree:  # checkpoint
    print(value, next(walker))
with section("one", a=1) as name:
    work(2, name)
    with section("two"):
        work(1, "two")
        {}["k"]
for a, b in zip(part("z", 3), [1, 2, 3]):
    work(1, a)
for a, b in zip([1, 2, 3], part("y", 3)):
    work(1, b)
for k, v in enumerate(map(str.upper, filter(None, part("m", 3)))):
    work(1, v)
thrown = numbers(3, note)
next(thrown)
work(2, "throw")
try:
    thrown.throw(ValueError("x"))
except ValueError as error:
    print(error, note[-1])
print(note)
