"""Adaptive quadrature and Runge-Kutta: recursion and lambdas deep in numeric code."""

import math


def simpson(f, a, fa, b, fb):
    m = (a + b) / 2
    fm = f(m)
    return m, fm, abs(b - a) / 6 * (fa + 4 * fm + fb)


def refine(f, a, fa, b, fb, tolerance, whole, m, fm, depth):
    left_m, left_fm, left = simpson(f, a, fa, m, fm)
    right_m, right_fm, right = simpson(f, m, fm, b, fb)
    delta = left + right - whole
    if abs(delta) <= 15 * tolerance or depth > 3:
        return left + right + delta / 15
    return refine(f, a, fa, m, fm, tolerance / 2, left, left_m, left_fm, depth + 1) + refine(
        f, m, fm, b, fb, tolerance / 2, right, right_m, right_fm, depth + 1
    )


def integrand(x, terms):
    total = 0.0
    for k in range(1, terms):  # checkpoint
        total += math.sin(k * x) / k
    return total


def integrate(f, a, b, tolerance=1e-6):
    fa, fb = f(a), f(b)
    m, fm, whole = simpson(f, a, fa, b, fb)
    return refine(f, a, fa, b, fb, tolerance, whole, m, fm, 0)


def rk4(f, y, t, dt, steps):
    for _ in range(steps):  # checkpoint
        k1 = f(t, y)
        k2 = f(t + dt / 2, y + dt / 2 * k1)
        k3 = f(t + dt / 2, y + dt / 2 * k2)
        k4 = f(t + dt, y + dt * k3)
        t, y = t + dt, y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return t, y


print(repr(integrate(lambda x: integrand(x, 3), 0.0, 1.0)))
print(rk4(lambda t, y: -2 * t * y, 1.0, 0.0, 0.1, 10))
print(rk4(math.pow, 0.5, 1.0, 0.05, 4))
