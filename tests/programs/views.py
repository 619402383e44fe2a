"""Numpy arrays and views of them: what is written through a view shows in the array."""

import hashlib

import numpy as np


def smooth(field, inside, rounds):
    for r in range(rounds):  # checkpoint
        inside[...] = 0.25 * (
            field[:-2, 1:-1] + field[2:, 1:-1] + field[1:-1, :-2] + field[1:-1, 2:]
        )
        if r % 2 == 0:
            print(r, repr(float(field.sum())))
    return inside


field = np.zeros((12, 12))
field[0] = 100.0
inside = field[1:-1, 1:-1]
diagonal = field.reshape(-1)[::13]
transposed = field.T
print("start", inside.base is field)
result = smooth(field, inside, 6)
diagonal += 1.0
transposed[3, 0] = -5.0
print(result is inside, np.shares_memory(inside, field), np.shares_memory(diagonal, field))
print(field[0, 3], hashlib.sha256(field.tobytes()).hexdigest())

a = np.arange(10)
v, w = a[::2], a[::-1]
record = np.zeros(3, dtype=[("id", "i4"), ("x", "f8")])
column = record["x"]
for i in range(4):  # checkpoint
    v[i] += 100 * i
    w[0] = -i
    column[i % 3] += i + 0.5
a.flags.writeable = False
print(a, v, w, record, column.flags.writeable, v.base is a, a.flags.writeable)
print(np.asfortranarray(field).flags.f_contiguous, column.strides, np.float32(1.5) + v[0])
