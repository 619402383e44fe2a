"""Try bodies on the stack: exceptions raised later, caught, re-raised; else and finally."""


class Failed(Exception):
    pass


def attempt(name, n, fail_at):
    for i in range(n):  # checkpoint
        if i == fail_at:
            raise Failed(f"{name} at {i}")
    return n


def guarded(name, n, fail_at):
    print("guarded", name)
    try:
        result = attempt(name, n, fail_at)
        print("no failure")
    except Failed as failure:
        print("caught", failure)
        result = -1
    else:
        result *= 10
        print("else", result)
    finally:
        print("finally", name)
    return result


def outer():
    results = []
    for name, n, fail_at in [("a", 3, 5), ("b", 4, 2), ("c", 2, 0), ("d", 3, 9)]:
        try:
            try:
                results.append(guarded(name, n, fail_at))
                results.append(attempt(name + "!", n, fail_at))
            finally:
                print("leaving", name)
        except Failed as failure:
            results.append(str(failure))
        except KeyError:
            print("never")
    return results


print(outer())


def early():
    try:
        return attempt("early", 3, 7)
    finally:
        print("return through finally")


print(early())
