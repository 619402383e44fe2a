"""States of programs: named values, and how they change between two snapshots."""

from dataclasses import dataclass

import numpy as np

MIB = 1 << 20


class State:
    """Some values, and whether they are nothing but arrays."""

    is_arrays = True

    def __init__(self, values):
        self.values = values

    def change(self):
        for value in self.values.values():
            if value.base is None:
                value += 1

    def touch(self, values):
        """Read a little of each page of what was loaded."""
        arrays = map(np.asarray, values.values())
        return sum(float(array.ravel(order="K")[::512].sum()) for array in arrays)


class OneArray(State):
    def __init__(self, mib):
        super().__init__({"array": np.random.default_rng(1).random((mib * MIB // 8192, 1024))})


class ManyArrays(State):
    def __init__(self, count):
        random = np.random.default_rng(1).random
        super().__init__({f"array_{k}": random(MIB // 8) for k in range(count)})


class Views(OneArray):
    def __init__(self, mib):
        super().__init__(mib)
        array = self.values["array"]
        self.values |= {f"view_{k}": array[k:, ::2].T for k in range(10)}

    def touch(self, values):
        return super().touch({"array": values["array"]})


class Hundredth(OneArray):
    """Of the array one percent changes, each time another one."""

    changes = 0

    def change(self):
        rows = self.values["array"]
        size = max(1, len(rows) // 100)
        start = self.changes * 2 * size % len(rows)
        rows[start : start + size] += 1
        self.changes += 1


class Unchanged(OneArray):
    def change(self):
        pass


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


class Objects(State):
    """Small dicts, and a fifth as many instances of three kinds of classes."""

    is_arrays = False

    def __init__(self, count):
        dicts = [{"a": n, "b": n + 0.5, "c": str(n)} for n in range(count)]
        bodies = [Body(n) for n in range(count // 10)]
        places = [Place(n) for n in range(count // 20)]
        events = [Event(n, n * 0.5, str(n)) for n in range(count // 20)]
        super().__init__({"dicts": dicts, "instances": bodies + places + events})

    def change(self):
        for entry in self.values["dicts"]:
            entry["b"] += 1.0

    def touch(self, values):
        return 0.0


class Nothing(Objects):
    """What is left when nothing else is: the fixed costs."""

    def __init__(self, count):
        super().__init__(0)


def walk(number):
    total = number
    for step in range(1 << 60):
        total += step
        yield total


class Generators(Objects):
    """Generators that wait in the middle of a loop."""

    def __init__(self, count):
        self.values = {"generators": [walk(number) for number in range(count)]}
        self.change()

    def change(self):
        for generator in self.values["generators"]:
            next(generator)


KINDS = {
    kind.__name__: kind
    for kind in (OneArray, ManyArrays, Objects, Views, Hundredth, Unchanged, Nothing, Generators)
}
