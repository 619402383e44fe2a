"""A marked loop in a function called once: a logistic map with its orbit kept."""


def orbit(rate, x, steps):
    points = []
    for step in range(steps):  # checkpoint
        x = rate * x * (1.0 - x)
        points.append(x)
        if step % 4 == 0:
            print(f"{step:3d} {x:.12f}")
    return points


print("logistic map")
points = orbit(3.7, 0.2, 15)
print(len(points), repr(sum(points)), repr(points[-1]))
