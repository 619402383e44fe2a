"""Matrix multiplication and a determinant in pure Python, three loops deep."""


def multiply(a, b):
    rows, inner, columns = len(a), len(b), len(b[0])
    product = [[0] * columns for _ in range(rows)]
    for i in range(rows):  # checkpoint
        row = product[i]
        for j in range(columns):
            total = 0
            for k in range(inner):
                total += a[i][k] * b[k][j]
            row[j] = total
    return product


def power(matrix, n):
    if n == 1:
        return matrix
    half = power(matrix, n // 2)
    square = multiply(half, half)
    return multiply(square, matrix) if n % 2 else square


def determinant(matrix):
    a = [[float(x) for x in row] for row in matrix]
    n, result = len(a), 1.0
    for k in range(n):  # checkpoint
        pivot = max(range(k, n), key=lambda r: abs(a[r][k]))
        if pivot != k:
            a[k], a[pivot] = a[pivot], a[k]
            result = -result
        result *= a[k][k]
        for r in range(k + 1, n):
            factor = a[r][k] / a[k][k]
            for c in range(k, n):
                a[r][c] -= factor * a[k][c]
    return result


m = [[(i * 7 + j * 3) % 5 for j in range(4)] for i in range(4)]
print(m)
print(power([[1, 1], [1, 0]], 13))
print(power(m, 5))
print(repr(determinant(m)))
