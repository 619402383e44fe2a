"""A discrete event simulation with heapq: customers at two desks, closures as events."""

import heapq
import itertools
import random


class Simulator:
    def __init__(self):
        self.now, self.queue, self.order = 0.0, [], itertools.count()

    def at(self, delay, action, *args):
        heapq.heappush(self.queue, (self.now + delay, next(self.order), action, args))

    def run(self, limit):
        handled = 0
        while self.queue and self.now < limit:  # checkpoint
            self.now, _, action, args = heapq.heappop(self.queue)
            action(*args)
            handled += 1
        return handled


class Desk:
    def __init__(self, sim, name, rng):
        self.sim, self.name, self.rng = sim, name, rng
        self.waiting, self.busy, self.served = [], False, []

    def arrive(self, customer):
        self.waiting.append((customer, self.sim.now))
        if not self.busy:
            self.begin()

    def begin(self):
        customer, since = self.waiting.pop(0)
        self.busy = True

        def finish():
            self.served.append((customer, round(self.sim.now - since, 6)))
            print(f"{self.sim.now:7.3f} {self.name} served {customer}")
            self.busy = False
            if self.waiting:
                self.begin()

        self.sim.at(self.rng.expovariate(0.6), finish)


rng = random.Random(12)
sim = Simulator()
desks = [Desk(sim, name, rng) for name in ("left", "right")]


def arrivals(n):
    desk = min(desks, key=lambda d: (len(d.waiting) + d.busy, d.name))
    desk.arrive(f"c{n}")
    if n < 14:
        sim.at(rng.expovariate(1.0), arrivals, n + 1)


sim.at(0.0, arrivals, 0)
print(sim.run(25.0), repr(sim.now), len(sim.queue))
for desk in desks:
    print(desk.name, desk.served)
