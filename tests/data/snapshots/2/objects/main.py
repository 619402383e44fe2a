"""Objects of all kinds, in a function three calls deep."""

import collections
import contextlib
import enum
import functools
import itertools
import pathlib
import random
import re
import weakref
from dataclasses import dataclass, field
from typing import NamedTuple

import parts

Point = collections.namedtuple("Point", "x y", defaults=[0])


class Entry(NamedTuple):
    name: str
    count: int = 1


@dataclass(order=True)
class Item:
    price: float
    tags: list = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True)
class Key:
    text: str


class Color(enum.Enum):
    RED = 1
    BLUE = "b"


class Access(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


@contextlib.contextmanager
def bracketed(name):
    print("<", name)
    yield name
    print(">", name)


@functools.cache
def square(number):
    return number * number


def counter(start):
    count = start

    def following():
        nonlocal count
        count += 1
        return count

    return following


def look(round, everything):
    point, entry, items, keys, following, numbers, node, colors, order, moves = everything
    print(round, point, entry, sorted(items), keys[Key("a")], following(), next(numbers))
    print(node.parent() is node.itself.itself, type(node).__mro__[1] is parts.Node, node.name)
    print(colors, colors[0] is Color.RED, Access.READ | Access.WRITE, square(round), order, moves)
    print(square.cache_info(), random.random(), re.compile("a.c").pattern, pathlib.PurePath("a/b"))


def work(everything):
    with bracketed("work"):
        for round in range(6):  # checkpoint
            look(round, everything)
            everything[-1].append(round)


def main():
    node = parts.Leaf("leaf")
    node.itself, node.parent = node, weakref.ref(node)
    items = [Item(2.5, ["x"]), Item(1.5)]
    keys = collections.defaultdict(list, {Key("a"): items})
    order = {"one", "two", "three", "four"}
    numbers = itertools.chain(parts.numbers(3), itertools.count(10))
    next(numbers)
    moves = collections.deque([1, 2], maxlen=4)
    colors = [Color.RED, Color("b")]
    following = counter(4)
    everything = (
        *(Point(1), Entry("e"), items, keys, following, numbers),
        *(node, colors, sorted(order), moves),
    )
    work(everything)
    print(following(), list(order) == list(order), moves)


random.seed(5)
main()
