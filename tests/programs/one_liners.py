"""Compact code: marked bodies on one line, semicolons, comments beside the marker, backslashes."""

# ruff: noqa
# fmt: off

n = 0
for i in range(3): n += i  # checkpoint
while n < 6: n += 1; print(n)  # checkpoint
for a in [1, 2]:  # checkpoint
    for b in [3]:    #checkpoint
        n += a * b
for \
        pair in [
            (1, 2),
            (3, 4),
        ]:  # checkpoint
    n += pair[0] * pair[1]
if n: print(n); m = n
else: m = 0


def f(x): return [x for x in range(x) if x % 2]


def g(x):
    for y in f(x):  # checkpoint
        # A comment first, then a string as a statement.
        "text with # checkpoint in it"
        m = y; del m
    else: return y


print(g(6), g(9), "# checkpoint", n)
# checkpoint
for _ in range(2):
    n += 1
print(n)
