"""Marked loops in `finally` blocks, however they are entered."""

import sys
import traceback


class Failed(Exception):
    def __len__(self):
        return 0


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i, repr(sys.exception()))
    return n


def normal():
    try:
        print("body")
    finally:
        print("final", work(2, "normal"))
    return "after"


def returned(value):
    try:
        return value + work(1, "value")
    finally:
        work(2, "returned")
        print("value", value)


def returned_nothing():
    try:
        return
    finally:
        work(1, "nothing")


def raised(prior):
    try:
        raise Failed("raised") from prior
    finally:
        work(2, "raised")
        print(repr(sys.exc_info()[1]), repr(sys.exc_info()[1].__cause__))


def handled_or_not(kind):
    try:
        work(1, "try")
        raise kind("x")
    except KeyError as error:
        print("handler", repr(error))
        if work(1, "handler") and error.args == ("y",):
            raise
    except IndexError:
        raise Failed("from handler")
    else:
        print("never")
    finally:
        work(1, f"final {kind.__name__}")
    return "fell off"


def loops():
    for a in range(4):
        try:
            if a == 1:
                continue
            if a == 3:
                break
            for b in range(3):
                if b == 1:
                    break
            print("a", a, b)
        finally:
            work(1, f"loop {a}")
        print("next", a)
    else:
        print("never")
    while True:
        try:
            break
        finally:
            for c in range(3):  # checkpoint
                if c == 1:
                    continue
                print("c", c)
    return a, b, c


def nested():
    for round in range(3):
        try:
            try:
                if round == 0:
                    return_value = "r0"
                    continue
                if round == 1:
                    raise ValueError(round)
                return [round, work(1, "nested value")]
            finally:
                work(1, f"inner {round}")
        except ValueError as error:
            print("caught", error)
            try:
                raise
            except ValueError:
                try:
                    raise error
                finally:
                    try:
                        work(1, "same exception")
                    except KeyError:
                        pass
                    if round == 1:
                        continue
        finally:
            work(1, f"outer {round}")
            print(round, return_value)


def overtaken():
    for turn in range(3):
        try:
            try:
                return "lost"
            finally:
                work(1, f"turn {turn}")
                if turn == 0:
                    continue
                if turn == 1:
                    raise KeyError(turn)
        except KeyError:
            pass
        finally:
            work(1, f"outer {turn}")
            if turn < 2:
                print("not yet")
    return "never"


def replaced():
    try:
        raise ValueError("first")
    finally:
        work(1, "replaced")
        raise KeyError("second")


def in_handler():
    try:
        {}["outer"]
    except KeyError:
        try:
            print("inside", repr(sys.exception()))
        finally:
            work(1, "in handler")
        try:
            raise
        finally:
            work(1, "reraised in handler")


def generator():
    try:
        yield 1
        yield 2
        return "end"
    finally:
        yield 3
        print("generator", repr(sys.exception()))


def swallowed():
    try:
        1 / 0
    finally:
        return work(1, "swallowed")


def failed(function, *args):
    try:
        print(function.__name__, function(*args))
    except Exception as error:
        text = traceback.format_exception(error)
        print("".join(line for line in "".join(text).splitlines(True) if line.strip(" ~^\n")))
        work(1, "reported")


failed(normal)
failed(returned, 20)
failed(returned_nothing)
failed(raised, OSError("prior"))
for kind in (KeyError, IndexError, OSError):
    failed(handled_or_not, kind)
failed(loops)
failed(nested)
failed(overtaken)
failed(replaced)
failed(in_handler)
failed(swallowed)
for item in generator():
    work(1, item)
try:
    work(1, "module")
finally:
    work(2, "module final")
try:
    raised(None)
except Failed as error:
    work(1, "module handler")
try:
    sys.exit(3)
finally:
    work(2, "exit")
