"""Calls with marked loops in simple statements of all sorts, in every kind of scope."""


def work(n, tag=""):
    for i in range(1):  # checkpoint
        print("work", n, tag)
    return n


class Box:
    def __init__(self):
        self.value = 1
        self.items = {"0": 1}
        self.log = []

    def __repr__(self):
        return "box"

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        self.log.append(name)
        return 10

    def __setitem__(self, key, value):
        self.log.append(("set", key, value))
        self.items[str(key)] = value

    def __getitem__(self, key):
        self.log.append(("get", key))
        return self.items.get(str(key), 0)

    def __delitem__(self, key):
        self.log.append(("del", key))


class Failure(Exception):
    pass


def note(*args):
    print("note", *args)
    return args[-1]


shared = 0
box = Box()


def exceptions(flag):
    try:
        assert work(0, "test"), work(1, "message")
    except AssertionError as error:
        print("assertion", error)
    assert work(1, "true"), work(1, "never")
    try:
        assert note(0) or work(0) or note(flag) > work(5), note(work(2), "text", work(3))
    except AssertionError as error:
        print("assertion", error)
    try:
        raise Failure(work(1, "raised")) from Failure(work(2, "cause"))
    except Failure as error:
        print(error, repr(error.__cause__), error.__context__)
    try:
        try:
            raise note(KeyError("k")) from work(None, "no cause")
        except KeyError as error:
            raise note(Failure)(work(3)) from error
    except Failure as error:
        print(error, repr(error.__cause__), error.__suppress_context__)
    try:
        raise (Failure if work(0) else note(ValueError))(work(1), note(2), work(3))
    except (note(TypeError), [ValueError, work(0)][0]) as error:
        print(repr(error))


def declared():
    if not work(0, "block"):
        global shared, made
        shared = work(1, "global")
    made = work(2, "made")
    shared += work(3, "augmented")
    print((shared := shared + work(4, "walrus")), shared)
    for shared in [work(5, "target")]:
        print(shared)
    [shared for made in [work(6)]]
    shared, (made, *rest) = work(7), (work(8), work(9), 10)
    print(shared, made, rest)
    for _ in range(2):  # checkpoint
        global late
        late = work(11)
        late += work(12)
    with open("declared.txt", "w") as shared:
        shared.write(str(work(13)))
    shared = late
    del made, late
    print("made" in globals(), "late" in globals())


def nested():
    count, names = 0, []

    def inner(step):
        nonlocal count
        count += work(step, "nonlocal")
        if work(1, "if"):
            nonlocal names
            names = [*names, work(step)]
        print((count := count + work(1)), count)
        for count in range(work(2)):
            names += [work(count)]
        del names
        names = note(count, work(3, "names"))
        add = lambda x=work(4, "default"), *, y=work(5, "keyword"): x + y + count  # noqa: E731
        return add(), add(1), (lambda: work(count))(), [lambda x=work(6): x][0]()

    print(inner(1), count, names)
    return count


def augmented(box, n=2):
    box.value += work(n)
    box.other += work(n)
    box.items["0"] += work(n)
    box[work(1)] += work(2)
    box[note(3) : work(4), work(5)] = box[work(6)]
    note(box).value *= work(3) + note(4)
    note(box)[note("key")] = work(1)
    note(box)[note("key")] -= note(2) * work(3)
    n **= work(2)
    n += n + work(n)
    values = [n] * 3
    values[work(1) - 1], values[-work(1)], *box.rest = work(3), work(4), 5, 6
    values[1:2] = work(7), work(8)
    values += [work(9)]
    first = second = box.last = values[work(0)] = work(10)
    del values[work(1) - 1], box[work(2)], box.last
    print(n, values, first, second, box.value, box.items, box.log, box.rest)
    box.log.clear()


class Methods:
    __count = 0
    total: int = 0

    def run(self, n):
        self.__count += work(n, "private")
        self.total += work(self.__count) if n else note(0)
        Methods.total -= work(1)
        assert self.__count == work(n), work("private")
        self.__made: int = work(3)
        print(f"{self.__made!r:>{work(5)}}|{work(6):<{note(3)}}", vars(self), Methods.total)
        return (yield_ := [work(1)]) and yield_ or work(2)

    @classmethod
    def make(cls, value=note("default")):
        cls.total, cls.made = work(4), value
        return cls.total, cls().run(2)


def annotated(x: work(1, "annotation") = work(2, "value"), *args: note(3), y: work(4) = 5, **z: 6):
    print(annotated.__annotations__, annotated.__defaults__, annotated.__kwdefaults__)


def returns(a: work("a"), b: note("b"), /, *, c: note("c") = work(1), d=2) -> work("returns"):
    return a, b, c, d


def conditions():
    if work(0) or note(0) or not work(1):
        print("never")
    elif work(1) < work(2) < work(3) != work(4) and not work(0):
        print("chain")
    while (n := work(1)) and (note(n) or work(2)):
        print("while", n)
        break
    print(work(1) if work(0) else work(2), work(3) if note(1) else work(4))
    return work(1) and work(0) or (note(2), *[work(3)], {**{"k": work(4)}})


exceptions(1)
declared()
print(shared)
print(nested())
augmented(box)
print(Methods().run(2), Methods.make())
annotated()
print(returns(1, 2), returns.__annotations__)
print(conditions())

# The same in the module itself.
try:
    assert work(0, "test"), work(1, "message")
except AssertionError as error:
    print("assertion", error)
try:
    raise Failure(work(1, "raised")) from Failure(work(2, "cause"))
except Failure as error:
    print(error, repr(error.__cause__))
if work(1):
    global made_here
    made_here = work(2)
for _ in range(2):  # checkpoint
    global in_loop
    in_loop = work(3)
    in_loop += work(4)
box.value += work(5)
box[work(1)] += work(2) + note(3)
note(box)[note("key")] -= note(2) * work(3)
shared += work(6)
first = second = box.last = box[work(7)] = work(8)
del box[work(9)], made_here, box.last
print((walrus := work(10)), walrus, (lambda x=work(11), *, y=work(12): (x, y))())
print(shared, first, second, in_loop, box.items, box.log, "made_here" in globals())


class InClass:
    box = Box()
    try:
        assert work(0, "test"), work(1, "message")
    except AssertionError as error:
        print("assertion", error)
    try:
        raise Failure(work(1, "raised")) from Failure(work(2, "cause"))
    except Failure as error:
        print(error, repr(error.__cause__))
    if work(1):
        global made_here
        made_here = work(2)
    for _ in range(2):  # checkpoint
        global in_loop
        in_loop = work(3)
        in_loop += work(4)
    box.value += work(5)
    box[work(1)] += work(2) + note(3)
    note(box)[note("key")] -= note(2) * work(3)
    box.hint: note("hint") = work(4)
    shared = shared + work(6)
    shared += work(7)
    first = second = box.last = box[work(7)] = work(8)
    del box[work(9)], made_here, box.last, _
    print((walrus := work(10)), walrus, (lambda x=work(11), *, y=work(12): (x, y))())
    print(shared, first, second, in_loop, box.items, box.log, "made_here" in globals())

    def method(self, x: work(1, "annotation") = work(2, "default")) -> work("returns"):
        return self.box.value, x


print(InClass().method(), InClass.method.__annotations__, shared, in_loop)
print([name for name in vars(InClass) if "_ar" in name])
