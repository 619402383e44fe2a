"""A ball above a floor."""

from constants import SEEN

from . import COUNTS


class World:
    def __init__(self, gravity):
        self.gravity = gravity
        self.height = 0.0
        self.speed = 0.0
        self.seen = SEEN

    def drop(self, height):
        self.height, self.speed = height, 0.0

    def step(self, dt):
        self.speed -= self.gravity * dt
        self.height = max(0.0, self.height + self.speed * dt)
        self.seen.append(self.height)

    def __repr__(self):
        return f"World({self.height!r}, {self.speed!r})"


def settle(world, dt):
    ticks = 0
    while world.height > 0.0:  # checkpoint
        world.step(dt)
        ticks += 1
        COUNTS["steps"] += 1
    COUNTS["settled"] += 1
    return ticks
