"""Planets as objects, leapfrog steps, energy printed: the n-body problem."""

import itertools
import math


class Body:
    def __init__(self, name, mass, position, velocity):
        self.name, self.mass = name, mass
        self.position, self.velocity = list(position), list(velocity)

    def kick(self, force, dt):
        for axis in range(3):
            self.velocity[axis] += force[axis] * dt / self.mass

    def drift(self, dt):
        for axis in range(3):
            self.position[axis] += self.velocity[axis] * dt


class System:
    def __init__(self, bodies):
        self.bodies = bodies
        self.pairs = list(itertools.combinations(bodies, 2))

    def step(self, dt):
        for body in self.bodies:
            body.drift(dt / 2)
        for a, b in self.pairs:
            d = [q - p for p, q in zip(a.position, b.position)]
            pull = a.mass * b.mass / math.dist(a.position, b.position) ** 3
            a.kick([pull * x for x in d], dt)
            b.kick([-pull * x for x in d], dt)
        for body in self.bodies:
            body.drift(dt / 2)

    def energy(self):
        kinetic = sum(b.mass * sum(v * v for v in b.velocity) / 2 for b in self.bodies)
        bound = sum(a.mass * b.mass / math.dist(a.position, b.position) for a, b in self.pairs)
        return kinetic - bound


def run(system, steps, dt):
    for step in range(steps):  # checkpoint
        system.step(dt)
        if step % 10 == 9:
            print(f"{step + 1:4d} {system.energy():.15f}")


sun = Body("sun", 1.0, (0, 0, 0), (0, 0, 0))
planet = Body("planet", 1e-3, (1, 0, 0), (0, 1, 0))
moon = Body("comet", 1e-6, (0, 2, 0.1), (0.5, 0, 0))
system = System([sun, planet, moon])
run(system, 30, 0.02)
for body in system.bodies:
    print(body.name, body.position, body.velocity)
print(system.pairs[0][0] is sun)
