"""Names with two underscores, outside of classes and in them."""

__total = 0


def work(__n, tag=""):
    global __total
    for __i in range(__n):  # checkpoint
        __total += 1
        print(tag, __i, __total)
    return __n


def numbers(__limit):
    __made = []
    for __x in range(__limit):
        __made.append((lambda: __x + __limit)())
        yield __made


class __:
    __secret = 3

    def both(self):
        self.__seen = (self.__secret * x for x in range(5))
        for __value in self.__seen:
            __work = work(1, __value)
        return __work


class Plain:
    __secret = 4

    def both(self):
        self.__seen = (self.__secret * x for x in range(5))
        for __value in self.__seen:
            __work = work(1, __value)
        return __work, sorted(vars(self))

    def through(__self, __function, *args):
        return __self.__secret, __function(*args)


kept = numbers(6)
for __found in zip(kept, [1, 2, 3]):
    print(__found, work(1, "kept"))
print(__().both(), Plain().both(), list(kept)[-1])
print(Plain().through(work, 2, "called"))
