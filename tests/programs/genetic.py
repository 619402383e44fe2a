"""A genetic algorithm: strings as individuals, tournament selection, elitism, operator classes."""

import random
from abc import ABC, abstractmethod

TARGET = "methinks it is a weasel"
LETTERS = "abcdefghijklmnopqrstuvwxyz "


class Operator(ABC):
    uses = 0

    def __call__(self, *parents):
        type(self).uses += 1
        return self.apply(*parents)

    @abstractmethod
    def apply(self, *parents): ...


class Mutate(Operator):
    def __init__(self, rate):
        self.rate = rate

    def apply(self, parent):
        return "".join(
            random.choice(LETTERS) if random.random() < self.rate else letter for letter in parent
        )


class Cross(Operator):
    def apply(self, mother, father):
        cut = random.randrange(len(mother))
        return mother[:cut] + father[cut:]


class Population:
    def __init__(self, size):
        self.members = ["".join(random.choices(LETTERS, k=len(TARGET))) for _ in range(size)]
        self.operators = {"mutate": Mutate(0.04), "cross": Cross()}

    def fitness(self, member):
        return sum(a == b for a, b in zip(member, TARGET))

    def select(self):
        return max(random.sample(self.members, 3), key=self.fitness)

    def evolve(self):
        best = max(self.members, key=self.fitness)
        following = [best]
        while len(following) < len(self.members):
            child = self.operators["cross"](self.select(), self.select())
            following.append(self.operators["mutate"](child))
        self.members = following
        return best, self.fitness(best)


random.seed("weasel")
population = Population(20)
generation, score = 0, 0
while score < len(TARGET) and generation < 25:  # checkpoint
    best, score = population.evolve()
    generation += 1
    if generation % 5 == 0:
        print(generation, repr(best), score)
print(generation, Mutate.uses, Cross.uses, Operator.uses, random.random())
