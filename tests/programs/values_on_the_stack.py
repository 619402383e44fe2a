"""Functions that run as they were written: what waits for a call lies on the value stack."""


class Tree:
    def __init__(self, depth):
        self.depth = depth
        self.kids = [Tree(depth - 1), Tree(depth - 1)] if depth else []

    @property
    def size(self):
        total = 1
        for kid in self.kids:  # checkpoint
            total += kid.size
            total = total * 2 + (total - self.depth) - (total - kid.depth if kid.depth else total)
        return total

    def walk(self, function, level=0):
        found = 1
        for kid in self.kids:
            found = found + 2 * (
                kid.walk(function, level=level + 1) + function(found, self.first())
            )

            def last():
                return found

            found += last() - level
        return found

    def first(self):
        return self.kids[0].count(2) if self.kids else self.count(1)

    def count(self, number):
        text, slices = "", [0, 1, 2, 3]
        for i in range(number):  # checkpoint
            text += f"{i}{self.same(i)!r:>2}{self.depth}"
            slices[self.same(0) : self.same(i) : 1] = [i, self.same(i), *slices]
        return len(text) + len(slices)

    def same(self, value):
        for _ in range(1):  # checkpoint
            value = (value, self)[0]
        return value

    def varied(self, *args, **options):
        if len(args) > 1:
            return self.size
        return [0, self.varied(*args, 1, **options), "x"][1] + self.kids[0].same(len(args))


class Counted(list):
    def __init__(self, *args):
        super().__init__(*args)
        for i in range(1):  # checkpoint
            self.append(i)

    def grown(self, other):
        grown = self
        grown += other + made(Counted, 2)
        self.least = min(other[-1], made(int, 1)) if made(int, 0) == 0 < made(int, 2) else None
        while made(int, 1) + len(grown) < 13 and self.least is not None:
            grown.append(-made(int, 2))
        return grown


def made(kind, number):
    value = kind()
    for i in range(number):  # checkpoint
        value += kind(1) if kind is int else [i]
    return value


def fibonacci(n):
    if n < 2:
        for _ in range(1):  # checkpoint
            return n
    return fibonacci(n - 1) + fibonacci(n - 2)


tree = Tree(1)
print(tree.size, tree.walk(lambda a, b: a + b), tree.varied(name=1))
print(Counted([1]).grown(Counted((3, 4))), fibonacci(4))
