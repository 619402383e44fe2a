"""Matches of regular expressions, and the scanners behind `re.finditer`."""

from __future__ import annotations

import re

from autoresume.pickling.structs import HEADER, Sample, Struct, items_at
from autoresume.pickling.tables import Reducer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler


def match_sample() -> Sample:
    """Return a match of two groups."""
    text, pattern = "xabcd", re.compile("(b)(c)?")
    match: Any = pattern.search(text, 1, 4)
    fields = {"string": text, "pattern": pattern, "pos": 1, "endpos": 4, "last": 2, "groups": 3}
    return match, fields


MATCH = Struct(
    "size count, object string, object regs, object pattern, size pos, size endpos, size last,"
    " size groups",
    match_sample,
)
MARKS = HEADER + MATCH.form.groups.offset + MATCH.form.groups.size


def reduce_match(match: re.Match[Any], pickler: Pickler) -> Any:
    """Reduce a match to what C knows of it."""
    fields = MATCH.read(match)
    fields.pop("regs", None)  # made anew when it is asked for
    marks = list(items_at(id(match) + MARKS, 2 * fields["groups"]))
    return make_match, (fields["groups"],), (fields, marks), None, None, fill_match


def make_match(groups: int) -> Any:
    """Make a match of so many groups, the whole being one."""
    return re.compile("()" * (groups - 1)).match("")


def fill_match(match: Any, state: tuple[dict[str, Any], list[int]]) -> None:
    """Let a match be another one."""
    fields, marks = state
    MATCH.write(match, fields)
    items_at(id(match) + MARKS, len(marks))[:] = marks


def scanner_sample() -> Sample:
    """Return a scanner that has found an empty match and must not find it again."""
    text, pattern = "abc", re.compile("")
    scanner: Any = pattern.scanner(text, 1, 3)  # type: ignore[attr-defined]
    scanner.search()
    fields = {"string": text, "pattern": pattern, "pos": 1, "endpos": 3, "width": 1, "moves": 1}
    return scanner, fields


BUFFER = ", ".join(f"pointer buffer_{number}" for number in range(10))
SCANNER = Struct(
    "object pattern, pointer place, pointer beginning, pointer start, pointer end, object string,"
    f" {BUFFER}, size pos, size endpos, int octets, int width, int all, int moves",
    scanner_sample,
)


def reduce_scanner(scanner: Any, pickler: Pickler) -> Any:
    """Reduce a scanner to its pattern, what it searches, and how far it has come."""
    fields, raw = SCANNER.read(scanner), SCANNER.raw(scanner)
    offset = None if raw.start is None else (raw.start - raw.beginning) // raw.width
    searched = fields["pattern"], fields["string"], fields["pos"], fields["endpos"]
    return make_scanner, (*searched, offset, fields["moves"])


def make_scanner(
    pattern: Any, text: Any, start: int, end: int, offset: int | None, moves: int
) -> Any:
    """Make a scanner that has come to an offset; None: to the end."""
    scanner = pattern.scanner(text, start, end)
    raw = SCANNER.checked(scanner)
    raw.start = None if offset is None else raw.beginning + offset * raw.width
    raw.moves = moves
    return scanner


def reduce_lexer(lexer: Any, pickler: Pickler) -> Any:
    """Reduce a scanner of Python to its rules; its pattern has no text of its own."""
    state = lexer.lexicon, lexer.scanner.flags
    return make_lexer, (), state, None, None, fill_lexer


def make_lexer() -> Any:
    """Make a scanner of Python without rules."""
    return object.__new__(re.Scanner)  # type: ignore[attr-defined]


def fill_lexer(lexer: Any, state: tuple[Any, int]) -> None:
    """Give a scanner of Python its rules."""
    lexicon, flags = state
    lexer.__init__(lexicon, flags)


REDUCERS: dict[type, Reducer] = {
    re.Match: reduce_match,
    re.Scanner: reduce_lexer,  # type: ignore[attr-defined]
    type(re.compile("").scanner("")): reduce_scanner,  # type: ignore[attr-defined]
}
