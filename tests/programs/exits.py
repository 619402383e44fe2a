"""A script that ends in the middle of a marked loop, with sys.exit(3) through a finally."""

import sys


def search(limit):
    for n in range(1, limit):  # checkpoint
        print(n, n * n % 37)
        if n * n % 37 == 27:
            print("found", file=sys.stderr)
            sys.exit(3)


try:
    search(50)
finally:
    print("cleaning up")
