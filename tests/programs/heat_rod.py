"""Heat in a rod: numpy in nested functions, probes as views, results saved with np.save."""

import hashlib

import numpy as np


def simulate(n, steps, every):
    u = np.zeros(n)
    u[n // 3 : n // 2] = 1.0
    probes = {"left": u[:4], "right": u[-4:], "reverse": u[::-1]}
    record = []

    def laplacian(v):
        result = np.empty_like(v)
        result[1:-1] = v[:-2] - 2 * v[1:-1] + v[2:]
        result[0] = v[1] - v[0]
        result[-1] = v[-2] - v[-1]
        return result

    def advance(dt):
        nonlocal u
        u += dt * laplacian(u)

    for step in range(steps):  # checkpoint
        advance(0.25)
        probes["left"][0] += 0.01
        if step % every == 0:
            record.append(u.copy())
            print(f"{step:3d} {u.sum():.12f} {probes['reverse'][0]:.3e}")
    same = np.shares_memory(u, probes["left"]) and probes["reverse"][-1] == u[0]
    return u, record, same


u, record, same = simulate(24, 20, 4)
np.save("record.npy", np.array(record))
print(same, len(record), hashlib.sha256(u.tobytes()).hexdigest())
