"""The spectral norm benchmark: marked at the outer iteration and in the inner product."""

from math import sqrt


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector, transposed):
    result = []
    for i in range(len(vector)):  # checkpoint
        total = 0.0
        for j, value in enumerate(vector):
            total += value * (element(j, i) if transposed else element(i, j))
        result.append(total)
    return result


def both(vector):
    return times(times(vector, False), transposed=True)


def main(n):
    u, v = [1.0] * n, []
    for round in range(3):  # checkpoint
        v = both(u)
        u = both(v)
        print("round", round, repr(u[0]))
    return sqrt(sum(a * b for a, b in zip(u, v)) / sum(b * b for b in v))


print(f"{main(6):.12f}")
