from . import value

for i in range(2):  # checkpoint
    print("pkg.sub", i, value)
RESULT = sum(value)
