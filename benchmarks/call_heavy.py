"""What rewriting costs programs that mostly call, while no snapshot is due.

    python benchmarks/call_heavy.py [--rounds 15] [--all-loops] [PROGRAM…]

Each program of the folder ``call_heavy`` is run plain and rewritten in turn, in one process, so
that what disturbs the machine disturbs both; the time is that of the processor. The ratio is the
median of those of the rounds. With ``--all-loops`` every loop is taken for a marked one.
"""

import argparse
import platform
import statistics
import time
from pathlib import Path

from autoresume.provided import provide
from autoresume.rawframes import IS_READABLE
from autoresume.switches import IS_SWITCHABLE, SWITCHES
from autoresume.transforms import find_reach, parse, rewrite

FOLDER = Path(__file__).parent / "call_heavy"


def compiled(path, all_loops):
    """A program's namespaces: as it is, and rewritten."""
    source = path.read_bytes()
    parsed = parse(source, str(path), every_loop=all_loops)
    rewritten = rewrite(
        parsed, find_reach([parsed.facts]), reads_stack=IS_READABLE, switchable=IS_SWITCHABLE
    )
    provide(rewritten.names)
    SWITCHES.watch(rewritten.code, rewritten.names)
    SWITCHES.set(False)
    plain, other = {"__name__": "plain"}, {"__name__": "rewritten", rewritten.names.due: None}
    exec(compile(source, str(path), "exec"), plain)
    exec(rewritten.code, other)
    return plain, other


def seconds(main):
    """The time that one run takes."""
    start = time.process_time()
    main()
    return time.process_time() - start


def measure(path, rounds, all_loops):
    """Run a program plain and rewritten in turn; returns the ratios and the time of plain runs."""
    plain, other = compiled(path, all_loops)
    assert plain["main"]() == other["main"]()
    pairs = []
    for number in range(rounds):
        first, second = (plain, other) if number % 2 else (other, plain)
        times = seconds(first["main"]), seconds(second["main"])
        pairs.append(times if number % 2 else times[::-1])
    return [after / before for before, after in pairs], statistics.median(p for p, _ in pairs)


def main():
    """Print a line for each program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--all-loops", action="store_true")
    parser.add_argument("programs", nargs="*")
    args = parser.parse_args()
    print(f"CPython {platform.python_version()}, {args.rounds} rounds")
    medians = []
    for path in sorted(FOLDER.glob("*.py")):
        if args.programs and path.stem not in args.programs:
            continue
        ratios, plain = measure(path, args.rounds, args.all_loops)
        medians.append(statistics.median(ratios))
        spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        print(f"{path.stem:16} {1000 * plain:8.1f} ms   {medians[-1]:.3f}   {spread}")
    print(f"{'geometric mean':28} {statistics.geometric_mean(medians):.3f}")


if __name__ == "__main__":
    main()
