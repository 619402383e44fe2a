"""Functions that return products and sums of live calls, four calls deep."""


def area(width, height):
    cells = 0
    for row in range(height):  # checkpoint
        cells += width
    return cells


def volume(width, height, depth):
    print("volume", width, height, depth)
    return area(width, height) * area(depth, 2) // 2


def pair(n):
    return volume(n, 2, 1), volume(1, n, 2)


def combined(n):
    print("combined", n)
    small, large = pair(n)
    return large - small + sum(pair(n + 1)) if n > 1 else pair(n)[0]


def table(n):
    return {1: combined(1), n: combined(n)}


print(table(2))
