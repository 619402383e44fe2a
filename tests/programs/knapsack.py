"""Knapsack by dynamic programming over two marked loops, with the choice traced back."""

ITEMS = {"map": (9, 150), "water": (13, 35), "food": (15, 60), "tin": (6, 20), "rope": (4, 40)}
CAPACITY = 30


def solve(items, capacity):
    best = [[0] * (capacity + 1)]
    for name, (weight, value) in items.items():  # checkpoint
        above, row = best[-1], []
        for room in range(capacity + 1):
            without = above[room]
            if weight <= room and above[room - weight] + value > without:
                row.append(above[room - weight] + value)
            else:
                row.append(without)
        best.append(row)
        print(f"{name:6s} {row[-1]}")
    return best


def trace(items, best, room):
    chosen = []
    names = list(items)
    while names:  # checkpoint
        name = names.pop()
        if best[len(names) + 1][room] != best[len(names)][room]:
            chosen.append(name)
            room -= items[name][0]
    return chosen[::-1], room


best = solve(ITEMS, CAPACITY)
chosen, left = trace(ITEMS, best, CAPACITY)
print(chosen, "with", left, "to spare;", best[-1][-1])
