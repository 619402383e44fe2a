"""Loops that do next to nothing, timed in turn: ITERATIONS REPETITIONS.

The time is that of the processor, which other programs hardly change. Under plain ``python`` the
marked loop is a plain loop, which shows how far noise alone goes.
"""

import json
import os
import sys
import time
from pathlib import Path

try:
    from tqdm import tqdm
except ModuleNotFoundError:
    tqdm = None


def plain_empty(n):
    for _ in range(n):
        pass


def marked_empty(n):
    for _ in range(n):  # checkpoint
        pass


def plain_sum(n):
    s = 0
    for i in range(n):
        s += i
    return s


def marked_sum(n):
    s = 0
    for i in range(n):  # checkpoint
        s += i
    return s


def by_hand_sum(n):
    s = 0
    for i in range(n):
        if i % 1000 == 0:
            due()
        s += i
    return s


def due():
    return False


def tqdm_sum(n):
    s = 0
    with Path(os.devnull).open("w") as nowhere:
        for i in tqdm(range(n), file=nowhere):
            s += i
    return s


LOOPS = [
    ("pass", "plain", plain_empty),
    ("pass", "marked", marked_empty),
    ("s += i", "plain", plain_sum),
    ("s += i", "marked", marked_sum),
    ("s += i", "if i % 1000 == 0", by_hand_sum),
]
if tqdm:
    LOOPS.append(("s += i", "tqdm", tqdm_sum))


def measure(n, repetitions):
    found = []
    for number in range(repetitions + 1):
        for body, way, loop in LOOPS:
            start = time.process_time()
            loop(n)
            if number:
                found.append((body, way, (time.process_time() - start) / n))
    return found


print(json.dumps(measure(*map(int, sys.argv[1:]))))
