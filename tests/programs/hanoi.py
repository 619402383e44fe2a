"""Recursion with a marked while at the bottom: the towers of Hanoi, moved slowly."""


def carry(disc, source, target, pegs):
    assert pegs[source][-1] == disc
    height = 0
    while height < 2:  # checkpoint
        height += 1
    pegs[target].append(pegs[source].pop())
    print(f"disc {disc}: {source} -> {target}", pegs)


def move(n, source, target, spare, pegs):
    if n == 0:
        return 0
    before = move(n - 1, source, spare, target, pegs)
    carry(n, source, target, pegs)
    return before + 1 + move(n - 1, spare, target, source, pegs)


pegs = {"A": [3, 2, 1], "B": [], "C": []}
moves = move(3, "A", "C", "B", pegs)
print(moves, pegs)
