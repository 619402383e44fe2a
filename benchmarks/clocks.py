"""Start autoresume with clocks in it: ``python clocks.py [OPTIONS] script.py [ARGUMENTS]``."""

import functools
import time

import session

from autoresume.cli import main
from autoresume.run import Run
from autoresume.store import RunStore


def timed(owner: type, method: str, name: str) -> None:
    """Have a session know the seconds that a method took the last time."""
    original = getattr(owner, method)

    @functools.wraps(original)
    def wrapper(*args, **keywords):
        start = time.perf_counter()
        session.BEGAN[name] = start
        try:
            return original(*args, **keywords)
        finally:
            session.TOOK[name] = time.perf_counter() - start

    setattr(owner, method, wrapper)


if __name__ == "__main__":
    timed(Run, "execute", "run")
    timed(Run, "_captured", "capture")
    timed(RunStore, "save", "write")
    main()
