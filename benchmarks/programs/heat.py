"""The heat equation on a square of SIDE points, STEPS steps in time."""

import sys

import numpy as np

side, steps = 2048, int(sys.argv[1])
field = np.zeros((side, side))
field[side // 3 : side // 2, side // 4 : side // 2] = 100.0
for _ in range(steps):  # checkpoint
    flow = field[1:-1, :-2] + field[1:-1, 2:] + field[:-2, 1:-1] + field[2:, 1:-1]
    field[1:-1, 1:-1] += 0.1 * (flow - 4 * field[1:-1, 1:-1])
print(field.sum())
