"""Classes of attrs and pydantic, Enums, descriptors and callables of many kinds, in live frames."""

import abc
import enum
import functools
import operator
from typing import Generic, NamedTuple, TypeVar

import attrs
import pydantic

T = TypeVar("T")
log = []


class Level(enum.IntFlag):
    LOW = 1
    HIGH = 2


class Point(NamedTuple):
    x: int
    level: Level = Level.LOW


class Shape(abc.ABC):
    known = {}

    def __init_subclass__(cls, **options):
        Shape.known[cls.__name__] = cls

    @abc.abstractmethod
    def area(self): ...


@attrs.define
class Square(Shape):
    side: int = attrs.field(validator=attrs.validators.instance_of(int))

    def area(self):
        return self.side**2


class Box(pydantic.BaseModel, Generic[T]):
    item: T
    count: int = pydantic.Field(default=0, ge=0)


class Unit:
    def __set_name__(self, owner, name):
        log.append(name)
        self.name = f"_{name}"

    def __get__(self, instance, owner):
        return self if instance is None else getattr(instance, self.name, 0)

    def __set__(self, instance, value):
        setattr(instance, self.name, value)


class Meter:
    unit = Unit()

    @functools.singledispatchmethod
    def read(self, value):
        return "?"

    @read.register
    def _(self, value: int):
        return value + self.unit

    twice = functools.partialmethod(operator.mul, 2)

    def __mul__(self, factor):
        return self.unit * factor

    @functools.cached_property
    def cached(self):
        log.append("cached")
        return [self.unit]


def measure(meter, boxes, rounds, seen=[]):
    add = meter.read
    total = functools.partial(functools.reduce, operator.add)
    levels = {Level.LOW: [], Level.LOW | Level.HIGH: []}
    for number in range(rounds):  # checkpoint
        seen.append(number)
        meter.unit = number
        shape = Shape.known["Square"](number + 1)
        levels[Level(1 + number % 2 * 2)].append(Point(shape.area()))
        boxes.append(Box[int](item=add(number), count=number))
        meter.cached.append(number)
        if type(boxes[-1]) is not type(boxes[0]) or boxes[0].__class__ is not Box[int]:
            print("another class")
    return levels, total([box.item for box in boxes]), len(seen), meter.twice()


meter = Meter()
boxes = []
for turn in range(3):
    levels, total, count, twice = measure(meter, boxes, turn + 2)
    print(turn, levels, total, count, twice, boxes[-1].model_dump_json(), meter.cached)
print(log, sorted(Shape.known), measure.__defaults__)
try:
    Box[int](item=1, count=-1)
except pydantic.ValidationError as error:
    print(error.error_count())
