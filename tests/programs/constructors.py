"""Marked loops below constructors: __init__ in a class and its base, and a class method."""


class Grid:
    made = 0

    def __init__(self, n):
        Grid.made += 1
        self.n = n
        self.cells = []
        for i in range(n):  # checkpoint
            self.cells.append([i * n + j for j in range(n)])
        print("grid", n, "made")

    def trace(self):
        return sum(self.cells[i][i] for i in range(self.n))


class Weighted(Grid):
    def __init__(self, n, weight):
        self.weight = weight
        super().__init__(n)
        self.scale = self.normalise()
        print("weighted", weight)

    def normalise(self):
        norm = 0.0
        for row in self.cells:  # checkpoint
            norm += sum(row) * self.weight
        return norm

    @classmethod
    def square(cls, n):
        return cls(n, 1 / n)


grids = [Grid(2), Weighted(3, 0.5)]
grids.append(Weighted.square(n=2))
for grid in grids:
    print(type(grid).__name__, grid.trace(), sorted(vars(grid).items()))
print(Grid.made, Grid(1).trace() + Grid(2).trace())
