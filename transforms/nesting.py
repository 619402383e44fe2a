"""Blocks within blocks, of which Python compiles 20 at most, and resuming needs more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import SourceError
from .silence import quiet

_TOO_DEEP = "too many statically nested blocks"


@contextmanager
def nesting(source: bytes, filename: str) -> Iterator[None]:
    """Compile what ``source`` was rewritten to in this.

    Raises ``SourceError`` where only that is too much, and ``SyntaxError`` as Python does.
    """
    try:
        yield
    except SyntaxError as error:
        if error.msg != _TOO_DEEP:
            raise
        with quiet():
            compile(source, filename, "exec", dont_inherit=True)
        raise SourceError(
            "blocks are nested too deeply here to be resumed from; move the inner ones into a "
            "function",
            filename,
            error.lineno or 0,
        ) from None
