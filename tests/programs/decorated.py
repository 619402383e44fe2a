"""Decorators around the functions on the stack: functools.wraps, with arguments, stacked."""

import functools

trace = []


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        trace.append(f"+{function.__name__}")
        result = function(*args, **kwargs)
        trace.append(f"-{function.__name__}")
        return result

    return wrapper


def repeated(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            results = []
            for n in range(times):
                print(function.__name__, "time", n)
                results.append(function(*args, **kwargs))
            return results

        wrapper.times = times
        return wrapper

    return decorate


def counted(function):
    def wrapper(self, n):
        wrapper.calls += 1
        return function(self, n)

    wrapper.calls = 0
    return wrapper


@logged
def total(n):
    """Sum of the first numbers."""
    result = 0
    for i in range(n):  # checkpoint
        result += i
    return result


@repeated(2)
@logged
def twice(n):
    return total(n) + total(n=2)


class Model:
    @counted
    def fit(self, n):
        self.fitted = total(n)
        return self.fitted

    @staticmethod
    @logged
    def helper(n):
        return total(n) * 10


print(twice(3), twice.times, total.__doc__)
model = Model()
print(model.fit(3) + model.fit(2), Model.fit.calls, model.fitted, Model.helper(2))
print(trace)
