"""A sudoku solver: propagation in a marked while, search by recursion in a marked for."""

PUZZLE = """\
53..7....
6..195...
.98....6.
8...6...3
4..8.3..1
7...2...6
.6....28.
...419..5
....8....
"""
CELLS = [(r, c) for r in range(9) for c in range(9)]
PEERS = {
    (r, c): {
        (i, j)
        for i, j in CELLS
        if (i, j) != (r, c) and (i == r or j == c or (i // 3, j // 3) == (r // 3, c // 3))
    }
    for r, c in CELLS
}


class Contradiction(Exception):
    pass


def propagate(options, changed):
    while changed:  # checkpoint
        cell = changed.pop()
        (value,) = options[cell]
        for peer in sorted(PEERS[cell]):
            if value in options[peer]:
                options[peer] = options[peer] - {value}
                if not options[peer]:
                    raise Contradiction(peer)
                if len(options[peer]) == 1:
                    changed.append(peer)
    return options


def search(options, depth):
    open_cells = [cell for cell in CELLS if len(options[cell]) > 1]
    if not open_cells:
        return options
    cell = min(open_cells, key=lambda cell: (len(options[cell]), cell))
    for value in sorted(options[cell], reverse=True):  # checkpoint
        print("  " * depth + f"try {value} at {cell}")
        try:
            found = search(propagate({**options, cell: {value}}, [cell]), depth + 1)
        except Contradiction as at:
            print("  " * depth + f"contradiction at {at}")
            continue
        if found:
            return found
    return None


rows = PUZZLE.split()
rows[0] = ".3..7...."
options = {
    (r, c): set(map(int, rows[r][c])) if rows[r][c] != "." else set(range(1, 10)) for r, c in CELLS
}
solved = search(propagate(options, [cell for cell in CELLS if len(options[cell]) == 1]), 0)
for r in range(9):
    print("".join(str(min(solved[r, c])) for c in range(9)))
