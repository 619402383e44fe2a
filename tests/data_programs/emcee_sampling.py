# needs: emcee
"""A chain of Monte Carlo whose sampler is a generator, suspended in `with`."""

import emcee
import numpy as np


def log_probability(point, scale):
    return -0.5 * np.sum(scale * point**2)


def main():
    np.random.seed(7)
    scale = 1 / np.random.rand(3)
    moves = [(emcee.moves.DEMove(), 0.5), (emcee.moves.StretchMove(), 0.5)]
    sampler = emcee.EnsembleSampler(8, 3, log_probability, args=[scale], moves=moves)
    for progress in (False, True):
        start = np.random.randn(8, 3)
        for sample in sampler.sample(start, iterations=3, progress=progress):  # checkpoint
            print(sample.coords.sum(), sample.log_prob.max())
        print(sampler.get_chain().sum(), sampler.acceptance_fraction.mean())
        sampler.reset()


main()
