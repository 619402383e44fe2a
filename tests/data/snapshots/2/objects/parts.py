"""A module of the program."""


class Node:
    def __init__(self, name):
        self.name = name


class Leaf(Node):
    pass


def numbers(count):
    for number in range(count):
        yield from (number * factor for factor in (1, 10))
