"""Generators and objects that end when Python does, after the built-in names were restored."""


def g(tag):
    try:
        while True:  # checkpoint
            for i in range(2):  # checkpoint
                print(tag, i)
            yield
    except GeneratorExit:
        for i in range(3):  # checkpoint
            print("closed", tag, i)


class D:
    def __del__(self):
        for i in range(3):  # checkpoint
            print("del", i)


a = g("a")
next(a)
d = D()
_private = g("private")
next(_private)
for k in range(3):
    print("k", k)
