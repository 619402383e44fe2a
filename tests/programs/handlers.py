"""Marked loops below `except` blocks: bare raise, exc_info, chains, a traceback at the end."""

import sys


class Failed(Exception):
    def __init__(self, code, note):
        super().__init__(code, note)
        self.code = code
        self.note = note


def work(n, tag):
    for i in range(n):  # checkpoint
        print(tag, i, repr(sys.exception()))
    return n


def retry(times):
    for attempt in range(times):
        try:
            work(1, "try")
            raise Failed(attempt, "again")
        except Failed as error:
            total = error.code + work(2, "handler")
            print("handled", total, error.note, error.args)
            if attempt == 1:
                continue
        finally:
            print("finally", attempt)
        print("error" in locals())
    return "done"


def chained():
    try:
        try:
            {}["missing"]
        except KeyError as key:
            work(1, "inner")
            raise ValueError(str(key)) from key
        except (TypeError, ZeroDivisionError):
            print("never")
    except ValueError as value:
        work(2, "outer")
        print(repr(value.__cause__), repr(value.__context__), value.__suppress_context__)
        try:
            1 / 0
        except:
            work(1, "third")
            print(repr(sys.exc_info()[1].__context__))
        print(repr(sys.exception()))
    print(sys.exc_info())


def reraised():
    try:
        int("x")
    except ValueError:
        work(2, "reraise")
        raise
    else:
        print("never")
    finally:
        print("cleaned up")


print(retry(3))
chained()
try:
    reraised()
except ValueError as last:
    work(1, "module")
    print(repr(last), repr(last.__context__))
try:
    raise Failed(1, "x")
except Failed:
    try:
        raise KeyError("y") from None
    except KeyError as k:
        work(1, "none")
        print(repr(k.__context__), k.__suppress_context__)
print("last" in globals(), sys.exception())
reraised()
