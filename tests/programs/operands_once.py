"""Expressions with a live call inside: every operand is evaluated once, in order."""

calls = []


def quick(name, value):
    calls.append(name)
    print("quick", name)
    return value


def slow(name, value):
    print("slow", name, "begins")
    for i in range(2):  # checkpoint
        calls.append(f"{name}{i}")
    print("slow", name, "ends")
    return value


def main():
    total = quick("a", 1) + slow("b", 2)
    print(total)
    total = slow("c", 3) * quick("d", 4) - slow("e", 5) ** quick("f", 2)
    print(total)
    total = 5 * (3 + slow("g", 6)) + -slow("h", 7) % quick("i", 5)
    print(total)
    print(quick("j", 1), slow("k", 2), quick("l", 3), sep=quick("m", "|"), end=slow("n", "!\n"))
    pair = (quick("o", 1), [slow("p", 2), quick("q", 3)], {quick("r", "key"): slow("s", 4)})
    print(pair, {slow("t", 5), quick("u", 5)})
    print("text".join([quick("v", "x"), slow("w", "y")])[quick("x", 0) : slow("y", 4)])
    return slow("z", 6) * quick("last", 7)


print(main())
print(calls)
