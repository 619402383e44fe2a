"""Calls with marked loops in decorators, when they are applied, in defaults and bases."""

made = []


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


def note(tag):
    print("note", tag)
    return tag


def slow(function):
    print("applying to", function.__name__, function.__qualname__, "f" in globals())
    function.times = work(2, f"slow {function.__name__}")
    return function


def named(tag):
    work(1, f"named {tag}")

    def decorate(function):
        print("named", tag, type(function).__name__)
        work(1, f"decorate {tag}")
        made.append((tag, function))
        return function

    return decorate


class Wrapper:
    def __init__(self, function):
        self.function = function
        self.count = work(2, "wrapper")

    def __call__(self, *args):
        return self.count, self.function(*args)

    def method(self, function):
        work(1, "method")
        return Wrapper(function)


@named("a")
@slow
@named("b")
def f(x=note("x"), y=work(2, "y"), *, k=note("k"), z=work(1, "z")):
    """Documented."""
    return x, y, k, z


def inner():
    count = 0
    wrapper = Wrapper(len)

    @note
    @wrapper.method
    @slow
    def g(a, b=count + work(1, "b")):
        nonlocal count
        count += 1
        return a, b, count

    print(g(1), g(2), count, g.function.__qualname__)

    @Wrapper
    @named(tag=work(1, "tag"))
    class C(note(f.__class__) and Base, metaclass=Meta, key=work(1, "key"), other=note("o")):
        value = 1

        def __init__(self):
            super().__init__()

    print(C, C.function.__name__, C.function.__mro__, C())
    return g


class Meta(type):
    def __new__(cls, name, bases, space, **named):
        print("meta", name, named)
        return super().__new__(cls, name, bases, space)

    def __init__(cls, name, bases, space, **named):
        super().__init__(name, bases, space)

    def __repr__(cls):
        return f"<{cls.__name__}>"


class Base(metaclass=Meta):
    def __repr__(self):
        return "an instance"


print(f.__name__, f.__qualname__, f.__doc__, f.times, f(), [tag for tag, _ in made])
print(Wrapper.__repr__ is object.__repr__)
Wrapper.__repr__ = lambda self: f"Wrapper({self.count})"
print(inner()(3))
print(sorted(name for name in globals() if name.startswith("_ar_op")))
