"""Objects nested deeper than the stack of a process: a linked list, and the tape of a gradient."""

LENGTH = 12_000


class Node:
    def __init__(self, value, rest):
        self.value = value
        self.rest = rest


class Value:
    def __init__(self, data, parents=()):
        self.data = data
        self.gradient = 0.0
        self.parents = parents
        self.backward = lambda: None

    def __add__(self, other):
        result = Value(self.data + other.data, (self, other))

        def backward():
            self.gradient += result.gradient
            other.gradient += result.gradient

        result.backward = backward
        return result


def linked(length):
    head = None
    for value in range(length):
        head = Node(value, head)
    return head


def tape(length):
    start = total = Value(1.0)
    for _ in range(length):
        total = total + start
    return start, total


def run_back(total):
    total.gradient = 1.0
    while total.parents:
        total.backward()
        total = total.parents[0]


def main():
    head = linked(LENGTH)
    start, total = tape(LENGTH // 4)
    for number in range(3):  # checkpoint
        head = Node(number, head.rest)
        total = total + start
        print(number, head.rest.rest.value, total.data)
    run_back(total)
    print(start.gradient)


main()
