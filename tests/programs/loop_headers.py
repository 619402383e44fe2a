"""For loops over a live call, and every sort of header: zip, enumerate, reversed, map, items."""

import itertools


def make(n):
    made = []
    for i in range(n):  # checkpoint
        made.append(i * i)
    print("made", made)
    return made


total = 0
for value in make(3):
    total += value
for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]:  # checkpoint
    print(a, b, c)
for i, x in enumerate(reversed(make(2)), start=10):  # checkpoint
    print(i, x)
for x, y in zip("abc", make(3)):  # checkpoint
    print(x, y)
for x in map(abs, [-1, 2, -3]):  # checkpoint
    total += x
for key, value in {"p": 1, "q": 2}.items():  # checkpoint
    print(key, value)
for pair in itertools.combinations(range(3), 2):  # checkpoint
    print(pair)
for n in itertools.chain([1, 2], itertools.repeat(9, 2)):  # checkpoint
    total += n
for n in itertools.count(5, 5):  # checkpoint
    if n > 20:
        break
for letter in "xyz":  # checkpoint
    total += ord(letter)
slots = [None, None, None]
for slots[1] in range(3):  # checkpoint
    total += slots[1]
for line in filter(None, ["a", "", "b"]):  # checkpoint
    print(line)
print(total, n, slots, letter)
