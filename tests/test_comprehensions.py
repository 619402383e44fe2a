"""Comprehensions that may lead to a boundary become functions; others stay as they are."""

import inspect
from types import FunctionType

import golden
import pytest

BEFORE_AND_AFTER = {
    "list": (
        "x = [live(y) for y in z]",
        """
        def comp_0(first):
            result = []
            it_1 = _ar_iter(first)
            try:
                for y in it_1:
                    item = live(y)
                    result.append(item)
            finally:
                it_1 = None
            return result
        x = comp_0(z)
        """,
    ),
    "any": (
        "x = any(live(y) for y in z if y)",
        """
        def comp_0(first):
            pass
            it_1 = _ar_iter(first)
            try:
                for y in it_1:
                    if y:
                        if live(y):
                            return True
            finally:
                it_1 = None
            return False
        x = comp_0(z)
        """,
    ),
    "the first iterable": ("x = [y for y in live()]", "x = [y for y in live()]"),
    "no live call": ("x = [f(y) for y in z]", "x = [f(y) for y in z]"),
}
GENERATED = ("comp_0", "first", "result", "item")


@pytest.mark.parametrize(("before", "after"), BEFORE_AND_AFTER.values(), ids=BEFORE_AND_AFTER)
def test_before_and_after(before, after):
    after = after.replace("it_1", "_ar_it_1")
    for name in GENERATED:
        after = after.replace(name, f"_ar_v_{name}")
    golden.check_main(before, after)


def test_a_name_that_is_no_built_in_function_here():
    body = "def sum(xs):\n    return xs\nx = sum(live(y) for y in z)"
    (comp,) = (
        function
        for function in golden.rewritten(golden.in_main(body)).functions
        if function.code.co_name == "_ar_v_comp_0"
    )
    assert inspect.isgeneratorfunction(FunctionType(comp.code, {}))


def test_assignments_in_a_comprehension_go_where_they_are_declared():
    body = "global g, __p\n[(g := live(1), h := 2, _C__p := 3) for _ in (1,)]\nlog(h)"
    method = golden.in_main(body).replace("\n", "\n    ")
    found = []
    names = {"live": lambda value: value, "log": found.append, "_ar_iter": iter}
    exec(golden.rewritten(f"class C:\n    {method}").code, names)
    names["C"].main()
    assert (names["g"], names["_C__p"], found) == (1, 3, [2])


def test_an_assignment_in_a_comprehension_reaches_the_function_around_it():
    tree = golden.rewritten(golden.in_main("x = [(y := live(z)) for z in a]\nlog(y)")).tree
    found = []
    names = {"live": lambda value: value + 1, "a": [1, 2], "log": found.append, "_ar_iter": iter}
    exec(compile(tree, "sample", "exec"), names)
    names["main"]()
    assert found == [3]


def test_a_comprehension_of_several_lines_where_append_may_lead_to_a_boundary():
    source = "def append(x):\n    return live(x)\ny = [\n    live(x)\n    for x in z\n]\n"
    golden.rewritten(source)
