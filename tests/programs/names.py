"""global and nonlocal statements, del of locals and globals, unbound locals, shadowed builtins."""

counter = 0
temporary = "module"


def work(n):
    global counter, created
    for i in range(n):  # checkpoint
        counter += 1
        if i == 1:
            created = counter
    return counter


def unbound(flag):
    if flag:
        value = "bound"
    gone = 1
    del gone
    for i in range(2):  # checkpoint
        try:
            print(value)
        except UnboundLocalError as error:
            print("unbound:", error)
        try:
            gone  # noqa: F821
        except UnboundLocalError:
            print("gone")
            if i == 1:
                gone = 2
        if i == 0:
            value = "late"
    del value
    return work(2), gone


def shadow(list, max=min):
    id = 5
    for sum in list:  # checkpoint
        id += max(sum, 3)
    return id


print(unbound(True), unbound(False))
del temporary
print(work(3), created, "temporary" in globals())
print(shadow([1, 2, 5]))
for last in range(2):  # checkpoint
    pass
print(last, "i" in globals(), __name__)


class Holder:
    total = 0
    for step in [1, 2]:
        total += step


print(Holder.total, Holder.step, work(1))
