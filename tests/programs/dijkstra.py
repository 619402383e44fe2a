"""Shortest paths on a grid with walls: a heap, dictionaries, and the path walked back."""

import heapq

GRID = """\
S.1.#...
.##.#.#.
.2..3.#.
####.##.
...1...E
""".splitlines()


class Graph:
    def __init__(self, rows):
        self.cost = {}
        for y, row in enumerate(rows):
            for x, mark in enumerate(row):
                if mark != "#":
                    self.cost[x, y] = int(mark) if mark.isdigit() else 1
                if mark == "S":
                    self.start = (x, y)
                elif mark == "E":
                    self.end = (x, y)

    def around(self, node):
        x, y = node
        return [n for n in ((x + 1, y), (x, y + 1), (x - 1, y), (x, y - 1)) if n in self.cost]


def search(graph):
    distance, previous, done = {graph.start: 0}, {}, set()
    heap = [(0, graph.start)]
    while heap:  # checkpoint
        so_far, node = heapq.heappop(heap)
        if node in done:
            continue
        done.add(node)
        if node == graph.end:
            print("reached the end after", len(done), "nodes")
            break
        for other in graph.around(node):
            length = so_far + graph.cost[other]
            if length < distance.get(other, float("inf")):
                distance[other], previous[other] = length, node
                heapq.heappush(heap, (length, other))
    else:
        return None, previous
    return distance[graph.end], previous


def path(previous, end):
    nodes = [end]
    while nodes[-1] in previous:  # checkpoint
        nodes.append(previous[nodes[-1]])
    return nodes[::-1]


graph = Graph(GRID)
length, previous = search(graph)
print(length, path(previous, graph.end))
