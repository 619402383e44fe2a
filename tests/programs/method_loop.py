"""A marked loop in a method that changes its object, called from another method."""


class Walker:
    def __init__(self, seed):
        self.state = seed
        self.place = [0, 0]
        self.seen = {(0, 0): 1}

    def _next(self, bound):
        self.state = (1103515245 * self.state + 12345) % 2**31
        return (self.state >> 16) % bound

    def walk(self, steps):
        for step in range(steps):  # checkpoint
            axis = self._next(2)
            self.place[axis] += 1 if self._next(2) else -1
            here = tuple(self.place)
            self.seen[here] = self.seen.get(here, 0) + 1
            if step % 5 == 4:
                print("after", step + 1, "at", here)
        return here

    def journey(self, legs):
        ends = []
        for leg in range(legs):
            print("leg", leg)
            ends.append(self.walk(8))
        return ends


walker = Walker(42)
print(walker.journey(3))
print(sorted(walker.seen.items()))
