"""Matches of regular expressions, which are looked for again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autoresume.errors import Unsaveable
from autoresume.pickling.tables import Reducer

if TYPE_CHECKING:
    from autoresume.pickling.pickler import Pickler


def reduce_match(match: re.Match[Any], pickler: Pickler) -> Any:
    """Reduce a match to the pattern, what it was looked for in, and how it is found again."""
    searched = match.re, match.string, match.pos, match.endpos
    for number, found in enumerate(_candidates(*searched)):
        if found is not None and found.regs == match.regs and found.lastindex == match.lastindex:
            return find_again, (*searched, number)
    raise Unsaveable("a match whose text has changed; make it inside of the loop's body")


def find_again(pattern: re.Pattern[Any], text: Any, start: int, end: int, number: int) -> Any:
    """Return one of the matches that there can be."""
    for index, found in enumerate(_candidates(pattern, text, start, end)):
        if index == number:
            return found
    raise AssertionError("the same text has the same matches")


def _candidates(
    pattern: re.Pattern[Any], text: Any, start: int, end: int
) -> Iterator[re.Match[Any] | None]:
    yield pattern.match(text, start, end)
    yield pattern.fullmatch(text, start, end)
    yield from pattern.finditer(text, start, end)


REDUCERS: dict[type, Reducer] = {re.Match: reduce_match}
