"""Variables that are dead at the boundary need not be saved; definitions behind the loop wait."""

import hashlib
import re

import numpy as np

table = np.rec.array([(1, 2.0), (3, 4.0)], names="x,y")
limits = np.finfo(float), np.iinfo(np.int32)


class Proxy:
    def __init__(self, target):
        self.target = target

    def __getattr__(self, name):
        return getattr(self.target, name)


def words(lines):
    found = []
    for line in lines:  # checkpoint
        match = re.match(r"\w+", line)
        digest = hashlib.sha256(line.encode())
        if match:
            word = match.group()
            found.append(word + digest.hexdigest()[:4])
    return found


proxy = Proxy([1, 2, 2])
for step in range(3):  # checkpoint
    state = hashlib.md5(str(step).encode())
    match = re.search("[0-9]", f"step {step}")
    table.x[0] += step
    print(match.group(), state.hexdigest(), table.x, proxy.count(2), limits[0].eps, limits[1].max)
print(words(["one two", "  ", "three"]))
made = []


def later(function):
    made.append(function.__name__)
    return function


@later
def last(n, default=len(made)):
    return n, default, made


for step in range(2):  # checkpoint
    print(step, last(step))


def fails():
    __tracebackhide__ = True
    for step in range(2):  # checkpoint
        print("to fail", step)
    raise ValueError


try:
    fails()
except ValueError as error:
    # What prints tracebacks looks for such variables.
    print("__tracebackhide__" in error.__traceback__.tb_next.tb_frame.f_locals)
