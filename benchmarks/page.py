"""Put tables into docs/performance.md: ``python benchmarks/page.py RESULTS [PAGE]``.

A table goes between its comment, ``<!-- table: NAME -->``, and ``<!-- end -->``. A cell is a
median, and the median of the ratios to the reference of its table with their range; a cell without
a ratio is that of the reference itself, or has the range of the values.
"""

import re
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from calls import OWN
from measure import SECONDS, Results, Series, Summary, ratio
from starts import AGAIN, FIRST
from tables import Table, crossed, markdown, number, quantity

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
PLACE = re.compile(r"(<!-- table: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
NOTHING = "Not measured.\n"
MORE = "more than python, wall"


@dataclass(frozen=True)
class Aim:
    """What something should cost at most: of the same done in another way, or in seconds."""

    text: str
    bound: float
    suite: str
    case: str
    """What the names of the cases begin with."""
    what: str
    way: str = "autoresume"
    of: str = ""

    def found(self, results: Results) -> Summary | None:
        """The figure and its range; where there are many cases, the geometric mean."""
        figures = [self._figure(results, one) for one in results.series if self._includes(one)]
        known = [figure for figure in figures if figure is not None]
        if not known:
            return None
        middle = [figure.median for figure in known]
        mean = statistics.geometric_mean(middle) if middle[1:] else middle[0]
        return Summary(mean, min(one.low for one in known), max(one.high for one in known))

    def _includes(self, series: Series) -> bool:
        is_same = (series.suite, series.what, series.way) == (self.suite, self.what, self.way)
        return is_same and series.case.startswith(self.case)

    def _figure(self, results: Results, series: Series) -> Summary | None:
        if not self.of:
            return Summary.of(series.values)
        other = results.find(series.suite, series.case, series.what, self.of)
        return ratio(series, other) if other else None

    def row(self, found: Summary) -> tuple[str, ...]:
        show = number if self.of else quantity(self.bound, SECONDS)
        spread = f"{show(found.low)} to {show(found.high)}"
        return self.text, show(self.bound), show(found.median), spread


AIMS = [
    Aim("a marked loop, of a plain one", 1.10, "loops", "pass, under auto", "an iteration",
        "marked", "plain"),
    Aim("rewritten code with marks, of plain", 1.03, "calls", "own ", "a run", OWN, "plain"),
    Aim("with every loop marked, of plain", 1.03, "calls", "pyperf", "a run", OWN, "plain"),
    Aim("A, of a raw write", 0.8, "snapshots", "A:", "pause", of="raw"),
    Aim("B, of a raw write", 0.8, "snapshots", "B:", "pause", of="raw"),
    Aim("C, of pickle", 1.10, "snapshots", "C:", "pause", of="pickle"),
    Aim("D, of a raw write of the array", 1.2, "snapshots", "D:", "pause", of="raw"),
    Aim("E, bytes of a raw write", 0.03, "snapshots", "E:", "bytes", of="raw"),
    Aim("pause for A with `--fork`, of dill", 0.05, "snapshots --fork", "A:", "pause", of="dill"),
    Aim("resume of A, of loading with dill", 0.1, "snapshots", "A:", "load, warm", of="dill"),
    Aim("more to start without marks", 0.010, "starts", "no mark", MORE, FIRST),
    Aim("more to start with marks and numpy", 0.060, "starts", "marked, with", MORE, AGAIN),
    Aim("more to start a long script, first", 0.050, "starts", "marked, 2", MORE, FIRST),
    Aim("more to start a long script, again", 0.015, "starts", "marked, 2", MORE, AGAIN),
    Aim("two minutes of the heat equation, of plain", 1.02, "long", "heat", "a run", of="plain"),
]  # fmt: skip


def aims(results: Results) -> Table:
    """What was aimed at, and what was found."""
    found = [(aim, aim.found(results)) for aim in AIMS]
    rows = [aim.row(figure) for aim, figure in found if figure]
    return Table("aims", rows, ("", "at most", "found", "range"))


def machine(results: Results) -> Table:
    """What it was measured on."""
    rows = [(name, _text(value)) for name, value in results.about.items()]
    rows.append(("missing", ", ".join(results.missing) or "nothing"))
    return Table("machine", rows, ("", ""))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {text}" for name, text in value.items())
    if isinstance(value, int) and value > 1 << 20:
        return f"{value / 2**30:.1f} GiB"
    return str(value)


def parts(results: Results) -> Table:
    """How each suite was measured."""
    rows = [(name, *map(str, part.values())) for name, part in results.parts.items()]
    return Table("parts", rows, ("suite", "seconds", "load before", "commit"))


def unable(results: Results) -> Table:
    """What could not be done."""
    rows = list(dict.fromkeys((one.what, one.why) for one in results.unable))
    return Table("unable", rows, ("what", "why"))


def fill(page: str, results: Results) -> str:
    """The page with the tables of these results at their places."""
    own = (machine(results), parts(results), aims(results), unable(results))
    found = {table.title: markdown(table) for table in (*own, *crossed(results))}
    return PLACE.sub(lambda place: f"{place[1]}\n{found.get(place[2], NOTHING)}\n{place[3]}", page)


def main() -> None:
    page = Path(sys.argv[2]) if sys.argv[2:] else PAGE
    page.write_text(fill(page.read_text(), Results.read(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
