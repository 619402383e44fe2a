"""The call goes through match statements: literals, sequences, mappings, classes, guards."""

from dataclasses import dataclass


@dataclass
class Move:
    dx: int
    dy: int


def step(position, dx, dy, times):
    for _ in range(times):  # checkpoint
        position = (position[0] + dx, position[1] + dy)
    return position


def execute(command, position):
    match command:
        case "stop":
            print("stop at", position)
        case ["go", dx, dy] if dx != dy:
            position = step(position, dx, dy, 2)
        case ["go", d, _]:
            position = step(position, d, d, 3)
            print("diagonal", d)
        case {"dx": dx, **rest}:
            position = step(position, dx, len(rest), 2)
            print("mapping", rest)
        case Move(dx=dx, dy=dy):
            position = step(position, dx, dy, 2)
        case _:
            print("unknown", command)
            position = step(position, 0, 0, 1)
    return position


commands = [["go", 1, 2], ["go", 3, 3], {"dx": 4, "k": 1, "m": 2}, Move(-1, -1), 17, "stop"]
position = (0, 0)
for command in commands:
    position = execute(command, position)
    print(position)
