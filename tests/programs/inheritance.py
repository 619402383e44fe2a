"""super() in methods with a live call, name-mangled attributes, a property, __slots__."""


class Base:
    __slots__ = ("__secret", "log")

    def __init__(self):
        self.__secret = 1
        self.log = []

    def advance(self, n):
        for i in range(n):  # checkpoint
            self.__secret = self.__secret * 3 % 101
            self.log.append(self.__secret)
        return self.__secret

    @property
    def secret(self):
        return self.__secret


class Left(Base):
    __slots__ = ("__secret",)

    def advance(self, n):
        self.__secret = "left"
        result = super().advance(n) + 1
        self.__note(result)
        return result

    def __note(self, result):
        self.log.append((self.__secret, result))


class Right(Base):
    __slots__ = ()

    def advance(self, n):
        print("right", n)
        return 2 * super(Right, self).advance(n)  # noqa: UP008


class Both(Left):
    __slots__ = ("twin",)

    def advance(self, n):
        self.twin = Right()
        total = super().advance(n)
        total += self.twin.advance(n + 1)
        print("both", total, __class__.__name__)
        return total


both = Both()
for n in (2, 3):
    print(both.advance(n), both.secret, both.twin.secret)
print(both.log, both.twin.log, both._Base__secret, both._Left__secret, hasattr(both, "__dict__"))
