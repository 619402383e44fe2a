"""Cells shared between live frames and closures: factories, late binding, recursion in a cell."""


def pipeline(steps):
    stages = []
    state = {"calls": 0}
    for n in range(steps):

        def stage(x, by=n):
            state["calls"] += 1
            return x * 2 + by + n

        stages.append(stage)

    def run(x):
        trail = [x]
        for stage in stages:  # checkpoint
            x = stage(x)
            trail.append(x)
        return trail

    return run, state, lambda: n


def fibonacci(limit):
    calls = 0
    memo = {}

    def fib(n):
        nonlocal calls
        calls += 1
        if n in memo:
            return memo[n]
        memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
        return memo[n]

    results = []
    for n in range(limit):  # checkpoint
        results.append(fib(n))
    return results, calls, fib


def averager():
    total, count = 0.0, 0

    def add(values):
        nonlocal total, count
        for value in values:  # checkpoint
            total += value
            count += 1
        return total / count

    def reset():
        nonlocal total, count
        was = total, count
        total, count = 0.0, 0
        return was

    return add, reset


run, state, last = pipeline(4)
print(run(1), run(2), state, last())
results, calls, fib = fibonacci(8)
print(results, calls, fib(9))
add, reset = averager()
print(add([1, 2, 3]), add([10.5]))
print(reset(), add([4]), add.__closure__[0].cell_contents, reset())
