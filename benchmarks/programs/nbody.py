"""Forty bodies that attract each other, as objects; STEPS steps in time."""

import random
import sys


class Body:
    def __init__(self, random):
        self.place = [random.uniform(-1, 1) for _ in range(3)]
        self.speed = [random.uniform(-0.1, 0.1) for _ in range(3)]
        self.mass = random.uniform(0.1, 1.0)

    def attract(self, other, dt):
        away = [a - b for a, b in zip(self.place, other.place, strict=True)]
        pull = dt / (sum(d * d for d in away) + 0.01) ** 1.5
        for axis, d in enumerate(away):
            self.speed[axis] -= d * other.mass * pull
            other.speed[axis] += d * self.mass * pull

    def move(self, dt):
        for axis, speed in enumerate(self.speed):
            self.place[axis] += dt * speed


def simulate(bodies, steps, dt=0.001):
    for _ in range(steps):  # checkpoint
        for number, body in enumerate(bodies):
            for other in bodies[number + 1 :]:
                body.attract(other, dt)
        for body in bodies:
            body.move(dt)


randomness = random.Random(1)
bodies = [Body(randomness) for _ in range(40)]
simulate(bodies, int(sys.argv[1]))
print(sum(sum(body.place) for body in bodies))
