"""How often something is to happen: a number of iterations, or a time such as ``30s``."""

from __future__ import annotations

from .records import NamedTuple

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([smhd])"


class Every(NamedTuple):
    """At every ``count``-th iteration, or every ``seconds``: one of them is None."""

    count: int | None = None  # type: ignore[assignment]  # not that of tuples
    seconds: float | None = None


def read_every(text: str) -> Every:
    """Read ``100`` or ``30s``; raises ValueError with a reason."""
    if text.isascii() and text.isdigit() and int(text) > 0:
        return Every(count=int(text))
    try:
        return Every(seconds=read_seconds(text))
    except ValueError:
        raise ValueError(
            f"expected a number of iterations or a time such as 30s or 5m, not {text!r}"
        ) from None


def read_seconds(text: str) -> float:
    """Read a time with its unit, s, m, h or d; raises ValueError with a reason."""
    import re  # here, because few ask

    match = re.fullmatch(_TIME, text)
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"expected a time such as 30s, 5m, 6h or 2d, not {text!r}")
    return seconds
