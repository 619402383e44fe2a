"""Which snapshots stay."""

from __future__ import annotations

from collections.abc import Mapping

from autoresume.transforms.records import NamedTuple

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_STEPS = ((5 * _MINUTE, 0.0), (_HOUR, 5 * _MINUTE), (_DAY, _HOUR))
"""Up to each age, the spacing of the history, in seconds; what is older stands a day apart."""


class Retention(NamedTuple):
    """Keep the last `last` snapshots, and a history of the last `history` seconds that thins out.

    Of the last five minutes the history has every snapshot, then one in five minutes, after an
    hour one in an hour, after a day one in a day.
    """

    last: int = 3
    history: float = 0.0

    def kept(self, times: Mapping[int, float], now: float) -> set[int]:
        """Return the numbers that stay, of snapshots by number and time of their making.

        Times are in seconds. They only decide over the history: clocks may be set back.
        """
        numbers = sorted(times)
        kept = set(numbers[-self.last :])
        seen: set[tuple[float, float]] = set()
        for number in numbers:
            age = max(now - times[number], 0.0)
            if age > self.history:
                continue
            spacing = _spacing(age)
            slot = (spacing, times[number] // spacing if spacing else number)
            # The first one in a slot: it stays the first, whatever comes.
            if slot not in seen:
                seen.add(slot)
                kept.add(number)
        return kept


def _spacing(age: float) -> float:
    return next((spacing for limit, spacing in _STEPS if age <= limit), _DAY)
