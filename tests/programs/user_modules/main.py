"""Marked loops in an imported user module and in a package beside the script."""

import constants
import physics
from physics.world import World, settle

world = World(gravity=constants.GRAVITY)
print("start", world)
for height in (3.0, 5.0):
    world.drop(height)
    ticks = settle(world, constants.STEP)
    print("settled", height, ticks, world)
print(physics.COUNTS, constants.SEEN is world.seen, len(constants.SEEN))
