"""Threads that are about to end when a boundary comes, as those of a pool that was closed."""

import time
from multiprocessing.pool import ThreadPool
from threading import Thread

done = []


def late(number):
    time.sleep(0.05)
    done.append(number)


for step in range(4):  # checkpoint
    pool = ThreadPool(2)
    print(step, pool.map(str, range(3)))
    pool.terminate()
    for number in range(3):
        Thread(target=late, args=(3 * step + number,), daemon=True).start()
    del pool
time.sleep(1)
print(sorted(done))
