"""Which functions run as they were written, though they can be live at a boundary."""

from textwrap import dedent

import pytest

from autoresume.transforms import find_reach, parse, rewrite

LIVE = """
def live(x=0):
    for i in range(x):  # checkpoint
        pass


class Thing:
    @property
    def value(self):
        return live()

    def __matmul__(self, other):
        return live(other)

    def method(self):
        return live()


def items():
    yield live()

"""


def as_written(body):
    source = (
        LIVE + "def function(a, b):\n" + "".join(f"    {x}\n" for x in dedent(body).split("\n"))
    )
    parsed = parse(source.encode(), "module.py")
    module = rewrite(parsed, find_reach([parsed.facts]), reads_stack=True)
    return "function" in {getattr(scope, "name", "") for scope in module.as_written}


@pytest.mark.parametrize(
    "body",
    [
        "return a + live(b)",
        "a.x += [b, live(a)][live(b)]",
        "for x in a:\n    live(x, y=live(b))",
        "while live(a) < b < live(b):\n    f'{a}{live(b)}'",
        "try:\n    return a.c.method(live())\nfinally:\n    print(b)",
        "return a.value and b[1 : live(a) : 2]",
        "for x in items():\n    for y in a:\n        b += live(y)",
        "for x in a:  # checkpoint\n    if x:\n        continue\nelse:\n    live()",
    ],
)
def test_what_lies_on_the_value_stack_needs_no_name(body):
    assert as_written(body)


@pytest.mark.parametrize(
    "body",
    [
        "return a[b](live())",  # nothing tells what is called
        "return a.c.value",
        "return [a, *b, live()]",
        "return {a: live()}",
        "with a:\n    live()",
        "try:\n    a()\nexcept ValueError:\n    live()",
        "try:\n    a()\nfinally:\n    live()",
        "return Thing() @ a",
        "return [live(x) for x in a]",
        "a[live()] = b",
        "yield live()",
        "return max(a, key=live)",
    ],
)
def test_what_it_does_not_show_is_spilled(body):
    assert not as_written(body)


def test_a_module_has_a_model_of_each_such_function():
    source = (LIVE + "def function():\n    return 1 * live(), 'x', live()\n").encode()
    parsed = parse(source, "module.py")
    module = rewrite(parsed, find_reach([parsed.facts]), reads_stack=True)
    (function,) = (f for f in module.functions if f.code.co_name == "function")
    assert function.code.co_varnames == ()
    model = function.model
    assert model.runs is function.code
    assert model.code.co_varnames == ("_ar_op_0_1",)
    assert model.model is model
    assert model.digest == function.digest
