"""Functions that are called when Python ends, given and taken back in several ways."""

import atexit
import functools
import weakref
from atexit import register, unregister


class Kept:
    pass


kept = Kept()
finalizer = weakref.finalize(kept, print, "finalized")


class Account:
    def __init__(self, name):
        self.name = name
        self.steps = []
        atexit.register(self.close)

    def close(self):
        print("close", self.name, self.steps)


@atexit.register
def last():
    print("last", accounts[-1].steps, len(accounts))


def giver(count):
    def given(*args, **kwargs):
        print("given", count, args, kwargs)

    return given


def ended(code):
    for step in range(2):  # checkpoint
        print("ending", code, step)
    return code


accounts = [Account("first")]
dropped = giver(99)
register(dropped)
functools.partial(atexit.register, print)("in a partial", sep="-")
for step in range(4):  # checkpoint
    accounts[-1].steps.append(step)
    atexit.register(giver(step), step, key=accounts[-1].steps)
    if step == 1:
        unregister(dropped)
        accounts.append(Account("second"))
    register(print, "ended with", ended(step))
    print("step", step, atexit._ncallbacks() > 3)
raise SystemExit(3)
