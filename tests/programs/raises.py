"""A script that raises in the middle: the traceback shows the user's lines, and no others."""


class Diverged(ArithmeticError):
    pass


class Solver:
    def __init__(self, rate):
        self.rate, self.x = rate, 1.0

    def step(self):
        self.x -= self.rate * 4 * self.x**3
        if abs(self.x) > 50:
            raise Diverged(
                f"x is {self.x:.6f}",
            )

    def run(self, steps):
        for step in range(steps):  # checkpoint
            self.step()
            print(step, repr(self.x))


def sweep(rates):
    for rate in rates:
        try:
            Solver(rate).run(4)
        except Diverged as error:
            print("rate", rate, error)
            last = error
    raise RuntimeError("no rate left") from last


sweep([0.1, 0.9, 0.3, 0.8])
