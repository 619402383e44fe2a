"""Generators end where they end plainly: when a loop over them is left, in whatever way."""

import itertools


def inner():
    try:
        yield 1
        yield 2
    finally:
        print("inner ends")


def outer():
    try:
        for x in inner():
            yield x
    finally:
        print("outer ends")


def work(n):
    for i in range(n):  # checkpoint
        print("work", i)
    return n


def fails():
    for x in outer():
        work(1)
        if x == 2:
            raise KeyError(x)


def returns():
    for x in outer():
        work(1)
        return x


def breaks():
    for x in outer():
        work(1)
        break
    print("after the loop")
    for _ in outer():
        try:
            work(1)
        finally:
            print("next")
    else:
        print("else")


try:
    fails()
except KeyError as error:
    print("caught", error)
print(returns())
breaks()
pending = outer()
print(next(pending))
work(2)
pending.close()
for x in outer():  # checkpoint
    if x == 2:
        break
    for y in inner():  # checkpoint
        continue
print("done")


def left_in_a_handler(number):
    try:
        raise ExceptionGroup("many", [ValueError(1), KeyError(2)])
    except* ValueError:
        for i in range(number):
            yield i
    except* KeyError:
        print("closed in time")


for _ in range(2):
    for i in itertools.islice(left_in_a_handler(4), 2):  # checkpoint
        print(i)
    print("left")
