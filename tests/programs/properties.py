"""Properties of what calls and attributes give, in the middle of expressions."""


def lp(n, acc=None):
    acc = [] if acc is None else acc
    for i in range(n):  # checkpoint
        acc.append(i)
    return acc


total = [0]


class Acc:
    def __init__(self):
        self.n = 0

    @property
    def total(self):
        s = 0
        for i in range(2):  # checkpoint
            s += i + self.n
        return s

    def chain(self, k):
        for i in range(k):  # checkpoint
            self.n += 1
        return self


print(Acc().chain(2).chain(1).total, Acc().chain(1).n)


class A:
    @property
    def t(self):
        s = 0
        for i in range(2):  # checkpoint
            s += i
        return s

    def me(self):
        return self


a = A()
x = a.t
y = a.me().t
z = A().t
print(x, y, z, a.t, a.me().t)
