"""The call goes through unmarked loops, if/elif/else, for-else and while-else."""


def work(tag, n):
    done = 0
    for i in range(n):  # checkpoint
        done += 1
    print("work", tag, done)
    return done


def choose(kind):
    if kind == "first":
        result = work("if", 2)
    elif kind == "second":
        result = work("elif", 3)
    elif kind == "third":
        if work("nested test", 1) > 5:
            result = -1
        else:
            result = work("else of else", 2)
    else:
        result = work("else", 1)
    print("chose", kind, result)
    return result


def main():
    total = 0
    for kind in ["first", "second", "third", "fourth"]:
        total += choose(kind)
    else:
        total += work("for-else", 2)
    left = 3
    while left:
        left -= 1
        if left == 1:
            continue
        work(f"while {left}", 2)
    else:
        work("while-else", 2)
    for attempt in range(5):
        if work("search", 1) and attempt == 2:
            break
    else:
        print("never printed")
    return total, attempt


print(main())
