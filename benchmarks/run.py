"""Measure what autoresume costs, side by side with plain runs and with other tools.

    python benchmarks/run.py [--quick] [--only NAME…] [--json FILE] [--plots FOLDER] [--dir FOLDER]

Everything is done in turn, after once that is not counted, so that what disturbs the machine
disturbs all; ratios are of the same repetition. Printed are medians and ranges. ``--json`` keeps
every single time, of which ``python benchmarks/page.py FILE`` makes the tables of a page.
"""

import argparse
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import calls
import loops
import machine
import scale
import snapshots
import starts
import wholes
from measure import Results
from tables import plain, tables

SUITES = {
    "loops": loops.measure,
    "calls": calls.measure,
    "starts": starts.measure,
    "snapshots": snapshots.measure,
    "growth": snapshots.measure_growth,
    "wholes": wholes.measure,
}


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="scale", action="store_const", const="QUICK", default="FULL",
                      help="smaller states and fewer repetitions: minutes")  # fmt: skip
    size.add_argument("--tiny", dest="scale", action="store_const", const="TINY",
                      help="only to see that all of it runs")  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=SUITES, default=list(SUITES), metavar="NAME",
                        help=f"of {', '.join(SUITES)}")  # fmt: skip
    parser.add_argument("--json", type=Path, help="keep everything in this file")
    parser.add_argument("--plots", type=Path, help="draw into this folder; needs matplotlib")
    parser.add_argument("--dir", type=Path, default=Path(), help="the disk to write to")
    options = parser.parse_args()
    if options.plots and not find_spec("matplotlib"):
        parser.error("--plots needs matplotlib: pip install 'autoresume[bench]'")
    return options


def main() -> None:
    options = parsed()
    chosen = getattr(scale, options.scale)
    about = {**machine.describe(options.dir), "scale": options.scale.lower()}
    results = Results(about=about, missing=machine.missing())
    for name in options.only:
        start, done = time.perf_counter(), len(results.series)
        with tempfile.TemporaryDirectory(dir=options.dir, prefix="benchmark-") as folder:
            SUITES[name](results, chosen, Path(folder).absolute())
        part = Results(references=results.references, series=results.series[done:])
        print(*map(plain, tables(part)), sep="\n")
        print(f"{name} took {time.perf_counter() - start:.0f} s\n", file=sys.stderr)
        if options.json:
            results.write(options.json)
    print(f"Missing here: {', '.join(results.missing) or 'nothing'}")
    print(*(f"Unable: {what}: {error}" for what, error in results.unable), sep="\n")
    if options.plots:
        import plots

        plots.draw(results, options.plots)


if __name__ == "__main__":
    main()
