"""Heat in a square metal plate, computed with explicit finite differences.

Solves du/dt = a (d2u/dx2 + d2u/dy2) with cold edges and a wandering heat source::

    python heat_equation.py [SIZE] [STEPS]
    python -m autoresume heat_equation.py [SIZE] [STEPS]

Started the second way, it can be killed at any moment; the same command then goes on where it was.
SIZE is the number of grid points along one side, STEPS the number of steps in time.
"""

import hashlib
import sys

import numpy as np

DIFFUSIVITY = 0.2  # in units of (grid spacing)**2 per step; stable up to 0.25


class Plate:
    """The temperature of every grid point, and the source that heats one of them."""

    def __init__(self, size, seed=1):
        self.field = np.zeros((size, size))
        self.inside = self.field[1:-1, 1:-1]
        self.rng = np.random.default_rng(seed)
        self.source = np.array([size // 2, size // 2])

    def move_source(self):
        """Let the source make one step of a random walk, and add its heat."""
        self.source += self.rng.integers(-1, 2, size=2)
        np.clip(self.source, 1, len(self.field) - 2, out=self.source)
        self.field[tuple(self.source)] += 1.0

    def diffuse(self):
        """Make one step in time; return the root mean square of the Laplacian."""
        u = self.field
        laplacian = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * self.inside
        self.inside += DIFFUSIVITY * laplacian  # a view: this changes self.field
        return float(np.sqrt(np.mean(laplacian**2)))


def simulate(plate, steps, report):
    def advance():
        plate.move_source()
        return plate.diffuse()

    for step in range(1, steps + 1):  # checkpoint
        residual = advance()
        if step % max(1, steps // 10) == 0:
            report(step, residual)


def main(size=512, steps=3000):
    reports = 0

    def report(step, residual):
        nonlocal reports
        reports += 1
        print(f"step {step:6d}  residual {residual:.12e}", flush=True)

    plate = Plate(size)
    simulate(plate, steps, report)
    digest = hashlib.sha256(plate.field.tobytes()).hexdigest()
    print(f"{reports} reports, heat {plate.field.sum():.6f}, digest {digest}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
