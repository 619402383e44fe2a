"""Managers with marked loops in `__enter__` and `__exit__`, entered and left in every way."""

import sys
import threading
import traceback


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i, repr(sys.exception()))
    return n


class Manager:
    def __init__(self, name, swallows=None, fails=None):
        self.name = name
        self.swallows = swallows
        self.fails = fails

    def __enter__(self):
        if self.fails == "enter":
            raise RuntimeError(f"enter {self.name}")
        return self, work(1, f"enter {self.name}")

    def __exit__(self, kind, error, trace):
        lines = len(traceback.extract_tb(trace)) if trace else None
        work(1, f"exit {self.name} {kind and kind.__name__} {error!r} {lines}")
        if self.fails == "exit":
            raise RuntimeError(f"exit {self.name}")
        return bool(self.swallows and error and isinstance(error, self.swallows))


class Quiet(Manager):
    def __enter__(self):
        return self


lock = threading.Lock()


def plain():
    with Manager("a") as (a, n), lock, Manager("b"):
        print("body", a.name, n, lock.locked())
        work(1, "body")
    print(lock.locked())
    return "end"


def returned():
    with Manager("outer"), Quiet("inner") as inner:
        return inner.name, work(1, "value")


def loops():
    for i in range(4):
        with Manager(f"loop {i}", swallows=KeyError):
            if i == 0:
                continue
            if i == 1:
                {}["missing"]
            if i == 2:
                with Quiet("deep"):
                    break
        print("next", i)
    while True:
        with Quiet("while"):
            break
    return i


def swallowed():
    try:
        with Manager("outer", swallows=ValueError) as [m, n]:
            with Quiet("middle"):
                work(1, "before")
                raise ValueError(n)
        print("after", repr(sys.exception()))
        with Manager("handler", swallows=OSError):
            work(1, "again")
            raise KeyError("k")
    except KeyError as error:
        with Quiet("in handler"):
            pass
        with Quiet("in handler", swallows=KeyError):
            raise
        print(repr(error.__context__))
    finally:
        with Manager("in finally"):
            print("finally")


def unpacking():
    with Manager("unpacked") as (a, b, c):
        print("never")


def target():
    places = {}
    with Quiet("t") as places[work(1, "target")], open(__file__) as places["file"]:
        work(1, "inside")
        print(places["file"].readline(), sorted(map(str, places)))
    print(places["file"].closed)


def fails(how):
    with Manager("ok"), Manager("bad", fails=how):
        if how == "both":
            raise ValueError("first")


def no_manager(value):
    with Quiet("fine"), value:
        pass


def overtaken():
    for i in range(2):
        try:
            with Manager("o", fails=i and "exit"):
                return "never"
        except RuntimeError as error:
            print("caught", error)
            return "end"
        finally:
            work(1, "overtaken")
            if i == 0:
                continue


def report(function, *args):
    try:
        print(function.__name__, function(*args))
    except Exception as error:
        text = "".join(traceback.format_exception(error)).splitlines()
        print("\n".join(line for line in text if line.strip(" ~^")))


report(plain)
report(returned)
report(loops)
report(swallowed)
report(unpacking)
report(target)
report(fails, "enter")
report(fails, "exit")
report(no_manager, 5)
report(no_manager, report)
report(overtaken)
with Manager("module") as at_top, Quiet("second"):
    work(1, "module")
print(at_top[1])
with Manager("last", fails="exit"):
    raise SystemError("last")
