"""NaNs keep their identity; nodes that hash by an attribute are keys of their own dicts."""

import math

nan = float("nan")
other = float("nan")
values = [nan, 1.0, math.nan]


class Node:
    made = 0

    def __new__(cls, *a):
        Node.made += 1
        return super().__new__(cls)

    def __init__(self, name):
        self.links = {}
        self.name = name

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, o):
        return self.name == o.name


a, b = Node("a"), Node("b")
a.links[b] = 1
b.links[a] = 2
a.links[a] = 3
for _ in range(4):  # checkpoint
    values.append(nan)
    values.append(other)
    print(
        nan in values,
        values.index(nan),
        values.count(nan),
        values.count(other),
        values[2] is math.nan,
    )
    print(Node.made, sorted((k.name, v) for k, v in a.links.items()), b.links[a], list(vars(a)))
