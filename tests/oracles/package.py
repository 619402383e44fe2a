"""Run the tests that an installed package brings along, plain and rewritten, and compare.

``python package.py PACKAGE [--modes quiet,everywhere] [PART…]``, where PACKAGE has
its tests inside of it, as networkx and mpmath do. The package is rewritten, its test modules are
loaded by pytest as always. PART is a module or package below it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from oracles.compare import child_environment, differences
from oracles.rewriting import Finder


class Outcomes:
    """A plugin that notes how each test has ended."""

    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            text = report.longreprtext if report.failed else ""
            self.outcomes[report.nodeid] = [report.outcome, text]


def run(package, mode, arguments):
    """The outcomes of one run, in this process."""
    finder = Finder((package,), due=mode != "quiet", everywhere=mode == "everywhere")
    if mode != "plain":
        finder.install()
    plugin = Outcomes()
    command = ["-q", "-p", "no:cacheprovider", "--pyargs", *(arguments or [package])]
    pytest.main(command, plugins=[plugin])
    print(f"{len(finder.modules)} modules rewritten")
    return plugin.outcomes


def outcomes(package, mode, arguments):
    """The outcomes of one run, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "outcomes")
        done = subprocess.run(
            [sys.executable, __file__, package, "--into", output, "--modes", mode, *arguments],
            cwd=folder,
            env=child_environment(),
            capture_output=True,
            text=True,
        )
        print(mode, *done.stdout.splitlines()[-2:], sep="\n  ", flush=True)
        if not output.exists():
            return {"(all)": [f"status {done.returncode}", done.stderr]}
        return json.loads(output.read_text())


def main():
    """Print the differences."""
    parser = argparse.ArgumentParser()
    parser.add_argument("package")
    parser.add_argument("--modes", default="quiet,everywhere")
    parser.add_argument("--into", type=Path, help="write the outcomes of one mode")
    args, rest = parser.parse_known_args()
    if args.into:
        args.into.write_text(json.dumps(run(args.package, args.modes, rest)))
        return
    plain = outcomes(args.package, "plain", rest)
    for mode in args.modes.split(","):
        found = differences(plain, outcomes(args.package, mode, rest))
        print(f"{args.package} {mode}: {len(plain)} tests, {len(found)} differ")
        for test, before, after, text in found:
            print(f"  {test}: {before} -> {after}\n{text}", flush=True)


if __name__ == "__main__":
    main()
