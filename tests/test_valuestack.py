"""The layout of the value stack, against what Python keeps."""

import ast
import textwrap

import pytest

from autoresume.transforms.residual import Unresumable
from autoresume.transforms.valuestack import layout

LAYOUTS = {
    "yield": [],
    "x = yield": [],
    "for x in f():\n    yield": ["iterator f()"],
    "for x in (yield):\n    f()": [],
    "for x in f():\n    g()\nelse:\n    yield": [],
    "while f():\n    if g():\n        yield": [],
    "with a, b() as c:\n    yield": ["exit a", "exit b()"],
    "with a, (yield) as c, d:\n    f()": ["exit a"],
    "try:\n    yield\nexcept E:\n    f()\nfinally:\n    g()": [],
    "try:\n    f()\nexcept E as e:\n    for x in y:\n        yield": ["handled", "iterator y"],
    "try:\n    f()\nexcept E:\n    g()\nelse:\n    yield": [],
    "match f():\n    case [a] if b:\n        yield": [],
    "x = f(a, b=c(), d=(yield))": ["callee f", "operand a", "operand c()"],
    "x = a.b(c, (yield))": ["callee a.b", "operand c"],
    "x = [a, b + (yield)]": ["operand a", "operand b"],
    "x = a < b < (yield)": ["operand b"],
    "x = a and b or (yield)": [],
    "x = a[b : (yield)]": ["operand a", "operand b"],
    "x = a[: (yield)]": ["operand a", "unused"],
    "x = f'{a}{(yield)}'": ["operand f'{a}'"],
    "a.b += yield": ["operand a", "operand a.b"],
    "a[b] += yield": ["operand a", "operand b", "operand a[b]"],
    "raise a from (yield)": ["operand a"],
    "for x in a:\n    y = b + (yield from c)": ["iterator a", "operand b", "delegate"],
}

UNKNOWN = [
    "try:\n    f()\nfinally:\n    yield",
    "try:\n    f()\nexcept* E:\n    yield",
    "try:\n    f()\nexcept (yield):\n    g()",
    "for a[(yield)] in b:\n    f()",
    "with a as b[(yield)]:\n    f()",
    "match a:\n    case b if (yield):\n        f()",
    "a[(yield)] = b",
    "del a[(yield)]",
    "assert a, (yield)",
    "x = f(*a, (yield))",
    "x = f(**a, b=(yield))",
    "x = [*a, (yield)]",
    "x = {a: b, c: (yield)}",
    "x = '%s' % (yield)",
    "x = [y for y in (yield)]",
    "x = f'{a:{(yield)}}'",
    "a[b:c] += yield",
    "x = f(a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, (yield))",
    "@(yield)\ndef f(): pass",
    "def f(a=(yield)): pass",
    "class A((yield)): pass",
]


def parsed(body):
    (scope,) = ast.parse(f"def f():\n{textwrap.indent(body, '    ')}").body
    nodes = [node for node in ast.walk(scope) if isinstance(node, ast.Yield | ast.YieldFrom)]
    return scope, nodes[0]


def shown(slot):
    node = slot.node.iter if isinstance(slot.node, ast.For) else slot.node
    if isinstance(node, ast.FormattedValue):
        node = ast.JoinedStr([node])
    plain = slot.kind in {"handled", "unused", "delegate"}
    return str(slot.kind) if plain else f"{slot.kind} {ast.unparse(node)}"


@pytest.mark.parametrize("body", LAYOUTS)
def test_layouts(body):
    assert [shown(slot) for slot in layout(*parsed(body))] == LAYOUTS[body]


@pytest.mark.parametrize("body", UNKNOWN)
def test_layouts_that_are_not_known(body):
    with pytest.raises(Unresumable, match="is not known|of code that is not the user.s"):
        layout(*parsed(body))
