"""Conjugate gradients on a Poisson problem, the operator given as a closure over its grid."""

import hashlib

import numpy as np


def poisson(n):
    h2 = 1.0 / (n + 1) ** 2
    applied = 0

    def apply(u):
        nonlocal applied
        applied += 1
        grid = np.pad(u.reshape(n, n), 1)
        middle = grid[1:-1, 1:-1]
        around = grid[:-2, 1:-1] + grid[2:, 1:-1] + grid[1:-1, :-2] + grid[1:-1, 2:]
        return ((4 * middle - around) / h2).ravel()

    def count():
        return applied

    return apply, count


def solve(apply, b, tolerance):
    x = np.zeros_like(b)
    r = b - apply(x)
    p = r.copy()
    rr = r @ r
    iterations = 0
    while np.sqrt(rr) > tolerance:  # checkpoint
        ap = apply(p)
        alpha = rr / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        rr, old = r @ r, rr
        p = r + (rr / old) * p
        iterations += 1
        if iterations % 5 == 0:
            print(f"{iterations:3d} {np.sqrt(rr):.12e}")
    return x, iterations


apply, count = poisson(8)
b = np.ones(64)
b[10] = -20.0
x, iterations = solve(apply, b, 1e-8)
print(iterations, count(), float(np.abs(apply(x) - b).max()) < 1e-7)
print(hashlib.sha256(x.tobytes()).hexdigest())
