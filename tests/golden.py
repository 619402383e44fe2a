"""Source-to-source tests of the compiler: text before and text after.

Every sample is compiled together with a module that defines ``live``, a function with a marked
loop: a call of ``live`` is a call that can reach a boundary.
"""

import ast
import difflib
from textwrap import dedent

import pytest

from autoresume.show import rewritten_source
from autoresume.transforms import find_reach, parse, rewrite
from autoresume.transforms.markers import Loop
from autoresume.transforms.residual import Link, _Builder

LIVE = b"""
def live(value=None, *rest, **named):
    for _ in ():  # checkpoint
        pass
"""
FILENAME = "sample.py"


def rewritten(source):
    """The rewritten module of a sample."""
    parsed = parse(dedent(source).encode(), FILENAME)
    reach = find_reach([parsed.facts, parse(LIVE, "live.py").facts])
    return rewrite(parsed, reach)


def check(before, after):
    """Check that the module ``before`` is rewritten to ``after``."""
    check_same(rewritten(before).tree, after)


def check_main(before, after):
    """The same for the body of a function."""
    check(in_main(before), in_main(after))


def in_main(body, parameters=""):
    """A module with nothing but ``def main(): body``."""
    lines = "".join(f"    {line}\n" for line in dedent(body).strip("\n").splitlines())
    return f"def main({parameters}):\n{lines}"


def check_same(tree, after):
    """Check that a tree is what the text ``after`` parses to; show the sources if it is not."""
    expected = ast.parse(dedent(after))
    found = ast.parse(rewritten_source(tree))  # what is printed is what is compared
    if ast.dump(found) != ast.dump(expected):
        pytest.fail(_difference(expected, found))


def _difference(expected, found):
    texts = (rewritten_source(tree).splitlines() for tree in (expected, found))
    return "\n".join(difflib.unified_diff(*texts, "expected", "found", lineterm="", n=99))


def check_rest(before, after, link=Link.RETURN):
    """Check what remains of the body of a function.

    At its first call of ``live``; at the boundary of its first marked loop, if it has one.
    """
    function = main_of(rewritten(in_main(before)))
    check_rest_of(function, stop_of(function), after, link)


def check_rest_of(function, active, after, link=Link.RETURN):
    """The same for any function, at the node ``active``."""
    check_same(ast.Module(_Builder(function, active, link).body(), []), after)


def main_of(module):
    """The function ``main`` of a rewritten sample."""
    return next(function for function in module.functions if function.code.co_name == "main")


def stop_of(function):
    """The first marked loop of a function, or else the first call of ``live``."""
    nodes = sorted(function.numbering.places, key=_start)
    marked = (node for node in nodes if isinstance(node, Loop) and is_marked(node))
    calls = (node for node in nodes if isinstance(node, ast.Call) and _calls_live(node))
    return next(marked, None) or next(calls)


def is_marked(loop):
    """Whether a rewritten loop begins with the check of its boundary."""
    return ast.unparse(loop.body[0]).startswith("if _ar_due is not None:")


def _calls_live(node):
    return isinstance(node.func, ast.Name) and node.func.id == "live"


def _start(node):
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
