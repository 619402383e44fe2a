"""Nested functions with a shared counter: inner, outer and the loop all change it."""


def simulate(n):
    count = 0
    log = []

    def bump(amount):
        nonlocal count
        count += amount
        return count

    def report():
        log.append(count)

    def inner_loop(rounds):
        nonlocal count
        for r in range(rounds):  # checkpoint
            bump(r)
            count *= 2
            report()
            print("round", r, "count", count)

    for i in range(n):
        count += 1
        inner_loop(3)
        bump(10)
        report()
    return count, log, bump


count, log, bump = simulate(4)
print(count, log)
print(bump(1) == count + 1, bump(1) == count + 2)
