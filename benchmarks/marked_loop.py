"""What a marked loop costs per iteration: a plain loop, a marked one, and a test written by hand.

    python -m autoresume --every 3600s benchmarks/marked_loop.py [ITERATIONS] [REPETITIONS]

All are timed in turn in one process, so that what disturbs the machine disturbs all of them; the
time is that of the processor, which other programs hardly change. Under plain ``python`` the marked
loop is a plain loop, which shows how far noise alone goes.
"""

import platform
import statistics
import sys
import time


def plain_empty(n):
    for _ in range(n):
        pass


def marked_empty(n):
    for _ in range(n):  # checkpoint
        pass


def plain_sum(n):
    s = 0
    for i in range(n):
        s += i
    return s


def marked_sum(n):
    s = 0
    for i in range(n):  # checkpoint
        s += i
    return s


def by_hand_sum(n):
    s = 0
    for i in range(n):
        if i % 1000 == 0:
            due()
        s += i
    return s


def due():
    return False


def report(name, seconds, reference, n):
    ratios = sorted(a / b for a, b in zip(seconds, reference, strict=True))
    nanoseconds = 1e9 * statistics.median(seconds) / n
    middle = statistics.median(ratios)
    print(f"{name:34} {nanoseconds:9.2f} {middle:8.3f}   {ratios[0]:.3f} to {ratios[-1]:.3f}")


def main(n=2_000_000, repetitions=15):
    empty, empty_marked, plain, marked, by_hand = times = [], [], [], [], []
    for _ in range(repetitions):
        t0 = time.process_time()
        plain_empty(n)
        t1 = time.process_time()
        marked_empty(n)
        t2 = time.process_time()
        plain_sum(n)
        t3 = time.process_time()
        marked_sum(n)
        t4 = time.process_time()
        by_hand_sum(n)
        t5 = time.process_time()
        for seconds, took in zip(times, (t1 - t0, t2 - t1, t3 - t2, t4 - t3, t5 - t4), strict=True):
            seconds.append(took)
    how = "autoresume" if "autoresume" in sys.modules else "plain python"
    print(f"CPython {platform.python_version()}, {how}, {n} iterations, {repetitions} repetitions")
    print(f"{'loop':34} {'ns/iter.':>9} {'ratio':>8}   range")
    report("pass: plain", empty, empty, n)
    report("pass: # checkpoint", empty_marked, empty, n)
    report("s += i: plain", plain, plain, n)
    report("s += i: # checkpoint", marked, plain, n)
    report("s += i: if i % 1000 == 0, by hand", by_hand, plain, n)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
