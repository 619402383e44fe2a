"""The Ising model on numpy's legacy random state: sweeps of two sublattices, with a log."""

import hashlib

import numpy as np


class Lattice:
    def __init__(self, n, beta):
        self.spins = np.random.choice([-1, 1], size=(n, n))
        self.beta = beta
        black = np.indices((n, n)).sum(axis=0) % 2 == 0
        self.colours = (black, ~black)

    def fields(self):
        s = self.spins
        return sum(np.roll(s, shift, axis) for axis in (0, 1) for shift in (-1, 1))

    def sweep(self):
        for mask in self.colours:  # checkpoint
            cost = 2 * self.spins * self.fields()
            flip = mask & (np.random.random(self.spins.shape) < np.exp(-self.beta * cost))
            self.spins[flip] *= -1
        return self.spins.mean()


def anneal(betas, sweeps):
    lattice = Lattice(8, betas[0])
    log = np.empty((len(betas), sweeps))
    for row, lattice.beta in zip(log, betas):
        for n in range(sweeps):
            row[n] = lattice.sweep()
        print(f"beta {lattice.beta:.2f}: {np.abs(row).mean():.9f}")
    return lattice, log


np.random.seed(1925)
lattice, log = anneal([0.2, 0.44, 0.8], 4)
print(hashlib.sha256(lattice.spins.tobytes() + log.tobytes()).hexdigest(), np.random.random())
