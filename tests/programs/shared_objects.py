"""Objects shared by frames, globals, closures and class attributes stay the same objects."""

shared = ["global"]
registry = {"shared": shared}


class Node:
    root = None

    def __init__(self, name):
        self.name, self.links = name, [self]


def make_counter(store):
    def count():
        store.append(len(store))
        return store

    return count


def visit(node, store, rounds):
    alias = store
    other = node.links
    for i in range(rounds):  # checkpoint
        alias.append(i)
        child = Node(f"{node.name}.{i}")
        child.links.append(node)
        other.append(child)
        node.links[0].last = child
    return alias is shared, other is node.links, node.last is node.links[-1]


def main():
    local = shared
    counter = make_counter(local)
    Node.root = root = Node("r")
    print(visit(root, local, 4))
    print(counter() is local, local is shared, registry["shared"] is shared, Node.root is root)
    print(root.links[0] is root, root.links[1].links[1] is root, type(root) is Node)
    print(visit(root.links[2], local, 3))
    return local


print(main() is shared, shared)
nan = float("nan")
values = [nan, 1.0]
for _ in range(3):  # checkpoint
    values.append(nan)
print(nan in values, values.index(nan), values.count(nan))
