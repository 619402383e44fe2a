"""Python's own test modules do rewritten what they do plainly.

``--stdlib 5`` adds five more modules, chosen by ``--sample-seed``; ``--stdlib all`` adds all.
"""

import importlib.util
import random
from pathlib import Path

import pytest
from oracles import compare
from oracles.modules import ALWAYS, EXPECTED, LANGUAGE, LIBRARY
from oracles.residuals import make_all


def pytest_generate_tests(metafunc):
    """One test for each module that this Python has; some come without."""
    if "module" not in metafunc.fixturenames:
        return
    option = metafunc.config.getoption
    more = [*LANGUAGE, *LIBRARY]
    if option("--stdlib") != "all":
        chosen = random.Random(option("--sample-seed"))
        more = chosen.sample(more, int(option("--stdlib")))
    metafunc.parametrize("module", [name for name in [*ALWAYS, *more] if compare.is_there(name)])


@pytest.mark.parametrize("mode", ["quiet", "everywhere"])
def test_a_module_ends_as_it_does_plainly(module, mode):
    plain = compare.outcomes("plain", module)
    found = compare.unexpected(module, plain, compare.outcomes(mode, module))
    assert not found, "\n".join(f"{test}: {was} -> {now}\n{text}" for test, was, now, text in found)


def test_the_rest_of_a_module_can_be_made_from_everywhere(module):
    filename = importlib.util.find_spec(f"test.{module}").origin
    counts = make_all(Path(filename).read_bytes(), filename)
    assert counts["places"] > 20 * (counts.total() - counts["places"])


def test_the_table_names_modules_that_are_tried():
    assert EXPECTED.keys() <= {*ALWAYS, *LANGUAGE, *LIBRARY}
