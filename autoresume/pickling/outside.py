"""Values whose state is not in the memory of this process alone, such as open files.

A forked copy of the process sees its memory as it was, but shares these with the process, which
has gone on. So a snapshot that is captured in a copy must not meet any.
"""

from __future__ import annotations


class NotInMemory(BaseException):
    """A copy of the process has met a value that it shares with the process.

    Not an Exception, so that no method of the program's that is called meanwhile takes it.
    """


is_copy = False
"""Whether this process is a copy that was forked to capture a snapshot."""

reached = False
"""Whether a value outside was captured since `forget`."""

reached_memory = False
"""Whether memory that others can write to was among them."""


def reach() -> None:
    """To be called where a value outside is captured. Raises: NotInMemory in a copy."""
    global reached
    reached = True
    if is_copy:
        raise NotInMemory


def reach_memory() -> None:
    """The same, for memory that others can write to."""
    global reached_memory
    reached_memory = True
    reach()


def forget() -> None:
    """Begin a capture."""
    global reached, reached_memory
    reached = reached_memory = False
