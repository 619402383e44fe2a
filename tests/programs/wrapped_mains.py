"""Functions that are called for the script: by plac, by `decorator`, by a table of argparse."""

import argparse

import plac
from decorator import decorator


@decorator
def noted(func, prefix="", *args, **kwargs):
    print(prefix, "before")
    result = func(*args, **kwargs)
    print(prefix, "after", result)
    return result


@noted(prefix="count:")
def count(n, step=1):
    for i in range(0, n, step):  # checkpoint
        print(i)
    return n


@plac.opt("n", "how many", type=int)
def main(n: int = 3):
    for i in range(n):  # checkpoint
        print("main", i)
    return [n]


def train(options):
    for i in range(options.steps):  # checkpoint
        print("train", i, options.steps)
    return options.steps


if __name__ == "__main__":
    print(count(2) + count(5, step=2))
    print(plac.call(main, ["-n", "2"]) + plac.call(main, []))
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    command = commands.add_parser("train")
    command.add_argument("--steps", type=int, default=2)
    command.set_defaults(func=train)
    options = parser.parse_args(["train", "--steps", "3"])
    raise SystemExit(options.func(options))
