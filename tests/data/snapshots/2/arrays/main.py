"""Arrays, views of them, and random generators."""

import random

import numpy as np

grid = np.zeros((6, 6))
inner, row = grid[1:-1, 1:-1], grid[2]
ordered = np.asfortranarray(np.arange(6, dtype="i2").reshape(2, 3))
record = np.zeros(2, dtype=[("name", "U4"), ("value", "f4")])
words = np.array(["a", None, ("t",)], dtype=object)
read_only = np.arange(3)
read_only.flags.writeable = False
generator = np.random.default_rng(4)
random.seed(6)
np.random.seed(7)


def relax(steps):
    last = np.inf
    for step in range(steps):  # checkpoint
        inner[...] = 0.25 * (grid[:-2, 1:-1] + grid[2:, 1:-1] + grid[1:-1, :-2] + grid[1:-1, 2:])
        row[0] = step + generator.integers(5)
        record[step % 2] = f"s{step}", np.random.rand()
        last, change = float(grid.sum()), float(grid.sum()) - last
        print(step, round(last, 6), round(change, 6), random.random(), inner.base is grid)
        print(ordered.flags.f_contiguous, record, words, read_only.flags.writeable)
    return last


print(relax(6), grid[2].tolist() == row.tolist())
