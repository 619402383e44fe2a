# needs: mpmath
"""Newton's method with forty digits."""

import mpmath

mpmath.mp.dps = 40

x = mpmath.mpf(1)
for step in range(7):  # checkpoint
    x -= (x * x - 2) / (2 * x)
    print(step, x, mpmath.mp.prec)
