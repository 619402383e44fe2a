"""Classes derived from those of the library, which tell how they are pickled, with more to them."""

from collections import Counter
from datetime import date, datetime
from decimal import Context, Decimal
from fractions import Fraction
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from random import Random
from statistics import NormalDist
from types import SimpleNamespace
from xml.etree.ElementTree import Element


class Dice(Random):
    def __init__(self, seed):
        print("dice with", seed)
        self.throws = 0
        super().__init__(seed)

    def seed(self, *args):
        print("seeded with", *args)
        super().seed(*args)

    def random(self):
        self.throws += 1
        return super().random()


class Money(Decimal):
    __slots__ = ("__private", "currency", "unset")

    def __new__(cls, value, currency):
        print("money of", value, currency)
        money = super().__new__(cls, value)
        money.currency = currency
        money.__private = [currency]
        return money

    def __hash__(self):
        return hash((Decimal(self), self.currency))

    def __eq__(self, other):
        return Decimal(self) == Decimal(other) and self.currency == other.currency

    def private(self):
        return self.__private


class Stamp(datetime):
    def __new__(cls, *args, note="none"):
        stamp = super().__new__(cls, *args)
        stamp.note = note
        return stamp


class Day(date):
    number = 0


class Ratio(Fraction):
    def __new__(cls, text, *, name):
        ratio = super().__new__(cls, text)
        ratio.name = name
        return ratio


class Host(IPv4Address):
    def __init__(self, address, names):
        print("host", address)
        super().__init__(address)
        self.names = names


class Place(PurePosixPath):
    kind = "file"


class Bell(NormalDist):
    pass


class Tag(Element):
    def __init__(self, tag, depth):
        super().__init__(tag)
        self.depth = depth


class Precise(Context):
    pass


class Bag(SimpleNamespace):
    def __init__(self, *, size):
        super().__init__(size=size, own=self)


class Tally(Counter):
    def __init__(self, items, limit):
        super().__init__(items)
        self.limit = limit


dice = Dice(7)
shared = ["Graz"]
price = Money("1.50", "EUR")
prices = {price: "cheap", Money("2", "USD"): "dear"}
stamp = Stamp(2024, 5, 6, note=shared)
day = Day(2024, 2, 28)
ratio = Ratio("2/6", name=shared)
host = Host("10.0.0.1", shared)
place = Place("a/b")
bell = Bell(3, 2)
tag = Tag("row", 2)
tag.append(Tag("cell", 3))
precise = Precise(prec=5)
precise.purpose = shared
bag = Bag(size=3)
tally = Tally("banana", 2)
attributes = vars(host)
for step in range(3):  # checkpoint
    print(dice.random(), dice.throws, dice.gauss(0, 1), list(vars(dice)))
    print(price, price.currency, price.private(), hasattr(price, "unset"), prices[price])
    day.number += 1
    place.kind += str(step)
    bell.label = f"{getattr(bell, 'label', '')}x"
    tag.depth += 1
    tag[0].depth += tag.depth
    shared.append(step)
    print(stamp, stamp.note, day, day.number, ratio, ratio.name is stamp.note, place, place.kind)
    print(host, host.names, vars(host) is attributes, bell.mean, bell.stdev, bell.label)
    print(tag.tag, tag.depth, tag[0].depth, precise.divide(1, 3), precise.purpose is shared)
    print(bag.size, bag.own is bag, tally.limit, tally.most_common(1), type(tally).__name__)
