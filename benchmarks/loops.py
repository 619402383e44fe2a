"""What a marked loop costs per iteration between snapshots."""

import json
from pathlib import Path

from measure import SECONDS, Results
from processes import PROGRAMS, TOOL, run
from scale import Scale

WAYS = {"autoresume": [*TOOL, "--fresh", "--every", "3600s"], "python, for control": []}


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Time loops under autoresume; and under Python, where a marked loop is a plain one."""
    sizes = scale.iterations, scale.loop_repetitions
    for runner, command in WAYS.items():
        printed = run([*command, PROGRAMS / "turns.py", *sizes], folder).printed
        for body, way, seconds in json.loads(printed):
            case = f"{body}, under {runner}"
            results.refer("loops", case, "an iteration", "plain")
            results.add("loops", case, "an iteration", way, SECONDS, seconds)
