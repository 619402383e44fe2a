"""The call goes through with blocks: an open file, np.errstate, and managers that print."""

import numpy as np


class Section:
    depth = 0

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        Section.depth += 1
        print("  " * Section.depth + "enter", self.name)
        return self

    def __exit__(self, kind, value, traceback):
        print("  " * Section.depth + "exit", self.name, kind and kind.__name__)
        Section.depth -= 1
        return kind is ZeroDivisionError


def divide(values, out):
    ratio = np.float64(1.0)
    for n, value in enumerate(values):  # checkpoint
        ratio = ratio / np.float64(value)
        out.write(f"{n} {ratio!r}\n")
    return ratio


def main():
    with Section("outer") as outer, Section("second"):
        with open("ratios.txt", "w") as out, np.errstate(divide="ignore"):
            first = divide([1.0, 3.0, 0.0, 2.0], out)
            print(outer.name, first)
        with Section("inner"):
            with open("more.txt", "w") as out:
                out.write("header\n")
                second = divide([2.0, 5.0, 7.0], out)
                print(1 // 0)
        print("after the exception", second)


main()
print(Section.depth, np.geterr()["divide"])
