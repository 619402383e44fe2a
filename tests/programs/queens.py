"""Recursive backtracking with a marked loop at every depth: the n-queens problem."""

N = 4
solutions = []
visited = 0


def safe(columns, column):
    row = len(columns)
    return all(c != column and abs(c - column) != row - r for r, c in enumerate(columns))


def place(columns):
    global visited
    visited += 1
    if len(columns) == N:
        solutions.append(tuple(columns))
        print("solution", columns)
        return 1
    found = 0
    for column in range(N):  # checkpoint
        if safe(columns, column):
            columns.append(column)
            found += place(columns)
            columns.pop()
    return found


print("queens", N)
print(place([]), visited)
print(solutions)
