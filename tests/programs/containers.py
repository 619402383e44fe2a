"""Containers changed while they are looped over: dict values, lists that grow, discards."""

prices = {"tea": 3.0, "rice": 2.0, "oil": 7.5, "salt": 0.5}
for name, price in prices.items():  # checkpoint
    prices[name] = price * 1.1
    if price > 5:
        prices["tea"] += 1
print(prices)

queue = [1]
for value in queue:  # checkpoint
    if len(queue) < 8:
        queue.extend([value * 2, value + 3])
print(queue)

left = set(range(40))
for n in range(2, 7):  # checkpoint
    left -= {m for m in left if m % n == 0 and m != n}
    left.discard(n + 30)
print(len(left), sorted(left), list(left))

frozen = frozenset("checkpoint")
letters = []
for letter in frozen:  # checkpoint
    letters.append(letter)
print("".join(letters), "".join(frozen))

stack, seen = [("root", 0)], []
while stack:  # checkpoint
    name, depth = stack.pop()
    seen.append(name)
    if depth < 2:
        stack += [(f"{name}.{i}", depth + 1) for i in range(2)]
print(seen)

numbers = {1: "a", 2: "b", 3: "c"}
try:
    for key in numbers:  # checkpoint
        if key == 2:
            numbers[9] = "z"
except RuntimeError as error:
    print("RuntimeError:", error)
print(numbers)
