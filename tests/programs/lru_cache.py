"""A least-recently-used cache as a linked list of nodes, and a trace of accesses."""


class Node:
    __slots__ = ("key", "value", "before", "after")

    def __init__(self, key=None, value=None):
        self.key, self.value = key, value
        self.before = self.after = self


class Cache:
    def __init__(self, size):
        self.size, self.ring, self.nodes = size, Node(), {}
        self.hits = self.misses = 0

    def _unlink(self, node):
        node.before.after, node.after.before = node.after, node.before

    def _push(self, node):
        node.before, node.after = self.ring, self.ring.after
        self.ring.after.before = node
        self.ring.after = node

    def get(self, key, make):
        if key in self.nodes:
            self.hits += 1
            node = self.nodes[key]
            self._unlink(node)
        else:
            self.misses += 1
            node = self.nodes[key] = Node(key, make(key))
            if len(self.nodes) > self.size:
                oldest = self.ring.before
                self._unlink(oldest)
                del self.nodes[oldest.key]
        self._push(node)
        return node.value

    def __iter__(self):
        node = self.ring.after
        while node is not self.ring:
            yield node.key
            node = node.after


def slow_square(n):
    total = 0
    for _ in range(n):  # checkpoint
        total += n
    return total


cache = Cache(3)
results = []
for key in [1, 2, 3, 1, 4, 2, 1, 5, 3, 3, 1]:
    results.append(cache.get(key, slow_square))
    print(key, "->", list(cache))
print(results, cache.hits, cache.misses, sorted(cache.nodes))
