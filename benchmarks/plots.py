"""Plots of results: needs matplotlib, which ``pip install 'autoresume[bench]'`` brings."""

from itertools import groupby
from pathlib import Path

from measure import BYTES, SECONDS, Results, Series, Summary

UNITS = {SECONDS: "seconds", BYTES: "bytes"}


def draw(results: Results, folder: Path) -> None:
    """Draw everything that was measured: a picture for each suite and what was measured in it."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    series = sorted(results.series, key=_group)
    for (suite, what, unit), group in groupby(series, _group):
        figure, axes = pyplot.subplots(figsize=(9, 6), layout="constrained")
        grows = suite.startswith("growth")
        (_draw_growth if grows else _draw_bars)(axes, list(group))
        axes.set_title(f"{suite}: {what}")
        axes.set(**{"ylabel" if grows else "xlabel": UNITS[unit]})
        figure.savefig(folder / f"{suite}-{what}.png".replace(" ", "-").replace(",", ""), dpi=120)
        pyplot.close(figure)


def _group(series: Series) -> tuple[str, str, str]:
    return series.suite, series.what, series.unit


def _draw_growth(axes, group: list[Series]) -> None:
    """A line for each way, over the size of the state."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for series in group:
        point = int(series.case.split()[0]), Summary.of(series.values).median
        lines.setdefault(series.way, []).append(point)
    for way, points in lines.items():
        axes.plot(*zip(*sorted(points), strict=True), marker="o", label=way)
    axes.set(xscale="log", yscale="log", xlabel="MiB")
    axes.legend()


def _draw_bars(axes, group: list[Series]) -> None:
    """A bar for each way and case, from the lowest to the highest around the median."""
    found = [Summary.of(series.values) for series in group]
    names = [f"{series.case}: {series.way}" for series in group]
    spread = [[s.median - s.low for s in found], [s.high - s.median for s in found]]
    own = ("autoresume", "marked", "rewritten")
    colors = ["C1" if series.way in own else "C0" for series in group]
    axes.barh(names, [s.median for s in found], xerr=spread, color=colors)
    axes.invert_yaxis()
    axes.tick_params(labelsize=6)
