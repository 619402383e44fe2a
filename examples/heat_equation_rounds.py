"""The plate of heat_equation.py, computed in rounds: started with plain ``python``, no rewriting.

    python heat_equation_rounds.py [SIZE] [STEPS]

One round is one step in time. The state is this module's globals: the plate and the counter. It is
saved before every 50th round. Kill the program at any moment; the same command goes on with it.
"""

import hashlib
import sys

from heat_equation import Plate

import autoresume

size = int(sys.argv[1]) if len(sys.argv) > 1 else 512
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 3000


def init():
    global plate, reports
    plate = Plate(size)
    reports = 0


def run_iteration(number):
    global reports
    step = number + 1
    plate.move_source()
    residual = plate.diffuse()
    if step % max(1, steps // 10) == 0:
        reports += 1
        print(f"step {step:6d}  residual {residual:.12e}", flush=True)


round, rounds = autoresume.start_or_resume(round_count=steps, init=init)
autoresume.run_rounds(round, rounds, run_iteration, every=50)
digest = hashlib.sha256(plate.field.tobytes()).hexdigest()
print(f"{reports} reports, heat {plate.field.sum():.6f}, digest {digest}")
