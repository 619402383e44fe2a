"""A marked for loop at module level, with plain variables around it."""

total = 0
history = []
print("start")
for step in range(12):  # checkpoint
    total += step * step
    if step % 3 == 0:
        history.append((step, total))
        print(f"step {step}: {total}")
print("sum", total, "last step", step)
print(history)
