"""A table of half a million rows that is grouped and changed, STEPS times."""

import sys

import numpy as np
import pandas as pd

random = np.random.default_rng(1)
rows = 500_000
table = pd.DataFrame({"group": random.integers(0, 100, rows), "value": random.random(rows)})
means = []
for _ in range(int(sys.argv[1])):  # checkpoint
    table["value"] += 0.01 * random.standard_normal(rows)
    by_group = table.groupby("group")["value"].mean()
    table["value"] -= 0.1 * table["group"].map(by_group)
    means.append(by_group)
print(pd.concat(means[-3:]).sum() if means else 0)
