"""A tree of objects: recursion from within loops over children, and through properties."""


class Node:
    def __init__(self, depth, value):
        self.value = value
        self.children = []
        for i in range(3 if depth else 0):  # checkpoint
            self.children.append(Node(depth - 1, value * 3 + i))

    @property
    def size(self):
        total = 1
        for child in self.children:  # checkpoint
            total += child.size
        return total

    def visit(self, visitor, depth=0):
        visitor.enter(self, depth)
        for child in self.children:  # checkpoint
            child.visit(visitor, depth + 1)
        visitor.leave(self)


class Adder:
    def __init__(self):
        self.total = 0
        self.open = []

    def enter(self, node, depth):
        self.open.append(node)
        self.total += node.value * depth

    def leave(self, node):
        self.open.pop()


def main():
    root = Node(6, 1)
    adder = Adder()
    root.visit(adder)
    return root.size + adder.total
