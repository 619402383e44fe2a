"""A variable that is set before the import of a module that looks at it then."""

import os

os.environ["PYTHONTZPATH"] = "/somewhere:/else"

import zoneinfo

for step in range(3):  # checkpoint
    print(step, zoneinfo.TZPATH)
