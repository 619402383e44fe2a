"""What the state of a program with many small objects costs, next to the pickle of C and to dill.

    python benchmarks/objects.py [--quick] [--repetitions N]

A million dicts, and 200,000 instances: of a plain class, of one with slots and of a dataclass. Each
way is timed in turn in one process, by its processor time; dill, which takes long, once.
"""

import argparse
import io
import pickle
import platform
import statistics
import time
from dataclasses import dataclass

import dill

from autoresume.pickling import streams


class Body:
    def __init__(self, number):
        self.mass = float(number)
        self.name = f"body {number}"
        self.neighbours = [number - 1, number + 1]


class Place:
    __slots__ = ("x", "y")

    def __init__(self, number):
        self.x = number
        self.y = number * 2.5


@dataclass
class Event:
    number: int
    time: float
    kind: str


class Names:
    """The code of this program, by name."""

    user_modules = ("__main__",)

    def code_name(self, code):
        return (code.co_qualname,) if CODES.get(code.co_qualname) is code else None

    def code_for(self, name):
        return CODES[name[0]]


CODES = {
    method.__code__.co_qualname: method.__code__
    for cls in (Body, Place)
    for method in vars(cls).values()
    if hasattr(method, "__code__")
}


def state_of(size):
    dicts = [{"a": n, "b": n + 0.5, "c": str(n)} for n in range(size)]
    bodies = [Body(n) for n in range(size // 10)]
    places = [Place(n) for n in range(size // 20)]
    events = [Event(n, n * 0.5, str(n)) for n in range(size // 20)]
    return {"dicts": dicts, "instances": bodies + places + events}


def dump_pickle(state):
    out = io.BytesIO()
    pickle.Pickler(out, 5).dump(state)
    return out.getvalue()


def dump_autoresume(state):
    return streams.dump({"modules": {}, **state}, Names()).data


def load_autoresume(data):
    return streams.load(data, [], Names())


def seconds(call, argument):
    """Return how long a call took; its result is gone before the next begins."""
    start = time.process_time()
    result = call(argument)
    took = time.process_time() - start
    del result
    return took


def measure(calls, arguments, repetitions):
    times = [[], []]
    for _ in range(repetitions + 1):
        for one, call, argument in zip(times, calls, arguments, strict=True):
            one.append(seconds(call, argument))
    return times


def report(what, plain, own):
    ratios = sorted(b / a for a, b in zip(plain[1:], own[1:], strict=True))  # the first warms up
    print(
        f"{what:5} {statistics.median(plain[1:]):8.3f} {statistics.median(own[1:]):10.3f} "
        f"{statistics.median(ratios):6.2f}  {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )


def main():
    parser = argparse.ArgumentParser(description="Time the state of many small objects.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the objects")
    parser.add_argument("--repetitions", type=int, default=9)
    options = parser.parse_args()
    state = state_of(100_000 if options.quick else 1_000_000)
    print(f"CPython {platform.python_version()}, {options.repetitions} repetitions, seconds")
    print(f"{'':5} {'pickle':>8} {'autoresume':>10} {'ratio':>6}  range")
    ways = [dump_pickle, dump_autoresume]
    saves = measure(ways, [state, state], options.repetitions)
    report("save", *saves)
    dilled = seconds(dill.dumps, state)
    streams = [way(state) for way in ways]
    del state  # a process that loads has not got it yet
    report("load", *measure([pickle.loads, load_autoresume], streams, options.repetitions))
    print(f"dill saves in {dilled:.1f} s, {dilled / statistics.median(saves[0]):.1f} times")


if __name__ == "__main__":
    main()
