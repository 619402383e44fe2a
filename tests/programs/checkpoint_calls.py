"""Boundaries made by calls: in functions, blocks and loops, at the top, by any name."""

import autoresume
import autoresume as ar
from autoresume import checkpoint, loop
from autoresume import checkpoint as here

log = []


def steps(n):
    log.append(n)
    autoresume.checkpoint()
    total = n * 2
    if total > 2:
        ar.checkpoint()
        total += 1
    else:
        checkpoint()
    for i in range(2):
        try:
            here()
            if i:
                raise ValueError(total)
        except ValueError as error:
            checkpoint()
            total += error.args[0]
        else:
            checkpoint()
    match total:
        case 1:
            pass
        case other:
            checkpoint()
            total = other + 1
    return total


def marked(values):
    total = 0
    for value in autoresume.loop(values):
        for power in loop(range(2)):
            total += value**power
    else:
        checkpoint()
        total = -total
    return total


class Counter:
    def __init__(self, start):
        checkpoint()
        self.count = start

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.count += 1

    def bump(self):
        checkpoint()
        self.count += 1
        return self.count


def closing():
    shared = 1

    def inner():
        nonlocal shared
        checkpoint()
        shared += 1
        return shared

    return inner() * 10 + shared


ar.checkpoint()
counter = Counter(3)
with counter as same:
    checkpoint()
    print(same.bump() + same.bump() * 10)
while len(log) < 3:
    print(steps(len(log)), closing())
    checkpoint()
for letter in ar.loop(["a", "b"]):
    print(letter, marked([len(log), 2]))
if log:
    here()
    print(log, counter.count)
here()
