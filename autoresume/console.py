"""What the tool says to people: lines on stderr, never on stdout.

A terminal gets colour, anything else plain text. The text is never read as markup. Lines go to
the stderr that the process started with: a program that has put something else in ``sys.stderr``
must not find them there.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

PREFIX = "autoresume: "


def say(message: str) -> None:
    """Tell what is going on."""
    _write(message, "", "cyan")


def warn(message: str) -> None:
    """Tell what the user should look at, though the run goes on."""
    _write(message, "warning: ", "yellow")


def error(message: str) -> None:
    """Tell why the run ends."""
    _write(message, "error: ", "bold red")


def printable(text: str) -> str:
    """Return a text of unknown origin without what a terminal would act on."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _write(message: str, kind: str, style: str) -> None:
    stream = sys.__stderr__
    if stream is None:
        return
    try:
        if not (stream.isatty() and _write_styled(stream, message, kind, style)):
            stream.write(f"{PREFIX}{kind}{message}\n")
            stream.flush()
    except (OSError, ValueError):  # closed or full, which is no reason to stop the program
        pass


def _write_styled(stream: TextIO, message: str, kind: str, style: str) -> bool:
    """Write in colour; False if rich is not there, or is a file of the user's own."""
    try:
        from rich.console import Console
        from rich.text import Text

        line = Text.assemble((PREFIX + kind, style), message)
        Console(file=stream, highlight=False).print(line, soft_wrap=True)
    except (ImportError, AttributeError):
        return False
    return True
