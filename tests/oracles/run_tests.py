"""Run one of Python's own test modules, and write the outcome of each test as JSON.

``python run_tests.py MODE MODULE OUTPUT``, where MODE is ``plain``, ``quiet`` (every
loop has a boundary that is not due), ``due`` (it is, and does nothing) or ``everywhere`` (also,
all is spilled).
"""

import json
import sys
import unittest

MODES = ("plain", "quiet", "due", "everywhere")


class Outcomes(unittest.TestResult):
    """Notes how each test, and each part of it, has ended."""

    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def note(self, test, outcome, text=""):
        """The worst of several outcomes of one test is the last that is noted."""
        self.outcomes[test.id()] = [outcome, text]

    def addSuccess(self, test):
        self.outcomes.setdefault(test.id(), ["ok", ""])

    def addFailure(self, test, error):
        self.note(test, "failed", self._exc_info_to_string(error, test))

    def addError(self, test, error):
        self.note(test, "error", self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        self.note(test, "skipped")

    def addExpectedFailure(self, test, error):
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.note(test, "unexpected success")

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(test, "failed", self._exc_info_to_string(error, test))


def run(mode, module):
    """The outcomes of all tests of a module."""
    from test import support

    support.use_resources = ()
    names = (f"test.{module}",)
    finder = None
    if mode != "plain":
        from oracles.rewriting import Finder

        finder = Finder(names, due=mode != "quiet", everywhere=mode == "everywhere")
        finder.install()
    result = Outcomes()
    unittest.defaultTestLoader.loadTestsFromName(names[0]).run(result)
    if finder is not None and not finder.modules:
        raise ImportError(f"{names[0]} was not rewritten")
    return result.outcomes


if __name__ == "__main__":
    _, mode, module, output = sys.argv
    sys.argv[1:] = []
    found = run(mode, module)
    with open(output, "w") as file:
        json.dump(found, file)
