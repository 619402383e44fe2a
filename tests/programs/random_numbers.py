"""Random numbers: random, a Random of one's own, numpy's legacy state, Generators that share."""

import random

import numpy as np

random.seed(7)
np.random.seed(11)
own = random.Random("own")
rng = np.random.default_rng(3)
alias = {"rng": rng}
philox = np.random.Generator(np.random.Philox(5))
legacy = np.random.RandomState(9)
random.gauss(0, 1)


def draw(generator, n):
    total = 0.0
    for i in range(n):  # checkpoint
        total += random.random() + own.random() + np.random.rand()
        total += float(generator.normal()) + random.gauss(0, 1) + float(legacy.randn())
        total += int(philox.integers(0, 10))
        deck = list(range(6))
        random.shuffle(deck)
        print(i, repr(total), deck, int(generator.integers(0, 1000)))
    return total


print(repr(draw(rng, 5)))
print(repr(draw(alias["rng"], 3)), alias["rng"] is rng)
print(np.random.standard_normal(3), random.choice("abc"), own.choices(range(9), k=4))
print(rng.bit_generator.state["state"], rng.spawn(1)[0].random())
