"""Functions of an imported module call C functions that import, with the module's globals."""

from days import parsed

for number in range(3):  # checkpoint
    print(number, parsed(number + 1))
