"""A snapshot that one Python has taken is resumed by another, in every direction.

``AUTORESUME_TEST_PYTHONS`` names the interpreters, separated as in PATH; each can import the
package, or has what it depends on. With it, all programs are tried, each in one direction, which
``--sample-seed`` chooses; with ``--boundaries all`` in every one.
"""

import functools
import itertools
import os
import random
import re
import sys

import crash

PYTHONS = os.environ.get("AUTORESUME_TEST_PYTHONS", "").split(os.pathsep)
PAIRS = list(itertools.permutations(filter(None, PYTHONS), 2)) or [(sys.executable,) * 2]
FEW = ["generated_methods", "state_of_all_sorts"]
PROGRAMS = list(crash.all_programs()) if any(PYTHONS) else FEW
STEPS = (1, 4, 13)

REFUSED = re.compile(
    r"autoresume: error: (.*/lib/python3.* in \S+: the source around this line has changed"
    r"|the snapshot holds a generator of \w+ in \w+, which this version of the library)"
)
"""A function of Python's own library that stands in the middle and is another one there."""


def run(python, program, place, *options):
    env = crash.environment(PYTHONPATH=str(crash.HERE.parent))
    args = crash.arguments_of(program)
    command = [python, "-m", "autoresume", "--store", str(place.store), "--every", "1"]
    return crash.run([*command, *options, str(program), *args], place.cwd, env)


@functools.cache
def plain(python, program, folder):
    place = crash.Place.under(folder)
    args = crash.arguments_of(program)
    return crash.run([python, str(program), *args], place.cwd)


def compare(outcomes, plains, what):
    """Check a run of several processes; a line is as one of the Pythons has it."""
    told = what + "".join(f"\n--- {outcome.stderr}" for outcome in outcomes)
    if outcomes[-1].status == 2 and REFUSED.search(outcomes[-1].stderr):
        return
    assert outcomes[-1].status == plains[-1].status, told
    lines = b"".join(outcome.stdout for outcome in outcomes).splitlines()
    either = [one.stdout.splitlines() for one in plains]
    assert [len(lines)] * len(plains) == list(map(len, either)), told
    for line, *expected in zip(lines, *either, strict=True):
        assert line in expected, f"{told}\n{line!r} is none of {expected}"


def pytest_generate_tests(metafunc):
    cases = list(itertools.product(PAIRS, PROGRAMS))
    if metafunc.config.getoption("--boundaries") != "all":
        shift = random.Random(metafunc.config.getoption("--sample-seed")).randrange(len(PAIRS))
        turns = itertools.islice(itertools.cycle(PAIRS), shift, None)
        cases = list(zip(turns, PROGRAMS, strict=False))
    metafunc.parametrize(("pair", "name"), cases)


def test_a_snapshot_of_one_python_is_resumed_by_another_and_back(pair, name, tmp_path):
    first, second = pair
    program = crash.script_of(name)
    plains = [plain(first, program, tmp_path), plain(second, program, tmp_path)]
    for step in STEPS:
        place = crash.Place.under(tmp_path)
        outcomes = [run(first, program, place, "--crash-after", str(step))]
        if outcomes[0].status != crash.KILLED:
            break
        outcomes.append(run(second, program, place, "--crash-after", "2"))
        if outcomes[-1].status == crash.KILLED:
            outcomes.append(run(first, program, place))
        compare(outcomes, plains, f"{name} {first} -> {second}, killed at {step}")
