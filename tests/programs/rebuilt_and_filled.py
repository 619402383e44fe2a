"""Objects that cannot be saved, are rebuilt by their statements or a function, and filled."""

import hashlib

import autoresume


class Simulation:
    def __init__(self, size):
        self.secret = hashlib.sha256()
        self.cells = [0] * size
        self.time = 0

    def step(self):
        self.time += 1
        self.cells[self.time % len(self.cells)] += self.time


class Small(Simulation):
    pass


class Model:
    def __init__(self, rate):
        self.secret = hashlib.sha256()
        self.rate, self.weight = rate, 1.0

    def fit(self):
        self.weight *= self.rate

    def state_dict(self):
        return {"weight": self.weight}

    def load_state_dict(self, state):
        self.weight = state["weight"]


def state_of(simulation):
    return simulation.time, simulation.cells


def fill(simulation, state):
    simulation.time, simulation.cells = state


def small():
    return Small(2)


autoresume.register_state(Simulation, state_of, fill)
autoresume.register_state(Small, state_of, fill, make=small)


def main():
    simulation = Simulation(4)  # checkpoint: rebuild
    model = Model(1.5)  # checkpoint: rebuild
    others = [simulation, model, [Small(2)]]
    for number in range(4):  # checkpoint
        for one in (simulation, *others[2]):
            one.step()
        model.fit()
        print(number, simulation.cells, others[2][0].cells, others[1].weight)
        print(others[0] is simulation, others[1] is model)


main()
