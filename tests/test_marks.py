"""Marks that are calls: what is one, what is none, and what is refused."""

import subprocess
import sys
from textwrap import dedent

import golden
import pytest
import stops

import autoresume
from autoresume.transforms import SourceError, parse


def marked_lines(source):
    return sorted(node.lineno for node in parse(dedent(source).encode(), "sample.py").marked)


MARKS = {
    "package": ("import autoresume\nautoresume.checkpoint()\n", [2]),
    "other name": ("import autoresume as ar\nar.checkpoint()\n", [2]),
    "function": ("from autoresume import checkpoint\ncheckpoint()\n", [2]),
    "renamed": ("from autoresume import checkpoint as cp\ncp()\n", [2]),
    "all names": ("from autoresume import *\ncheckpoint()\nfor x in loop(y): pass\n", [2, 3]),
    "submodule": ("import autoresume.errors\nautoresume.checkpoint()\n", [2]),
    "loop": ("import autoresume\nfor x in autoresume.loop(y): pass\n", [2]),
    "loop and comment": (
        "from autoresume import loop\nfor x in loop(y):  # checkpoint\n    1\n",
        [2],
    ),
    "imported inside": ("def f():\n    import autoresume\n    autoresume.checkpoint()\n", [3]),
    "imported around": (
        "import autoresume\ndef f():\n    if 1:\n        autoresume.checkpoint()\n",
        [4],
    ),
    "imported later": ("def f():\n    cp()\nfrom autoresume import checkpoint as cp\n", [2]),
    "fallback": (
        """\
        try:
            from autoresume import checkpoint
        except ImportError:
            def checkpoint(): pass
        checkpoint()
        """,
        [5],
    ),
    "global": (
        "import autoresume\ndef f():\n    global autoresume\n    autoresume.checkpoint()\n",
        [4],
    ),
}
NO_MARKS = {
    "not imported": "autoresume.checkpoint()\ncheckpoint()\n",
    "another module": "from keras import checkpoint\ncheckpoint()  # autoresume\n",
    "a method": "import autoresume\nmodel.checkpoint()\nself.autoresume.checkpoint()\n",
    "a parameter": "import autoresume\ndef f(autoresume):\n    autoresume.checkpoint()\n",
    "a local function": (
        "from autoresume import loop\ndef f():\n    def loop(x): pass\n    for x in loop(1): 1\n"
    ),
    "a class's name": (
        "class A:\n    from autoresume import checkpoint\n    def f(self):\n        checkpoint()\n"
    ),
    "a relative import": "from .autoresume import checkpoint\ncheckpoint()\n",
    "a submodule": "import autoresume.marks as m\nm.checkpoint()\n",
}
REFUSED = {
    "a value": ("import autoresume\nx = autoresume.checkpoint()\n", 2, 4, "statement of its own"),
    "passed on": (
        "from autoresume import checkpoint\nf(checkpoint)\n",
        2,
        2,
        "statement of its own",
    ),
    "arguments": ("import autoresume as ar\nar.checkpoint(1)\n", 2, 0, "without arguments"),
    "in a lambda": (
        "from autoresume import checkpoint as c\nf = lambda: c()\n",
        2,
        12,
        "statement of its own",
    ),
    "a wrapped loop": (
        "import autoresume\nfor x in enumerate(autoresume.loop(y)): pass\n",
        2,
        19,
        "all that a `for`",
    ),
    "a comprehension": ("import autoresume\n[x for x in autoresume.loop(y)]\n", 2, 12, "all that"),
    "two arguments": (
        "from autoresume import loop\nfor x in loop(y, z): pass\n",
        2,
        9,
        "one argument",
    ),
    "two meanings": (
        "from autoresume import checkpoint\nif x:\n    checkpoint = 1\ncheckpoint()\n",
        4,
        0,
        "something else",
    ),
}


@pytest.mark.parametrize(("source", "lines"), MARKS.values(), ids=MARKS)
def test_marks(source, lines):
    assert marked_lines(source) == lines


@pytest.mark.parametrize("source", NO_MARKS.values(), ids=NO_MARKS)
def test_no_marks(source):
    assert marked_lines(source) == []


@pytest.mark.parametrize(("source", "line", "column", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(source, line, column, words):
    with pytest.raises(SourceError, match=words) as caught:
        parse(source.encode(), "sample.py")
    assert (caught.value.lineno, caught.value.column) == (line, column)


def test_a_place_that_is_not_supported():
    source = "import autoresume\nasync def f():\n    autoresume.checkpoint()\n"
    with pytest.raises(SourceError, match="a boundary inside") as caught:
        parse(source.encode(), "sample.py")
    assert caught.value.lineno == 3


def test_what_a_call_becomes():
    before = "import autoresume\nautoresume.checkpoint()\n"
    golden.check(before, "import autoresume\nif _ar_due is not None:\n    _ar_boundary()\n")


def test_what_a_loop_becomes():
    before = "from autoresume import loop\ndef f(y):\n    for x in loop(y): g(x)\n"
    after = """
from autoresume import loop
def f(y):
    _ar_it_0 = _ar_iter(loop(y))
    try:
        for x in _ar_it_0:
            if _ar_due is not None:
                _ar_boundary()
            g(x)
    finally:
        _ar_it_0 = None
"""
    golden.check(before, after)


def test_the_rest_after_calls():
    stops.check(
        """
from autoresume import checkpoint as cp


def main():
    log("begin")
    cp()
    for i in range(3):
        if i == 1:
            cp()
            log("one")
        with_value = live(i) + i
        try:
            cp()
            if i == 2:
                raise KeyError(with_value)
        except KeyError:
            log("caught")
        finally:
            log("last")
    while True:
        cp()
        break
    return with_value
""",
        least=7,
    )


def test_under_plain_python_they_do_nothing():
    items = [1, 2]
    assert autoresume.checkpoint() is None
    assert autoresume.loop(items) is items


def test_importing_them_imports_little():
    code = (
        "import sys, autoresume; autoresume.checkpoint(); autoresume.loop(()); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("autoresume")}
    assert loaded == {"autoresume", "autoresume.marks"}
