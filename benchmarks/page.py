"""Print the tables of a page in Markdown: ``python benchmarks/page.py results.json``.

A cell is a median, and the median of the ratios to the reference of its table with their range; a
cell without a ratio is that of the reference itself, or has the range of the values.
"""

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from measure import Results, Series, ratio
from tables import Table, crossed, markdown, number


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

    def found(self, results: Results) -> list[float]:
        """The figures of all its cases."""
        cases = [s for s in results.series if self._includes(s)]
        return [figure for s in cases if (figure := self._figure(results, s)) is not None]

    def _includes(self, series: Series) -> bool:
        is_same = (series.suite, series.what, series.way) == (self.suite, self.what, self.way)
        return is_same and series.case.startswith(self.case)

    def _figure(self, results: Results, series: Series) -> float | None:
        if not self.of:
            return statistics.median(series.values)
        other = results.find(series.suite, series.case, series.what, self.of)
        return ratio(series, other).median if other else None


AIMS = [
    Aim("a marked loop, of a plain one", 1.10, "loops", "pass, under auto", "an iteration",
        "marked", "plain"),
    Aim("rewritten code, of plain", 1.03, "calls", "", "a run", "rewritten", "plain"),
    Aim("A, of a raw write", 0.8, "snapshots", "A:", "pause", of="raw"),
    Aim("B, of a raw write", 0.8, "snapshots", "B:", "pause", of="raw"),
    Aim("C, of pickle", 1.10, "snapshots", "C:", "pause", of="pickle"),
    Aim("D, of a raw write of the array", 1.2, "snapshots", "D:", "pause", of="raw"),
    Aim("E, bytes of a raw write", 0.03, "snapshots", "E:", "bytes", of="raw"),
    Aim("pause for A with --fork, of dill", 0.05, "snapshots --fork", "A:", "pause", of="dill"),
    Aim("resume of A, of loading with dill", 0.1, "snapshots", "A:", "load, warm", of="dill"),
    Aim("start without marks, seconds more", 0.010, "starts", "no mark", "more than python, wall"),
]  # fmt: skip


def aims(results: Results) -> Table:
    """What was aimed at, and what was found: the geometric mean where there are many."""
    rows = []
    for aim in AIMS:
        found = [one for one in aim.found(results) if one > 0]
        if found:
            rows.append((aim.text, number(aim.bound), number(statistics.geometric_mean(found))))
    return Table("Aims", rows, ("", "at most", "found"))


def machine(results: Results) -> Table:
    """What it was measured on."""
    rows = [(name, _text(value)) for name, value in results.about.items()]
    rows.append(("missing", ", ".join(results.missing)))
    return Table("The machine", rows, ("", ""))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {text}" for name, text in value.items())
    if isinstance(value, int) and value > 1 << 20:
        return f"{value / 2**30:.1f} GiB"
    return str(value)


def unable(results: Results) -> Table:
    """What could not be done."""
    rows = list(dict.fromkeys(map(tuple, results.unable)))
    return Table("What peers cannot save", rows, ("what", "error"))


def main() -> None:
    results = Results.read(Path(sys.argv[1]))
    for table in (machine(results), aims(results), *crossed(results), unable(results)):
        print(markdown(table))


if __name__ == "__main__":
    main()
