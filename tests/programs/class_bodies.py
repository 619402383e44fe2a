"""Calls with marked loops, and marked loops, in the bodies of classes."""

import sys

log = []


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


class Meta(type):
    def __new__(cls, name, bases, space, **named):
        log.append(("new", name, named, sys._getframe(1).f_code.co_name, sorted(space)))
        return super().__new__(cls, name, bases, space)

    def __init__(cls, name, bases, space, **named):
        super().__init__(name, bases, space)
        log.append(("init", name))


class Base(metaclass=Meta):
    def __init_subclass__(cls, **named):
        log.append(("init_subclass", cls.__qualname__, named))
        super().__init_subclass__()

    def hello(self):
        return ["base"]


class Field:
    def __set_name__(self, owner, name):
        log.append(("set_name", owner.__name__, name))


def note(thing):
    log.append(("note", getattr(thing, "__name__", thing)))
    return thing


def decorate(tag):
    log.append(("decorate", tag))

    def inner(cls):
        log.append(("decorated", tag, cls.__name__))
        return cls

    return inner


def show(cls):
    hidden = {"__dict__", "__weakref__"}
    print(cls.__name__, cls.__qualname__, cls.__module__, cls.__doc__, cls.__mro__, type(cls))
    print([name for name in vars(cls) if name not in hidden])
    print(getattr(cls, "__firstlineno__", None), getattr(cls, "__annotations__", None))
    print(sorted(getattr(cls, "__static_attributes__", ())))
    print(log)
    log.clear()


@decorate("outer")
@note
class Config(note(Base), key=note("key"), metaclass=note(Meta)):
    """Documented."""

    first: int = 1
    field = Field()

    def before(self):
        self.set_before = __class__
        return [*super().hello(), __class__.__name__, self.__private]

    table = [work(2, "table"), first + work(1, "more")]
    __private = 5
    second: work(1, "annotation") = work(1, "second")
    for number in range(3):  # checkpoint
        print("marked", number, first)
        if number == 1:
            extra = number
            continue
    else:
        last = work(1, "else")
    other_field = Field()

    @note
    def after(self):
        self.set_after = 1
        return self.before() + [super().hello(), __class__ is Config]

    @property
    def value(self):
        return self.table

    third = note(third := work(1, "third")) + note(__private)
    assert "__qualname__" in locals()
    with open("notes.txt", "w") as file:
        file.write(f"{work(1, 'in with')}\n")


show(Config)
print(Config().before(), Config().after(), Config().value, Config.second, Config._Config__private)
print(Config.after.__qualname__, Config.before.__closure__[0] is Config.after.__closure__[0])


def make(depth, offset):
    count = 0

    class Inner(*[Base][:1], **{"key": depth}):
        global shared
        nonlocal count
        count += work(1, f"count {depth}")
        shared = depth
        __module__ = "elsewhere"

        def add(self):
            nonlocal count
            count += offset
            return count, super().hello()

        count += work(1, f"again {depth}")
        below = make(depth - 1, offset + 1) if depth else None
        while (n := count) < 4:
            count += work(1, f"while {depth}")
        squares = [work(1, f"square {k}") * k for k in range(2)]

        class Nested:
            __hidden = work(1, "nested")

            def get(self):
                return self.__hidden, depth

            doubled = __hidden * 2 + work(1, "nested again")

        del n
        shared += 1

    show(Inner)
    print(Inner().add(), Inner().add(), count, shared, Inner.Nested().get(), Inner.Nested.doubled)
    return Inner


made = make(1, 10)
print(made().add(), made.below().add(), made.squares)


class Simple:
    try:
        x = 1 // (work(1, "try") - 1)
    except ZeroDivisionError as error:
        x = work(1, str(error))
    finally:
        y = work(1, "finally")
    match work(1, "match"):
        case 1 if work(1, "guard"):
            z = work(1, "case")
    w = x, y, z, work(1, "tuple"), {k: work(1, k) for k in "ab"}


show(Simple)
print(Simple.w)

try:

    class Failing:
        a = work(1, "failing")
        b = 1 // (a - work(1, "zero"))

except ZeroDivisionError as error:
    print(error, "Failing" in globals())


def factory(name, bases, space):
    return name, bases, sorted(space)


class Function(metaclass=factory):
    value = work(1, "function")


print(Function)
print(sorted(name for name in globals() if name.startswith("_ar") and "due" not in name))
