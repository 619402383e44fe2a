"""Recursion in the middle of an expression; a function below it has a marked loop."""


def fib(n):
    if n < 2:
        return n
    if n < 0:
        return late(n)
    return fib(n - 1) + fib(n - 2)


def late(n):
    for i in range(n):  # checkpoint
        n += i
    return n


def main():
    return [fib(21) for _ in range(2)]
