# needs: lightgbm
"""Models that are fitted further from what they have learnt."""

import lightgbm as lgb
import numpy as np

OPTIONS = {"verbosity": -1, "num_threads": 1, "bagging_fraction": 0.5, "bagging_freq": 1}

rng = np.random.default_rng(0)
x = rng.normal(size=(100, 4))
y = x[:, 0] * x[:, 1]
model = None
for step in range(4):  # checkpoint
    options = {**OPTIONS, "learning_rate": 0.2 / (step + 1), "seed": int(rng.integers(100))}
    model = lgb.train(options, lgb.Dataset(x, y), 3, init_model=model)
    print(step, model.num_trees(), repr(float(model.predict(x).sum())))
