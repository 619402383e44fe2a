"""Tables of results, for a terminal and for a page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from measure import BYTES, SECONDS, Results, Series, Summary, ratio

HEADER = ("case", "way", "median", "range", "ratio", "range")


@dataclass
class Table:
    """Texts in rows, below a title."""

    title: str
    rows: list[tuple[str, ...]]
    header: tuple[str, ...] = HEADER


def tables(results: Results) -> Iterator[Table]:
    """A table for all that was measured in one suite of one thing."""
    groups: dict[str, Table] = {}
    for series in results.series:
        title = f"{series.suite}: {series.what}"
        table = groups.setdefault(title, Table(title, []))
        table.rows.append(_row(results, series))
    yield from groups.values()


def _row(results: Results, series: Series) -> tuple[str, ...]:
    own = Summary.of(series.values)
    show = quantity(own.median or own.high, series.unit)
    start = series.case, series.way, show(own.median), f"{show(own.low)} to {show(own.high)}"
    reference = results.reference(series)
    if reference is None or not any(reference.values):
        return *start, "", ""
    compared = ratio(series, reference)
    if reference is series:
        return *start, "1", ""
    return *start, number(compared.median), f"{number(compared.low)} to {number(compared.high)}"


_STEPS = {
    SECONDS: ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    BYTES: ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
}


def quantity(size: float, unit: str) -> Callable[[float], str]:
    """How to write numbers of about this size."""
    steps = _STEPS[unit]
    factor, name = next((step for step in steps if abs(size) >= step[0]), steps[-1])
    return lambda value: f"{number(value / factor)} {name}"


def number(value: float) -> str:
    """Three digits that matter."""
    if value == 0:
        return "0"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plain(table: Table) -> str:
    """The table for a terminal."""
    rows = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join([table.title, *lines, ""])


def markdown(table: Table) -> str:
    """The table for a page."""
    rows = [table.header, ("---",) * len(table.header), *table.rows]
    lines = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([*lines, ""])


def crossed(results: Results) -> Iterator[Table]:
    """The same, with cases and ways crossed: the longer of both lists goes down the page."""
    groups: dict[str, list[Series]] = {}
    for series in results.series:
        groups.setdefault(f"{series.suite}: {series.what}", []).append(series)
    for title, group in groups.items():
        cells = {(series.case, series.way): _cell(results, series) for series in group}
        cases, ways = (list(dict.fromkeys(names)) for names in zip(*cells, strict=True))
        if len(ways) > len(cases):
            rows = [(way, *(cells.get((case, way), "") for case in cases)) for way in ways]
            yield Table(title, rows, ("", *cases))
        else:
            rows = [(case, *(cells.get((case, way), "") for way in ways)) for case in cases]
            yield Table(title, rows, ("", *ways))


def _cell(results: Results, series: Series) -> str:
    """The median; the ratio to the reference, or else the range."""
    _, _, median, spread, compared, compared_spread = _row(results, series)
    if compared:
        return f"{median}: {compared} ({compared_spread})" if compared_spread else median
    return f"{median} ({spread})"
