"""A script with arguments: argparse, __file__, __name__, sys.path and what they look like."""

import argparse
import os
import sys

# argv: --steps 6 -v 'two words' --scale=1.5

parser = argparse.ArgumentParser()
parser.add_argument("title")
parser.add_argument("--steps", type=int, default=3)
parser.add_argument("--scale", type=float, default=1.0)
parser.add_argument("-v", action="store_true")


def main(options):
    value = 1.0
    for step in range(options.steps):  # checkpoint
        value *= options.scale
        if options.v:
            print(options.title, step, value)
    return value


if __name__ == "__main__":
    print(os.path.basename(sys.argv[0]), sys.argv[1:], len(sys.argv))
    options = parser.parse_args()
    print(main(options), sorted(vars(options).items()))
    print(
        os.path.basename(__file__), sys.path[0] == os.path.dirname(__file__), __spec__, __package__
    )
    print(sys.modules["__main__"].main is main, main.__module__, sorted(globals())[-4:])
