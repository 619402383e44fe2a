# needs: jax
"""Gradient descent in double precision, which jax is told of at the top only."""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


@jax.jit
def loss(weights, x, y):
    return jnp.mean((jnp.tanh(x @ weights["inner"]) @ weights["outer"] - y) ** 2)


def train(steps):
    key, *subkeys = jax.random.split(jax.random.key(1), 4)
    x = jax.random.normal(subkeys[0], (20, 3))
    weights = {
        "inner": jax.random.normal(subkeys[1], (3, 4)),
        "outer": jax.random.normal(subkeys[2], (4,)),
    }
    y = jnp.sin(x).sum(axis=1)
    for step in range(steps):  # checkpoint
        key, subkey = jax.random.split(key)
        gradient = jax.grad(loss)(weights, x, y + jax.random.normal(subkey, y.shape) / 10)
        weights = jax.tree.map(lambda one, slope: one - 0.1 * slope, weights, gradient)
        print(step, repr(float(loss(weights, x, y))), weights["outer"].dtype)
    return weights


print({name: repr(float(value.sum())) for name, value in train(6).items()})
