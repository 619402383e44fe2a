import first
from pkg import sub


def work(n):
    for i in range(n):  # checkpoint
        print("second", i, hasattr(first, "RESULT"), sub.RESULT)
    return n


RESULT = 10 + work(2)
