"""The processes that are measured."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
TOOL = ("-m", "autoresume")
UNUSUAL = (
    "PYTHONHASHSEED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "AUTORESUME_STORE",
)
"""What a user's environment does not have as a rule, and what moves or forbids files."""


def environment(**more: str) -> dict[str, str]:
    """A user's environment, in which our own folders are found."""
    chosen = {name: text for name, text in os.environ.items() if name not in UNUSUAL}
    path = [str(HERE.parent), str(HERE), *filter(None, [chosen.get("PYTHONPATH")])]
    return {**chosen, "PYTHONPATH": os.pathsep.join(path), **more}


@dataclass(frozen=True)
class Ended:
    """A process that has ended: what it printed, how long that took, the processor's time too."""

    printed: str
    seconds: float
    processor: float


def run(
    arguments: Sequence[object],
    folder: Path,
    more: Mapping[str, str] | None = None,
    status: int = 0,
) -> Ended:
    """Run Python in a folder until it ends with a status."""
    before, start = _used(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=environment(**(more or {})),
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    if done.returncode != status:
        raise RuntimeError(f"{arguments} ended with status {done.returncode}:\n{done.stderr}")
    return Ended(done.stdout, seconds, _used() - before)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
