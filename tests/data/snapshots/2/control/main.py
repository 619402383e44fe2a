"""Positions of all kinds: loops, handlers, managers, generators, calls in expressions."""

import contextlib


class Guard:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, *error):
        print("exit", self.name, error[0])
        return self.name == "quiet"


def pairs(count):
    try:
        for number in range(count):
            received = yield number, number**2
            if received:
                print("received", received)
    finally:
        print("pairs end")


def step(depth, value):
    if depth:
        return 1 + step(depth - 1, value)
    for part in range(2):  # checkpoint
        print("step", value, part)
    return value


def attempt(value):
    try:
        if value % 2:
            raise ValueError(value)
        return step(2, value)
    except ValueError as error:
        found = step(1, error.args[0])
        return -found
    finally:
        print("finally", step(0, value))


def classify(value):
    match value:
        case [first, *rest] if rest:
            return sum([attempt(one) for one in value]) + first
        case {"key": inner}:
            return inner if (found := attempt(inner)) < 0 else found
        case _:
            return attempt(value)


def main():
    total = 0
    source = pairs(3)
    for index, (number, squared) in enumerate(source):  # checkpoint
        with Guard("quiet"), contextlib.suppress(KeyError) as nothing:
            total += classify([number, squared]) * 2 + classify({"key": index})
            if number == 1:
                raise LookupError(nothing)
        while total > 100:  # checkpoint
            total -= 50
        else:
            print("total", total)
    print(total, classify(7))


main()
