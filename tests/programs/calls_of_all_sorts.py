"""Live calls as arguments: nested, starred, keyword, in f-strings, slices and method chains."""


def slow(value, n=1):
    print("slow", value)
    for i in range(n):  # checkpoint
        pass
    return value


def show(*args, sep=", ", **options):
    return sep.join(map(str, args)) + f" {options}"


class Query:
    def __init__(self, rows):
        self.rows = rows

    def where(self, test):
        kept = []
        for row in self.rows:  # checkpoint
            if test(row):
                kept.append(row)
        return Query(kept)

    def scaled(self, by):
        return Query([row * by for row in self.rows])

    def total(self):
        result = 0
        for row in self.rows:  # checkpoint
            result += row
        return result


print(show(slow(1), slow(2)))
print(show(slow(slow(3)), *[slow(4), 5], sep=slow(" / "), **{"a": slow(6)}, b=slow(7)))
print(f"{slow('x')!r:>6} {slow(3.14159):.{slow(2)}f} {show(slow(1), k=slow(2))}")
result = (
    Query(list(range(6)))
    .where(lambda row: row % 2)
    .scaled(slow(10))
    .where(lambda row: row > 10)
    .total()
)
print(result, [1, 2, 3][slow(1)], (slow(8), slow(9))[slow(0)], not slow(0), -slow(4))
first, *rest = slow([1, 2, 3])
(a, b), c = slow((4, 5)), slow(6)
x = y = slow(7)
print(first, rest, a, b, c, x, y, slow(1) in {slow(1): 2}, slow(2) is slow(3))
print((lambda q: slow(q, 2) + 1)(slow(20)))
