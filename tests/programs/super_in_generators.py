"""Generators that call `super()` when they are resumed."""


def work(n, tag=""):
    for i in range(n):  # checkpoint
        print(tag, i)
    return n


class Base:
    def __init__(self, name):
        self.name = name

    def items(self, n):
        for i in range(n):
            yield f"{self.name}{i}"

    @classmethod
    def kinds(cls):
        yield cls.__name__

    def __repr__(self):
        return self.name


class Derived(Base):
    def items(self, n):
        yield "before"
        yield from super().items(n)
        yield super().__repr__(), __class__.__name__

    @classmethod
    def kinds(cls):
        yield "kinds"
        yield from super().kinds()

    def shared(self):
        def show():
            return repr(self)

        yield show()
        yield super().__repr__() + show()
        yield list(super().items(2))


class Again(Derived):
    def items(self, n):
        with_more = super().items(n)
        yield from with_more
        yield from (super(Again, self).__repr__() + x for x in "ab")


one, other = Again("x"), Derived("y")
generators = [one.items(2), other.items(1), Again.kinds(), one.shared(), other.shared()]
for _ in range(7):  # checkpoint
    for generator in generators:
        work(1, next(generator, None))
print([list(generator) for generator in generators])
