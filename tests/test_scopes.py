"""Every scope of the tree is paired with the code object that was compiled from it."""

import ast
from textwrap import dedent
from types import CodeType

import pytest

from autoresume.transforms.scopes import (
    Scope,
    body_nodes,
    child_nodes_in_scope,
    code_start,
    inner_scopes,
    is_seen_through,
    match_codes,
)

SOURCES = {
    "functions": "def f():\n    def g(): pass\n    return g\nasync def h(): pass\n",
    "same names": "def f(): return 1\ndef f(): return 2\ndef f(): return 3\n",
    "same names in branches": "if a:\n    def f(): return 1\nelse:\n    def f(): return 2\n",
    "classes": "class A:\n    def f(self): return 1\n    class B:\n        def f(self): return 2\n",
    "decorated": "@d\n@e(\n  1)\ndef f(): pass\n@d\nclass A:\n    @d\n    def f(self): pass\n",
    "lambdas": "f = lambda: 1\ng = lambda x: lambda: x\n",
    "lambdas in one line": "f, g, h = lambda: a, lambda: b, lambda: a\n",
    "lambdas in lambdas": "f = (lambda: lambda: a)(lambda: b)\n",
    "lambdas as defaults": "def f(x=lambda: a, *, y=lambda: b): return lambda: c\n",
    "lambdas in decorators": "@d(lambda: a)\ndef f(): return lambda: b\n",
    "comprehensions": "x = [lambda: i for i in [(lambda: j)() for j in y]]\n",
    "a generator": "x = (lambda: i for i in y)\n",
    "a lambda with a comprehension": "f, g = lambda: [i for i in x], lambda: {i for i in x}\n",
    "in finally": "try:\n    pass\nfinally:\n    f = lambda: 1\n    def g(): return 2\n",
    "a while test": "while (lambda: 1)():\n    f = lambda: 2\n",
    "same methods": "class A:\n    def f(self): pass\nclass B:\n    def f(self): pass\n",
}


def own_name(scope):
    if isinstance(scope, ast.Module):
        return "<module>"
    return getattr(scope, "name", "<lambda>")


def all_codes(code):
    inner = (c for c in code.co_consts if isinstance(c, CodeType))
    return [code, *(found for c in inner for found in all_codes(c))]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_scopes_are_paired_with_their_code(source):
    tree = ast.parse(source)
    code = compile(tree, "sample.py", "exec")
    pairs = match_codes(code, tree)
    assert {scope for scope, _ in pairs} == {n for n in ast.walk(tree) if isinstance(n, Scope)}
    expected = {id(c) for c in all_codes(code) if not is_seen_through(c)}
    assert {id(c) for _, c in pairs} == expected
    for scope, found in pairs:
        assert found.co_name == own_name(scope)
        assert code_of(scope) in {found.co_code, None}


def code_of(scope):
    """The bytecode of a lambda without variables of others, compiled alone."""
    if not isinstance(scope, ast.Lambda) or not isinstance(scope.body, ast.Constant):
        return None
    expression = ast.Expression(scope)
    return compile(expression, "sample.py", "eval").co_consts[0].co_code


@pytest.mark.parametrize(
    ("source", "constants"),
    [
        ("f, g = lambda: 111, lambda: 222", [111, 222]),
        ("f = [lambda: 111,\n lambda: 222]", [111, 222]),
        ("def f(): return 111\ndef f(): return 222", [111, 222]),
        ("f = lambda x=(lambda: 111): 222", [222, 111]),
    ],
)
def test_each_with_its_own(source, constants):
    tree = ast.parse(source)
    for scope, code in match_codes(compile(tree, "sample.py", "exec"), tree)[1:]:
        (value,) = (c for c in constants if c in _own_constants(scope))
        assert value in code.co_consts or f"{value}" in ast.unparse(scope)
        assert not set(constants) - {value} & set(code.co_consts)


def _own_constants(scope):
    nodes = ast.walk(scope.body) if isinstance(scope, ast.Lambda) else body_nodes(scope)
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


def test_scopes_in_dead_code_may_have_no_code():
    tree = ast.parse("if False:\n    def f(): pass\ndef g(): pass\n")
    pairs = match_codes(compile(tree, "sample.py", "exec"), tree)
    assert {own_name(scope) for scope, _ in pairs} >= {"<module>", "g"}
    assert all(own_name(scope) == code.co_name for scope, code in pairs)


def test_a_dropped_one_of_two_alike_is_not_guessed():
    tree = ast.parse("x = (lambda: 1) if False else (lambda: 2)\n")
    pairs = match_codes(compile(tree, "sample.py", "exec"), tree)
    for scope, code in pairs[1:]:
        assert scope.body.value in code.co_consts


def test_generic_functions():
    source = "def f[T](x: T) -> T:\n    return lambda: x\nclass A[T]:\n    def g[U](self): pass\n"
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # Python 3.11 has none
    pairs = match_codes(compile(tree, "sample.py", "exec"), tree)
    assert sorted(own_name(scope) for scope, _ in pairs) == ["<lambda>", "<module>", "A", "f", "g"]


def test_what_runs_in_a_scope():
    tree = ast.parse(
        dedent("""
        def outer(a=default):
            @decorator
            def inner(b=inner_default) -> note:
                hidden()
            class C(base):
                hidden()
            return [i for i in items], lambda c=lambda_default: hidden()
        """)
    )
    names = {n.id for n in body_nodes(tree.body[0]) if isinstance(n, ast.Name)}
    assert names >= {"decorator", "inner_default", "note", "base", "items", "lambda_default"}
    assert "hidden" not in names
    assert "default" not in names
    assert {n.id for n in body_nodes(tree) if isinstance(n, ast.Name)} == {"default"}


def test_scopes_inside_come_in_source_order():
    tree = ast.parse(
        "f = lambda: 1\ndef g(): return lambda: 2\nclass A: pass\nh = lambda: 3, lambda: 4"
    )
    found = inner_scopes(tree)
    assert [own_name(scope) for scope in found] == ["<lambda>", "g", "A", "<lambda>", "<lambda>"]
    assert [scope.lineno for scope in found] == [1, 2, 3, 4, 4]


def test_the_nodes_of_a_module_are_its_children():
    tree = ast.parse("x = 1\ny = 2")
    assert list(child_nodes_in_scope(tree)) == tree.body


def test_code_starts_where_its_first_expression_does():
    tree = ast.parse("f, g = lambda: a, lambda: b")
    module = compile(tree, "sample.py", "exec")
    starts = [code_start(c) for c in module.co_consts if isinstance(c, CodeType)]
    assert sorted(starts) == [(1, 1, 15), (1, 1, 26)]
