"""A generator that ends when Python does, after the built-in names were restored."""


def counted(tag):
    try:
        while True:  # checkpoint
            for i in range(2):  # checkpoint
                print(tag, i)
            yield
    except GeneratorExit:
        for i in range(3):  # checkpoint
            print("closed", tag, i)


last = counted("a")
next(last)
for k in range(3):  # checkpoint
    print("k", k)
