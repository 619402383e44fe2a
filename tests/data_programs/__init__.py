"""Programs that need a library; those of libraries that are not there are left out."""

from importlib.util import find_spec
from pathlib import Path


def needed(program):
    """The library that a program names in its first line."""
    return program.read_text().splitlines()[0].removeprefix("# needs: ")


PROGRAMS = [
    program
    for program in sorted(Path(__file__).parent.glob("*.py"))
    if program.name != "__init__.py" and find_spec(needed(program))
]
