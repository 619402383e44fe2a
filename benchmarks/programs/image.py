"""An array of MIB MiB, that changes all the time, for a tool that keeps whole processes."""

import sys
import time
from pathlib import Path

import numpy as np

array = np.random.default_rng(1).random((int(sys.argv[1]) << 20) // 8)
rounds = 0
while True:
    array[0] += 1
    rounds += 1
    Path("rounds").write_text(str(rounds))
    time.sleep(0.01)
