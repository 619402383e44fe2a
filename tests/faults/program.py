"""A program of many short steps, each with a line on stdout and one in a file.

    python program.py STEPS [STORE ACTION STEP ...]

At a step it may do something to the store: `move` it away, `return` it, `remove` it, put a `file`
in its place; or `stop`, with a last snapshot, or `rest` for a while.
"""

import os
import shutil
import signal
import sys
import time

import numpy as np


def disturb(store, action):
    """Do something to the store, or the process."""
    if action == "move":
        os.rename(store, f"{store} away")
    elif action == "return":
        shutil.rmtree(store, ignore_errors=True)
        os.rename(f"{store} away", store)
    elif action == "remove":
        shutil.rmtree(store)
    elif action == "file":
        shutil.rmtree(store)
        with open(store, "w"):
            pass
    elif action == "rest":
        time.sleep(0.15)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGTERM)


steps, store, *plan = sys.argv[1:]
actions = dict(zip(map(int, plan[1::2]), plan[::2], strict=True))
rng = np.random.default_rng(3)
table, field = {}, np.zeros(40_000)
with open("log.txt", "w") as log:
    for step in range(int(steps)):  # checkpoint
        place = rng.integers(field.size)
        field[place] += rng.random()
        table[step % 50] = float(field.sum())
        log.write(f"{step} {place}\n")
        print("step", step, len(table), table[step % 50])
        if step in actions:
            disturb(store, actions[step])
print("end", sum(table.values()), field.tobytes().count(0))
