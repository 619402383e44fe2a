"""A package with state of its own."""

COUNTS = {"settled": 0, "steps": 0}
