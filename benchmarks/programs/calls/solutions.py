"""Generators that call each other, and objects that do; only the loop around them is marked."""


class Board:
    def __init__(self, size):
        self.size = size
        self.columns = []

    def is_free(self, column):
        row = len(self.columns)
        return all(
            column != other and row - below != abs(column - other)
            for below, other in enumerate(self.columns)
        )

    def solutions(self):
        if len(self.columns) == self.size:
            yield tuple(self.columns)
            return
        for column in range(self.size):
            if self.is_free(column):
                self.columns.append(column)
                yield from self.solutions()
                self.columns.pop()


def main():
    total = 0
    for size in range(4, 7):  # checkpoint
        for solution in Board(size).solutions():
            total += sum(solution)
    return total
