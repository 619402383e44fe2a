"""Operands are given in the order in which Python evaluates them."""

import ast

import pytest

from autoresume.transforms.operands import is_stable, operands, set_operands

EXPRESSIONS = [
    "f(1) + f(2)",
    "-f(1)",
    "not f(1)",
    "g(f(1), f(2))",
    "g(f(1), *f([2]), f(3), k=f(4), **f({'a': 5}), l=f(6))",
    "g(k=f(1), *f([2]))",
    "f(g)(f(1))",
    "f(g).__call__(f(1))",
    "f(things)[f(1)]",
    "f(things)[f(0):f(2):f(1)]",
    "f(things)[f(0):f(2)]",
    "f(things)[f(0):]",
    "(f(1), *f([2]), f(3))",
    "[f(1), *f([2]), f(3)]",
    "{f(1), *f([2]), f(3)}",
    "{f(1): f(2), **f({3: 4}), f(5): f(6)}",
    "{**f({3: 4}), **f({1: 2})}",
    "f(1) < f(2) < f(3) != f(4)",
    "f(1) and f(2) and f(3)",
    "f(0) or f('') or f(3)",
    "(y := f(1))",
    "f'{f(1)} {f(2)!r:>{f(3)}} {f(4)}'",
]


def leaves(node):
    """The arguments of the calls of ``f`` below ``node``, by the order of operands."""
    parts = operands(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "f":
        return [ast.unparse(node.args[0])]
    return [leaf for part in parts or [] for leaf in leaves(part)]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_order_is_that_of_python(text):
    found = leaves(ast.parse(text, mode="eval").body)
    evaluated = []

    def f(value):
        evaluated.append("g" if value is g else "things" if value is things else repr(value))
        return value

    def g(*args, **named):
        return 1

    things = [1, 2, 3]
    eval(text, {"f": f, "g": g, "things": things})
    assert found == evaluated


@pytest.mark.parametrize("text", [*EXPRESSIONS, "x.y", "f(*a)", "{}", "[]", "f()"])
def test_operands_are_put_back_where_they_were(text):
    node = ast.parse(text, mode="eval").body
    before = ast.dump(node)
    parts = operands(node)
    set_operands(node, parts)
    assert ast.dump(node) == before
    set_operands(node, [_renamed(part) for part in parts])
    assert operands(node) is not None
    assert len(operands(node)) == len(parts)


def _renamed(part):
    if isinstance(part, ast.keyword):
        return ast.keyword(part.arg, ast.Name("new", ast.Load()))
    return part


@pytest.mark.parametrize("text", ["a if b else c", "[x for x in y]", "name", "1"])
def test_other_kinds_have_none(text):
    assert operands(ast.parse(text, mode="eval").body) is None


@pytest.mark.parametrize(
    ("text", "stable"),
    [
        ("a", True),
        ("moved", False),
        ("1", True),
        ("-1", True),
        ("'text'", True),
        ("None", True),
        ("-a", False),
        ("a.b", False),
        ("a[0]", False),
        ("a()", False),
        ("()", False),
        ("f'{a}'", False),
        ("lambda: 1", False),
    ],
)
def test_what_gives_the_same_object_again(text, stable):
    assert is_stable(ast.parse(text, mode="eval").body, {"moved"}) is stable


@pytest.mark.parametrize(
    ("argument", "stable"),
    [("k=a", True), ("k=moved", False), ("**a", False), ("*a", False), ("*'text'", True)],
)
def test_arguments_that_give_the_same_again(argument, stable):
    call = ast.parse(f"f({argument})", mode="eval").body
    (part,) = [*call.args, *call.keywords]
    assert is_stable(part, {"moved"}) is stable


def test_a_formatted_value_depends_on_the_contents_of_the_object():
    text = ast.parse("f'{a}{1}'", mode="eval").body
    assert [is_stable(part, set()) for part in text.values] == [False, True]
