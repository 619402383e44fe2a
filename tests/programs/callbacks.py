"""Functions passed as arguments: dispatch tables, strategies, bound methods, lambdas."""

import operator


def bisect(f, low, high, steps):
    for step in range(steps):  # checkpoint
        middle = (low + high) / 2
        if f(low) * f(middle) <= 0:
            high = middle
        else:
            low = middle
    return middle


def newton(f, low, high, steps):
    x = high
    for step in range(steps):  # checkpoint
        h = 1e-6
        x -= f(x) * 2 * h / (f(x + h) - f(x - h))
    return x


class Shifted:
    def __init__(self, shift):
        self.shift, self.calls = shift, 0

    def __call__(self, x):
        self.calls += 1
        return x * x - self.shift

    def value(self, x):
        return self(x) + 1


def apply(solver, *args, **kwargs):
    print("apply", solver.__name__)
    return solver(*args, **kwargs)


METHODS = {"bisect": bisect, "newton": newton, "wrapped": lambda *args: apply(newton, *args)}
OPS = [operator.add, max, lambda a, b: b - a]

two = Shifted(2.0)
for name, method in METHODS.items():
    root = apply(method, two, 0.0, 2.0, 6)
    print(name, repr(root), two.calls)
root = apply(METHODS["bisect"], two.value, 0.0, high=2.0, steps=4)
print(repr(root), two.calls, [op(3, 5) for op in OPS])
