"""A marked while loop with break, continue and else: the Collatz sequences of some numbers."""

lengths = {}
start = 1
print("Collatz")
while start < 15:  # checkpoint
    n, length = start, 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        length += 1
        if length > 500:
            break
    else:
        lengths[start] = length
    start += 1
    if start % 2:
        continue
    print(start, length)
else:
    print("the loop ended by its condition")
longest = max(lengths, key=lambda n: (lengths[n], n))
print("longest", longest, lengths[longest])
