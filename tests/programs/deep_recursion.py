"""A marked loop below three thousand frames of one recursive function."""

import sys


def down(n, found):
    if n == 0:
        for i in range(3):  # checkpoint
            found.append(i)
        return len(found)
    return down(n - 1, found) + 1


sys.setrecursionlimit(10_000)
print(down(3000, []))
