"""Linear regression by stochastic gradient descent: model, optimizer, schedule, data loader."""

import hashlib

import numpy as np


class Linear:
    def __init__(self, n, rng):
        self.weights = rng.normal(size=n)
        self.bias = np.zeros(1)

    def parameters(self):
        return [self.weights, self.bias]

    def loss(self, x, y):
        error = x @ self.weights + self.bias - y
        self.gradients = [2 * x.T @ error / len(y), np.array([2 * error.mean()])]
        return float((error**2).mean())


class Momentum:
    def __init__(self, parameters, rate, momentum=0.9):
        self.parameters, self.rate, self.momentum = parameters, rate, momentum
        self.speeds = [np.zeros_like(p) for p in parameters]

    def step(self, gradients):
        for p, speed, gradient in zip(self.parameters, self.speeds, gradients):
            speed *= self.momentum
            speed -= self.rate * gradient
            p += speed


def epoch(model, optimizer, x, y, rng, batch):
    order = rng.permutation(len(y))
    total = 0.0
    for start in range(0, len(order), batch):  # checkpoint
        rows = order[start : start + batch]
        total += model.loss(x[rows], y[rows]) * len(rows)
        optimizer.step(model.gradients)
    return total / len(order)


def train(epochs):
    rng = np.random.default_rng(8)
    x = rng.normal(size=(40, 3))
    y = x @ np.array([1.0, -2.0, 0.5]) + 3.0 + 0.1 * rng.normal(size=40)
    model = Linear(3, rng)
    optimizer = Momentum(model.parameters(), rate=0.02)
    losses = []
    for n in range(epochs):  # checkpoint
        losses.append(epoch(model, optimizer, x, y, rng, 12))
        if n % 2:
            optimizer.rate *= 0.9
            print(f"epoch {n}: {losses[-1]!r}")
    return model, optimizer, losses


model, optimizer, losses = train(6)
print(losses == sorted(losses, reverse=True), optimizer.parameters[0] is model.weights)
print(hashlib.sha256(model.weights.tobytes() + model.bias.tobytes()).hexdigest())
