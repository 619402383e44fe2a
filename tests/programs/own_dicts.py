"""A `__dict__` that the program holds by itself."""


class A:
    def __init__(self):
        self.x = 1


class AttrDict(dict):
    def __init__(self, **k):
        super().__init__(**k)
        self.__dict__ = self


def main():
    a = A()
    d = a.__dict__
    e = AttrDict(q=1)
    bs = [A() for _ in range(3)]
    for i in range(3):  # checkpoint
        d[f"k{i}"] = i
        e[f"z{i}"] = i
        print(sorted(vars(a)), e.q, sorted(e), getattr(e, f"z{i}"), bs[0].x)
    e.w = 5
    print(e["w"], a.__dict__ is d)


main()
