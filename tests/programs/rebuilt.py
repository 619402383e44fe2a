"""Variables that are not stored: statements make them again at a resume."""

import random
import sqlite3


class Data:
    made = 0

    def __init__(self, size):
        self.rows = [random.random() * 0 + row for row in range(size)]

    def total(self):
        return sum(self.rows)


class Model:
    def __init__(self, data, table):
        self.data, self.table = data, table


def connect(rows):
    made = sqlite3.connect(":memory:")
    made.execute("create table rows (value)")
    made.executemany("insert into rows values (?)", [(row,) for row in rows])
    return made


def squares(count):
    return {number: number**2 for number in range(count)}, [count]


SIZE = 5
space = {"rate": [0.1, 0.2], "depth": (1, 2)}  # checkpoint: rebuild
data = Data(SIZE)  # checkpoint: rebuild
# checkpoint: rebuild
connection = connect(data.rows)
rate = 0.5  # checkpoint: rebuild
holder = [data, connection]


def work(count):
    table, limits = squares(count)  # checkpoint: rebuild
    model = Model(data, table)
    for fold in range(3):
        part = list(table)[fold:]  # checkpoint: rebuild
        look = lambda: part
        for step in range(2):  # checkpoint
            (number,) = connection.execute("select count(*) from rows").fetchone()
            print(
                fold, step, number, data.total(), model.table is table, limits, part, look() is part
            )
            print(holder[0] is data is model.data, holder[1] is connection)
            print(random.random(), rate, space)
    late = Data(3)  # checkpoint: rebuild
    return model, late


def stale():
    previous = None
    for step in range(3):  # checkpoint
        if step:
            print(step, made, previous is made)  # noqa: F821
        made = [step, rate]  # checkpoint: rebuild
        previous = made
        for inner in range(2):  # checkpoint
            print(made, previous is made)


class Kept:
    __secret = 3

    def method(self, factor):
        found = [self.__secret * factor, [factor for _ in range(2)]]  # checkpoint: rebuild
        for step in range(2):  # checkpoint
            print(found, step)


def main():
    stale()
    Kept().method(2)
    model, late = work(4)
    for step in range(2):  # checkpoint
        print(step, late.total(), model.data is data, sorted(model.table))


random.seed(3)
main()
