"""Live calls in tests: while, if, and/or/not, conditional expressions, chained comparisons."""


def slow(value, n=2):
    for i in range(n):  # checkpoint
        pass
    print("slow", value)
    return value


def countdown():
    n = 0
    while slow(n) < 3:
        n += 1
        if n == 2:
            continue
        print("body", n)
    return n


print(countdown())
if slow(0):
    print("no")
elif slow(1) and not slow(0):
    print("yes")
else:
    print("no")
print(slow(0) and slow(1), slow(2) and slow(3), slow(0) or slow("") or slow(4))
print("then" if slow(1) else slow("else"), slow("then") if slow(1) else slow("else"))
print(slow(1) < slow(2) < slow(3), slow(1) < slow(0) < slow(3), 0 < slow(1) <= 1 != slow(2))
while (n := slow(1, 1)) and (m := slow(n + 1)) < 2:
    print("never")
print(n, m)
assert slow(5) == 5, slow("message")
