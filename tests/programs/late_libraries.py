"""Values of libraries that are imported in the middle of the loop, after the first snapshots."""

import sys

kept = {}
seen = []


def late(i):
    if i == 1:
        import csv

        kept["rows"] = csv.reader(["a,b", "c,d", "e,f", "g,h"])
    elif i == 2:
        import collections
        import itertools
        import queue

        kept["waiting"] = queue.Queue()
        kept["waiting"].put("x")
        kept["walk"] = iter(collections.deque(range(9)))
        kept["pairs"] = itertools.pairwise(range(20))
    elif i == 3:
        import contextvars
        import decimal
        import mmap
        import re

        kept["variable"] = contextvars.ContextVar("late")
        kept["variable"].set("set")
        kept["context"] = decimal.localcontext(prec=5)
        kept["context"].__enter__()
        kept["map"] = mmap.mmap(-1, 16)
        kept["found"] = re.finditer("[a-z]", "abcdefgh")
    elif i == 4:
        import xml.etree.ElementTree as trees

        import numpy as np

        kept["tree"] = trees.fromstring("<a>1<b>2</b><c>3</c><d>4</d></a>").itertext()
        kept["masked"] = np.ma.array([1, 2, 3], mask=[0, 1, 0])


def used(i):
    if i >= 1:
        yield next(kept["rows"], None)
    if i >= 2:
        kept["waiting"].put(i)
        yield [kept["waiting"].get(), next(kept["walk"]), next(kept["pairs"])]
    if i >= 3:
        yield [kept["variable"].get(), sys.modules["decimal"].Decimal(1) / 3]
        kept["map"].write_byte(i)
        yield [kept["map"][:8], next(kept["found"])[0]]
    if i >= 4:
        yield [next(kept["tree"]), kept["masked"].sum(), kept["masked"][1]]


for i in range(8):  # checkpoint
    late(i)
    seen.append(list(used(i)))
    print(i, *seen[-1])
