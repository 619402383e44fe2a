"""Warnings that are recorded, shown by a function of the program, and formatted by one."""

import sys
import warnings


def show(message, category, filename, lineno, file=None, line=None):
    print("shown", message, category.__name__, lineno)


def formatted(message, category, filename, lineno, line=None):
    return f"formatted {message}\n"


sys.stderr = sys.stdout
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as log:
    for j in range(2):  # checkpoint
        warnings.warn(f"recorded {j}")
    with warnings.catch_warnings():
        warnings.showwarning = show
        for j in range(2):  # checkpoint
            warnings.warn(f"own {j}")
    warnings.warn("again")
    print([(str(one.message), one.lineno) for one in log])
warnings.formatwarning = formatted
for j in range(2):  # checkpoint
    warnings.warn(f"last {j}")
