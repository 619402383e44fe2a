"""A wall clock that jumps by up to a year, back and forth, each time that somebody looks."""

import random
import time

_real, _jumps = time.time, random.Random()
time.time = lambda: _real() + _jumps.uniform(-3e7, 3e7)
time.time_ns = lambda: int(time.time() * 1e9)
