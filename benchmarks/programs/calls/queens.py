"""Backtracking: the recursion goes through a marked loop."""


def place(row, n, columns, rising, falling):
    if row == n:
        return 1
    found = 0
    for column in range(n):  # checkpoint
        if column in columns or row + column in rising or row - column in falling:
            continue
        columns.add(column)
        rising.add(row + column)
        falling.add(row - column)
        found += place(row + 1, n, columns, rising, falling)
        columns.discard(column)
        rising.discard(row + column)
        falling.discard(row - column)
    return found


def main():
    return place(0, 7, set(), set(), set())
