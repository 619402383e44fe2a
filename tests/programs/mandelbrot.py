"""The Mandelbrot set as text, a marked loop over rows, with early exit by escape."""


def escape(c, limit):
    z = 0j
    for n in range(limit):
        if z.real * z.real + z.imag * z.imag > 4.0:
            return n
        z = z * z + c
    return limit


def render(width, height, limit):
    shades = " .:-=+*#%@"
    lines, inside = [], 0
    for row in range(height):  # checkpoint
        y = 2.0 * row / (height - 1) - 1.0
        line = ""
        for column in range(width):
            x = 3.0 * column / (width - 1) - 2.0
            n = escape(complex(x, y), limit)
            inside += n == limit
            line += shades[n * (len(shades) - 1) // limit]
        print(line.rstrip())
        lines.append(line)
    return lines, inside


lines, inside = render(48, 15, 30)
print(inside, lines == lines[::-1], len(set(lines)))
