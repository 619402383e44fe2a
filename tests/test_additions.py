"""What an edit has added at the top level of a module is made when a run resumes."""

import golden
import pytest

from autoresume.transforms.additions import added_definitions


def added(source, *present):
    """The names that are added, and the globals after their code has run."""
    found = added_definitions(golden.rewritten(source), set(present))
    if found is None:
        return None, {}
    names, code = found
    namespace = {"__name__": "__main__", "d": lambda function: function}
    exec(code, namespace)
    return names, namespace


NEW = {
    "function": ("def f(): return 1\n", ["f"]),
    "async function": ("async def f(): return 1\n", ["f"]),
    "class": ("class A:\n    x = 1\n", ["A"]),
    "import": ("import math\n", ["math"]),
    "import of a submodule": ("import os.path\n", ["os"]),
    "import under a name": ("import os.path as p, math\n", ["math", "p"]),
    "import from": ("from math import sin, cos as c\n", ["c", "sin"]),
    "several": ("import math\ndef g(): return 1\ndef f(x=g()): return x\n", ["f", "g", "math"]),
    "decorated": ("@d\ndef f(): return 1\n", ["f"]),
}


@pytest.mark.parametrize(("source", "names"), NEW.values(), ids=NEW)
def test_definitions_that_are_new(source, names):
    found, namespace = added(source + "x = 1 / 0\n")
    assert found == names
    assert set(names) <= namespace.keys()
    assert "x" not in namespace


@pytest.mark.parametrize(("source", "names"), NEW.values(), ids=NEW)
def test_definitions_that_are_there_are_not_made_again(source, names):
    assert added(source, *names) == (None, {})


OTHERS = {
    "assignments": "x = 1\n",
    "statements": "print(1 / 0)\nfor i in []: pass\n",
    "inner functions": "if x:\n    def f(): pass\n",
    "the future": "from __future__ import annotations\n",
    "everything": "from math import *\n",
    "nothing": "",
}


@pytest.mark.parametrize("source", OTHERS.values(), ids=OTHERS)
def test_other_statements_are_not_run_again(source):
    assert added(source) == (None, {})


def test_only_what_is_new():
    names, namespace = added("def f(): return 1\ndef g(): return 2\n", "f")
    assert names == ["g"]
    assert "f" not in namespace


def test_a_name_added_to_an_import():
    names, namespace = added("from math import sin, cos\nimport os, sys\n", "sin", "os")
    assert names == ["cos", "sys"]
    assert "sin" not in namespace


def test_new_functions_have_the_code_of_the_module():
    source = "def f():\n    for i in range(3):  # checkpoint\n        log(i)\n"
    module = golden.rewritten(source)
    _, code = added_definitions(module, set())
    namespace = {}
    exec(code, namespace)
    assert namespace["f"].__code__ in [function.code for function in module.functions]
    assert any(namespace["f"].__code__ is function.code for function in module.functions)
