"""Prime numbers three ways: a sieve in a bytearray, trial division, and a wheel from itertools."""

import itertools
import math


def sieve(limit):
    flags = bytearray([1]) * (limit + 1)
    flags[:2] = b"\0\0"
    for n in range(2, math.isqrt(limit) + 1):  # checkpoint
        if flags[n]:
            flags[n * n :: n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n in range(limit + 1) if flags[n]]


def trial(limit):
    found = []
    n = 2
    while True:  # checkpoint
        if n > limit:
            return found
        for p in found:
            if p * p > n:
                found.append(n)
                break
            if n % p == 0:
                break
        else:
            found.append(n)
        n += 1


def wheel(limit):
    gaps = itertools.cycle([4, 2, 4, 2, 4, 6, 2, 6])
    found, n = [2, 3, 5], 7
    for gap in gaps:  # checkpoint
        if n > limit:
            break
        if all(n % p for p in found):
            found.append(n)
        n += gap
    return found, next(gaps)


first = sieve(300)
print(len(first), first[-3:])
second = trial(40)
print(second)
third, gap = wheel(70)
print(third, gap)
print(second == [n for n in first if n <= 40], set(third) <= set(first), math.prod(second))
