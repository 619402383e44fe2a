# needs: gmpy2
"""Newton's method with 120 bits, rounded up."""

import gmpy2

gmpy2.get_context().precision = 120
gmpy2.get_context().round = gmpy2.RoundUp

x = gmpy2.mpfr(2)
for step in range(7):  # checkpoint
    x -= (x * x - 3) / (2 * x)
    print(step, x, gmpy2.get_context())
