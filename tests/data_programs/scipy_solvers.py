# needs: scipy
"""Steps of differential equations beside matrices, interpolators and distributions."""

import numpy as np
from scipy import integrate, interpolate, sparse, spatial, stats


def swing(time, state):
    return np.array([state[1], -state[0]])


def main():
    rng = np.random.default_rng(1)
    matrix = sparse.random(20, 20, 0.3, format="csr", random_state=1)
    turned, by_rows, entries = matrix.T, matrix.tolil(), matrix.data
    grid = np.arange(5.0)
    spline, line = interpolate.CubicSpline(grid, grid**2), interpolate.interp1d(grid, grid**2)
    radial = interpolate.RBFInterpolator(rng.random((6, 2)), np.arange(6.0))
    tree = spatial.cKDTree(rng.random((10, 2)))
    normal, density = stats.norm(1, 2), stats.gaussian_kde(np.arange(10.0))
    normal.random_state = rng
    for make in (integrate.RK45, integrate.DOP853, integrate.BDF, integrate.Radau, integrate.LSODA):
        solver = make(swing, 0, [1.0, 0.0], 0.5)
        while solver.status == "running":  # checkpoint
            solver.step()
            entries[0] += 1
            turned[0, 0] = entries[1]
        print(make.__name__, solver.t, solver.y, solver.nfev, matrix.sum(), turned.sum())
        print(spline(1.5), line(1.5), normal.rvs(), density(2.0), tree.query([0.5, 0.5]))
        print(radial(np.array([[0.5, 0.5]])), by_rows.nnz)
    old = integrate.ode(swing).set_integrator("dopri5").set_initial_value([1.0, 0.0], 0)
    for number in range(2):  # checkpoint
        print(old.integrate(number + 1))


main()
