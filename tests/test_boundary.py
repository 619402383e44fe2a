"""The check at the top of marked loops, and the cells of live frames."""

import ast

import golden
import pytest
import stops

CHECK = "if _ar_due is not None:\n        _ar_boundary()\n"

LOOPS = {
    "for": (
        "for x in y:  # checkpoint\n    f(x)",
        "_ar_it_0 = _ar_iter(y)\ntry:\n    for x in _ar_it_0:\n        if _ar_due is not None:\n"
        "            _ar_boundary()\n        f(x)\nfinally:\n    _ar_it_0 = None",
    ),
    "while": ("while x:  # checkpoint\n    f(x)", "while x:\n    CHECK    f(x)"),
    "one line": ("while x: f(x)  # checkpoint", "while x:\n    CHECK    f(x)"),
    "else": (
        "while x:  # checkpoint\n    f(x)\nelse:\n    g()",
        "while x:\n    CHECK    f(x)\nelse:\n    g()",
    ),
    "only the marked one": (
        "while x:  # checkpoint\n    while y:\n        f(x)",
        "while x:\n    CHECK    while y:\n        f(x)",
    ),
}


@pytest.mark.parametrize(("before", "after"), LOOPS.values(), ids=LOOPS)
def test_marked_loops_are_given_a_check(before, after):
    golden.check_main(before, after.replace("CHECK", CHECK))


def test_a_module():
    after = """
_ar_it_0 = _ar_iter(y)
try:
    for x in _ar_it_0:
        if _ar_due is not None:
            _ar_boundary()
        f(x)
finally:
    _ar_it_0 = None
    del _ar_it_0
"""
    golden.check("for x in y:  # checkpoint\n    f(x)\n", after)


def test_a_loop_with_a_schedule_of_its_own_has_a_flag_of_its_own():
    golden.check_main(
        "while x:  # checkpoint every=30s\n    while y:  # checkpoint\n        f()",
        "while x:\n    if _ar_due_2 is not None:\n        _ar_boundary()\n    while y:\n"
        "        if _ar_due is not None:\n            _ar_boundary()\n        f()",
    )


CELLS = {
    "cell": (
        "a = 1\ndef g(): return a\nlive()",
        "def _ar_cells(): return (a,)\na = 1\ndef g(): return a\nlive()",
    ),
    "docstring": (
        "'''Text.'''\na = 1\ng = lambda: a\nlive()",
        "'''Text.'''\ndef _ar_cells(): return (a,)\na = 1\ng = lambda: a\nlive()",
    ),
    "several, sorted": (
        "c = b = 1\ndef g():\n    nonlocal b\n    b = c\nlive()",
        "def _ar_cells(): return (b, c)\nc = b = 1\ndef g():\n    nonlocal b\n    b = c\nlive()",
    ),
    "none": ("a = 1\nlive()", "a = 1\nlive()"),
    "not live": ("a = 1\ndef g(): return a", "a = 1\ndef g(): return a"),
}


@pytest.mark.parametrize(("before", "after"), CELLS.values(), ids=CELLS)
def test_cells_are_shown(before, after):
    golden.check_main(before, after)


def test_free_variables_are_shown_in_both_functions():
    before = "def f():\n    a = 1\n    def g():\n        return live(a)\n    return g()\n"
    after = before.replace("    a = 1", "    def _ar_cells(): return (a,)\n    a = 1")
    after = after.replace(
        "        return live", "        def _ar_cells(): return (a,)\n        return live"
    )
    golden.check(before, after)


def test_the_class_cell_is_shown():
    before = "class A:\n    def f(self):\n        super().f(live())\n"
    tree = golden.rewritten(before).tree
    assert "return (__class__,)" in ast.unparse(tree)


def test_private_cells_are_shown():
    before = (
        "class A:\n    def f(self):\n        __x = 1\n        g = lambda: __x\n        live()\n"
    )
    module = golden.rewritten(before)
    (function,) = (f for f in module.functions if f.code.co_name == "f")
    assert "_A__x" in function.code.co_cellvars
    assert "_A__x" in ast.unparse(module.tree)


def test_new_nodes_have_a_place_without_width():
    source = golden.in_main("a = 1\ng = lambda: a\nfor x in y:  # checkpoint\n    live()")
    tree = golden.rewritten(source).tree
    for name in ("_ar_boundary", "_ar_due"):
        (node,) = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name)
        assert (node.lineno, node.col_offset) == (node.end_lineno, node.end_col_offset) == (4, 4)


def test_the_boundary_is_called_only_when_one_is_due():
    source = "def main():\n    for i in range(5):  # checkpoint\n        log(i)\n    return i\n"
    run = stops.Run(golden.rewritten(source))
    names = run.names() | {"_ar_due": None}
    exec(run.module.code, names)
    assert names["main"]() == 4
    assert run.stops == 0
    names["_ar_due"] = True
    names["main"]()
    assert run.stops == 5


def test_the_boundary_stands_before_the_body_and_after_the_target():
    seen = []
    source = "def main():\n    for i in 'ab':  # checkpoint\n        seen.append(i)\n"
    module = golden.rewritten(source)
    import sys

    names = {"_ar_iter": iter, "_ar_due": True, "seen": seen}
    names["_ar_boundary"] = lambda: seen.append(("at", sys._getframe(1).f_locals["i"]))
    exec(module.code, names)
    names["main"]()
    assert seen == [("at", "a"), "a", ("at", "b"), "b"]
