"""Numbers, texts, tuples and exceptions of the script whose own `__new__` takes other arguments."""

import datetime
from collections import namedtuple
from typing import NamedTuple


class Joined(str):
    def __new__(cls, a, b):
        print("a text")
        made = super().__new__(cls, a + b)
        made.parts = a, b
        return made


class Product(int):
    __slots__ = ()

    def __new__(cls, a, b):
        print("a number")
        return super().__new__(cls, a * b)


class Row(tuple):
    def __new__(cls, *items):
        print("a tuple")
        return super().__new__(cls, items)

    def __iter__(self):
        return iter(["not what it holds"])


class Square(namedtuple("Square", "width height")):
    def __new__(cls, side):
        print("a named tuple")
        return super().__new__(cls, side, side)


class Span(NamedTuple):
    start: int
    stop: int


class Second(Span):
    def __new__(cls, start):
        print("a typed named tuple")
        made = super().__new__(cls, start, start + 1)
        made.square = Square(start)
        return made


class Day(datetime.date):
    def __new__(cls, text):
        print("a day")
        made = super().__new__(cls, *map(int, text.split("-")))
        made.text = text
        return made


class Failure(Exception):
    def __init__(self, code, *, why):
        print("an exception")
        super().__init__(f"{code}: {why}")
        self.code = code


text, number, row, second = Joined("a", "b"), Product(3, 4), Row(1, 2), Second(5)
day, failure = Day("2020-01-02"), Failure(7, why="it failed")
for step in range(3):  # checkpoint
    print(step, text, text.parts, number, row, row[1], second, second.square, type(second))
    print(day, day.text, repr(failure), failure.code)
