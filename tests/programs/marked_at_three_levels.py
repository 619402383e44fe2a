"""Three marked loops live at once, in three functions."""


def inner(a, b):
    total = 0
    for c in range(3):  # checkpoint
        total += a * 100 + b * 10 + c
    return total


def middle(a):
    sums = []
    b = 0
    while b < 3:  # checkpoint
        sums.append(inner(a, b))
        b += 1
    print("middle", a, sums)
    return sums


def outer():
    table = {}
    for a in range(3):  # checkpoint
        table[a] = middle(a)
        print("outer", a)
    return table


print("begin")
print(outer())
