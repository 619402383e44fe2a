"""How to find a place in a function again after an edit, see `autoresume.transforms.positions`."""

from __future__ import annotations

from .records import record


@record
class Landmark:
    """How to find a position again in an edited function.

    ``chain`` as from `Numbering.chains`; ``enclosing`` the numbers of the statements around it,
    outermost first; ``which`` of ``total`` statements with that same chain it is.
    """

    chain: str
    enclosing: tuple[int, ...]
    which: int
    total: int
