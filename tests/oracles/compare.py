"""Compare the outcomes of Python's own test modules, plain and rewritten.

``python compare.py [--modes quiet,everywhere] [MODULE…]`` prints the differences that are not
expected; without a module, those of all in the table.
"""

import argparse
import fnmatch
import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from oracles.modules import ALWAYS, EXPECTED, LANGUAGE, LIBRARY

HERE = Path(__file__).resolve().parent
TIMEOUT = 600.0


def is_there(module):
    """Whether this Python has its test module of that name."""
    try:
        return importlib.util.find_spec(f"test.{module}") is not None
    except ImportError:
        return False


def child_environment():
    """Every process orders its sets in the same way, and finds what is imported here."""
    path = f"{HERE.parent}:{HERE.parent.parent}:{os.environ.get('PYTHONPATH', '')}"
    return os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": path.rstrip(":")}


@functools.cache
def outcomes(mode, module, python=sys.executable):
    """The outcome and the traceback of every test of a module, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output, cwd = Path(folder, "outcomes"), Path(folder, "cwd")
        cwd.mkdir()
        done = subprocess.run(
            [python, str(HERE / "run_tests.py"), mode, module, str(output)],
            cwd=cwd,
            env=child_environment(),
            capture_output=True,
            timeout=TIMEOUT,
        )
        if not output.exists():
            text = done.stderr.decode(errors="replace")[-3000:]
            return {"(all)": [f"status {done.returncode}", text]}
        return json.loads(output.read_text())


def differences(plain, other):
    """The tests that end in different ways: name, outcome before and after, traceback after."""
    nothing = ["missing", ""]
    if "(all)" in other:
        plain = {name: found for name, found in plain.items() if name == "(all)"}
    return [
        (test, plain.get(test, nothing)[0], *other.get(test, nothing))
        for test in sorted({*plain, *other})
        if plain.get(test, nothing)[0] != other.get(test, nothing)[0]
    ]


def unexpected(module, plain, other):
    """The differences that have no reason in the table."""
    reasons = [f"test.{module}.{name}".rstrip(".") for name in EXPECTED.get(module, {})]
    return [
        found
        for found in differences(plain, other)
        if not any(fnmatch.fnmatchcase(found[0], reason) for reason in reasons)
    ]


def main():
    """Print the differences of some modules."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--modes", default="quiet,everywhere")
    parser.add_argument("modules", nargs="*")
    args = parser.parse_args()
    for module in filter(is_there, args.modules or [*ALWAYS, *LANGUAGE, *LIBRARY]):
        plain = outcomes("plain", module)
        for mode in args.modes.split(","):
            other = outcomes(mode, module)
            found = unexpected(module, plain, other)
            total = len(differences(plain, other))
            print(
                f"{module} {mode}: {len(plain)} tests, {total - len(found)} differ as expected, "
                f"{len(found)} differ",
                flush=True,
            )
            for test, before, after, text in found:
                print(f"  {test}: {before} -> {after}\n{text}", flush=True)


if __name__ == "__main__":
    main()
