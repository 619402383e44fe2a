"""Conway's game of life on sets and lists, with generations stored and compared."""


def neighbours(cell, size):
    x, y = cell
    return [
        ((x + dx) % size, (y + dy) % size) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy
    ]


def step(alive, size):
    counts = {}
    for cell in alive:
        for other in neighbours(cell, size):
            counts[other] = counts.get(other, 0) + 1
    return {cell for cell, n in counts.items() if n == 3 or (n == 2 and cell in alive)}


def draw(alive, size):
    return "\n".join("".join(".#"[(x, y) in alive] for x in range(size)) for y in range(size))


def evolve(alive, size, generations):
    seen = []
    for generation in range(generations):  # checkpoint
        if alive in seen:
            print("cycle at", generation)
            break
        seen.append(alive)
        alive = step(alive, size)
        if generation % 8 == 0:
            print(f"generation {generation}: {len(alive)}")
            print(draw(alive, size))
    return alive, seen


glider = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
alive, seen = evolve(glider, 7, 40)
print(len(seen), sorted(alive))
