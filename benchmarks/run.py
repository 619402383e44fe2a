"""Measure what autoresume costs, side by side with plain runs and with other tools.

    python benchmarks/run.py [--quick] [--only NAME…] [--json FILE] [--plots FOLDER] [--dir FOLDER]

Everything is done in turn, after once that is not counted, so that what disturbs the machine
disturbs all; ratios are of the same repetition. Printed are medians and ranges. ``--json`` keeps
every single time, and what of other suites the file has already, so that these can be measured one
after the other; ``python benchmarks/page.py FILE`` puts its tables into docs/performance.md.
"""

import argparse
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import calls
import images
import limits
import loops
import machine
import scale
import snapshots
import starts
import wholes
from measure import Results
from tables import plain, tables

SUITES = {
    "limits": limits.measure,
    "loops": loops.measure,
    "calls": calls.measure,
    "starts": starts.measure,
    "snapshots": snapshots.measure,
    "growth": snapshots.measure_growth,
    "images": images.measure,
    "wholes": wholes.measure,
    "long": wholes.measure_long,
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
    parser.add_argument("--json", type=Path, help="keep everything in this file, suite by suite")
    parser.add_argument("--plots", type=Path, help="draw into this folder; needs matplotlib")
    parser.add_argument("--dir", type=Path, default=Path(), help="the disk to write to")
    options = parser.parse_args()
    if options.plots and not find_spec("matplotlib"):
        parser.error("--plots needs matplotlib: pip install 'autoresume[bench]'")
    return options


def begun(options: argparse.Namespace) -> Results:
    """What the file has already, if it is of this machine, this software and this size."""
    about = {**machine.describe(options.dir), "scale": options.scale.lower()}
    if options.json is None or not options.json.exists():
        return Results(about, machine.missing())
    found = Results.read(options.json)
    differ = [name for name in about if found.about.get(name) != about[name]]
    if differ:
        sys.exit(f"{options.json} was measured with another {', '.join(differ)}: name another file")
    return found


def measure(name: str, results: Results, options: argparse.Namespace) -> None:
    """Measure a suite, and print it."""
    results.drop(name)
    about, start = machine.now(), time.perf_counter()
    with tempfile.TemporaryDirectory(dir=options.dir, prefix="benchmark-") as folder:
        SUITES[name](results, getattr(scale, options.scale), Path(folder).absolute())
    seconds = round(time.perf_counter() - start)
    results.parts[name] = {"seconds": seconds, **about}
    print(*map(plain, tables(results.of(name))), sep="\n", flush=True)
    print(f"{name} took {seconds} s\n", file=sys.stderr)


def main() -> None:
    options = parsed()
    results = begun(options)
    for name in options.only:
        measure(name, results, options)
        if options.json:
            results.write(options.json)
    print(f"Missing here: {', '.join(results.missing) or 'nothing'}")
    print(*(f"Unable: {one.what}: {one.why}" for one in results.unable), sep="\n")
    if options.plots:
        import plots

        plots.draw(results, options.plots)


if __name__ == "__main__":
    main()
