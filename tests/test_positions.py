"""Positions: the same on every Python, stable under edits elsewhere, found in edited functions."""

import ast
import sys
from textwrap import dedent

import pytest

from autoresume.transforms.positions import (
    Position,
    active_nodes,
    function_digest,
    header_digest,
    landmark,
    lasti_range,
    number,
    operation,
    relocate,
)

SAMPLE = '''
def f(a, *b, c=1):
    """Text."""
    total = g(a) + 2 * h(x, k=[y, -1])
    for i, j in pairs(b):
        if a.b[0:i, ...] and not (k := t(j)):
            print(f"{i!r:>{j}} and {total} {a=}", "b" "c", *b, **{"x": 1, **d})
        elif p < q < 3:
            continue
    else:
        del a.c, z[0]
    try:
        with m() as n, o:
            return lambda v=w(): v + 1
    except (E, F) as error:
        raise G(error) from None
    match s:
        case [Point(x=0), {"k": K.l}] if u():
            pass
    @dec(1)
    def inner(x=default) -> note:
        hidden()
    class C(base, metaclass=meta):
        hidden()
'''

NUMBERS = """
0 Expr None | 1 Assign None, Name 0, BinOp 1, Call 2, Name 3, Name 4, BinOp 5, Call 6, Name 7,
Name 8, List 9, Name 10, UnaryOp 11 | 2 For None, Tuple 0, Name 1, Name 2, Call 3, Name 4, Name 5
| 3 If None, BoolOp 0, Subscript 1, Attribute 2, Name 3, Tuple 4, Slice 5, Name 6, UnaryOp 7,
NamedExpr 8, Name 9, Call 10, Name 11, Name 12 | 4 Expr None, Call 0, Name 1, JoinedStr 2,
FormattedValue 3, Name 4, JoinedStr 5, FormattedValue 6, Name 7, FormattedValue 8, Name 9,
FormattedValue 10, Name 11, Starred 12, Name 13, Dict 14, Name 15 | 5 If None, Compare 0, Name 1,
Name 2 | 6 Continue None | 7 Delete None, Attribute 0, Name 1, Subscript 2, Name 3 | 8 Try None |
9 With None, Call 0, Name 1, Name 2, Name 3 | 10 Return None, Lambda 0, Call 1, Name 2 |
11 ExceptHandler None, Tuple 0, Name 1, Name 2 | 12 Raise None, Call 0, Name 1, Name 2 |
13 Match None, Name 0 | 14 match_case None, Name 0, Attribute 1, Name 2, Call 3, Name 4 |
15 Pass None | 16 FunctionDef None, Call 0, Name 1, Name 2, Name 3 | 17 ClassDef None, Name 0,
Name 1
"""


def function_in(source, name="f"):
    tree = ast.parse(dedent(source))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return next(node for node in functions if node.name == name)


def test_numbers_are_the_same_on_every_python():
    groups = {}
    for node, place in number(function_in(SAMPLE)).places.items():
        groups.setdefault(place.statement, []).append(f"{type(node).__name__} {place.expression}")
    text = " | ".join(f"{n} {', '.join(group)}" for n, group in groups.items())
    assert text == " ".join(NUMBERS.split())


def test_every_node_has_a_place_of_its_own():
    places = list(number(function_in(SAMPLE)).places.values())
    assert len(places) == len(set(places))


FUNCTION = "1e5b698f6d7f42a4"
LAST_CHAIN = "fa0415a18b4febc5"


def test_digests_are_the_same_on_every_python():
    function = function_in(SAMPLE)
    assert function_digest(function) == FUNCTION
    chains = number(function).chains
    assert len(set(chains)) == len(chains)
    assert chains[-1] == LAST_CHAIN


@pytest.mark.parametrize("scope", ["x = f(1)\nfor i in x:\n    g(i)", "lambda x: f(x) + g(2)"])
def test_modules_and_lambdas_are_numbered(scope):
    tree = ast.parse(scope)
    lambdas = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    numbering = number(lambdas[0] if lambdas else tree)
    assert Position(0, 0) in numbering.places.values()
    assert numbering.enclosing(len(numbering.statements) - 1)[0] in {0, 1}


# -- digests --------------------------------------------------------------------------------

BASE = """
def f(x):
    for i in x:
        if i:
            g(i)
        g(i)
    return x

def other():
    return 1
"""

SAME = {
    "comments": BASE.replace("for i in x:", "for i in x:  # a loop\n        # more"),
    "blank lines": "\n\n" + BASE.replace("        g(i)\n    ret", "\n        g(i)\n\n    ret"),
    "layout": BASE.replace("g(i)", "g(\n                i\n            )"),
    "quotes and brackets": BASE.replace("if i:", "if (i):"),
    "another function": BASE.replace("return 1", "return 2"),
    "moved": "def third():\n    pass\n\n" + BASE,
    "indented": "if 1:\n" + "".join(f"    {line}\n" for line in BASE.splitlines()),
}

CHANGED = {
    "argument": BASE.replace("def f(x)", "def f(x, y=1)"),
    "statement": BASE.replace("return x", "return -x"),
    "new statement": BASE.replace("    return x", "    pass\n    return x"),
    "inner": BASE.replace("            g(i)", "            g(-i)"),
    "number": BASE.replace("return x", "return 1"),
    "decorator": BASE.replace("def f", "@d\ndef f"),
}


@pytest.mark.parametrize("source", SAME.values(), ids=SAME)
def test_edits_that_a_digest_does_not_see(source):
    own, new = function_in(BASE), function_in(source)
    assert function_digest(own) == function_digest(new)
    assert number(own).chains == number(new).chains


@pytest.mark.parametrize("source", CHANGED.values(), ids=CHANGED)
def test_edits_that_a_digest_sees(source):
    assert function_digest(function_in(BASE)) != function_digest(function_in(source))


def test_inner_functions_have_digests_of_their_own():
    source = "def f():\n    def g(a=1):\n        return 1\n    if x:\n        class C: y = 1\n"
    digest = function_digest(function_in(source))
    assert digest == function_digest(function_in(source.replace("return 1", "return 2")))
    assert digest == function_digest(function_in(source.replace("y = 1", "y = 2")))
    assert digest != function_digest(function_in(source.replace("a=1", "a=2")))


def test_kinds_of_constants_differ():
    texts = ["1", "1.0", "True", "'1'", "b'1'", "1j", "-0.0", "0.0", "...", "None"]
    assert len({header_digest(ast.parse(text).body[0]) for text in texts}) == len(texts)


# -- edited functions -----------------------------------------------------------------------

LOOP = """
def f(x):
    a()
    for i in x:
        b(i)
        while i:
            c(i)
            live(i)
            d(i)
        e(i)
    return x
"""

FOUND = {
    "as it was": LOOP,
    "above": LOOP.replace("    a()", "    a()\n    z = 1"),
    "above, gone": LOOP.replace("    a()\n", ""),
    "above, changed": LOOP.replace("a()", "if y:\n        a(3)"),
    "inside": LOOP.replace("b(i)", "b(i)\n        bb(i)"),
    "inside, before": LOOP.replace("            c(i)\n", ""),
    "inside, after": LOOP.replace("d(i)", "d(i)\n            d(i)"),
    "inside, changed": LOOP.replace("d(i)", "d(-i)"),
    "below": LOOP.replace("return x", "a()\n    return -x"),
    "the signature": LOOP.replace("f(x)", "f(x, y=1)"),
    "another loop": LOOP.replace("    return", "    for i in y:\n        live(i)\n    return"),
}

LOST = {
    "the statement itself": LOOP.replace("live(i)", "live(i, 1)"),
    "the statement gone": LOOP.replace("            live(i)\n", ""),
    "the loop": LOOP.replace("while i", "while i > 1"),
    "the outer loop": LOOP.replace("for i in x", "for i in reversed(x)"),
    "twice": LOOP.replace("live(i)", "live(i)\n            live(i)"),
    "another block around it": LOOP.replace("live(i)", "if i: live(i)"),
    "moved out": LOOP.replace("            live(i)\n", "").replace(
        "        e(i)", "        live(i)"
    ),
}


def place_of_live(numbering):
    calls = (n for n in numbering.places if isinstance(n, ast.Call) and n.func.id == "live")
    return numbering.places[next(calls)].statement


@pytest.mark.parametrize("source", FOUND.values(), ids=FOUND)
def test_a_place_is_found_again(source):
    old, new = number(function_in(LOOP)), number(function_in(source))
    mark = landmark(old, place_of_live(old))
    moved = relocate(mark, new)
    assert list(moved) == old.enclosing(place_of_live(old))
    for before, after in moved.items():
        assert header_digest(old.statements[before]) == header_digest(new.statements[after])
    assert moved[place_of_live(old)] == place_of_live(new)


@pytest.mark.parametrize("source", LOST.values(), ids=LOST)
def test_a_place_that_is_lost_or_ambiguous(source):
    old = number(function_in(LOOP))
    assert relocate(landmark(old, place_of_live(old)), number(function_in(source))) is None


def test_statements_that_are_alike_are_told_apart_by_their_order():
    source = "def f():\n    live(1)\n    live(1)\n    live(1)\n"
    old, new = number(function_in(source)), number(function_in("def f():\n    x\n" + source[9:]))
    for statement in range(3):
        assert relocate(landmark(old, statement), new) == {statement: statement + 1}


def test_branches_of_one_if_are_told_apart():
    source = "def f():\n    if x:\n        live(1)\n    else:\n        live(1)\n"
    numbering = number(function_in(source))
    assert landmark(numbering, 1).chain != landmark(numbering, 2).chain


# -- from a running frame to its node ---------------------------------------------------------

CALLS = {
    "plain": "live(1)",
    "method": "obj.live(1)",
    "arguments in lines": "live(\n  1,\n)",
    "method in lines": "(obj\n  .live(1))",
    "method and arguments in lines": "(obj\n  .live(\n    1,\n))",
    "chain in lines": "(obj\n  .me()\n  .live(1)\n  .me()\n)",
    "longer than what follows": "(obj.\n                live(1\n))",
    "method of an item": "things[\n 0\n].live(1)",
    "not ascii": "(obj\n  .häuser(1))",
    "behind not ascii": "'ä' + 'ö' + live(1)",
    "not ascii in lines": "('ä' +\n  'ö' + obj\n  .me().live(\n1))",
    "called": "get()(1)",
    "called in lines": "(get\n   ()\n   (1))",
    "nested": "live(live(live(1)))",
    "starred": "live(*[1], **{})",
    "keywords": "live(value=1)",
    "in a text": "f'{live(1)}'",
    "in two texts": "f'{live(1)}' f'{live(2)}'",
    "texts in lines": "(f'{live(1)}'\n  f'{obj.live(2)}')",
    "format": "f'{live(1):>{live(9)}}'",
    "in a lambda": "(lambda: live(1))()",
    "in a comparison": "live(1) < live(2) < live(3)",
    "in an item": "[1, 2, 3][live(1)]",
    "in a slice": "things[live(0):live(1)]",
    "property": "obj.prop",
    "property in lines": "(obj\n  .me()\n  .prop)",
}

OBJECT = """
class Object:
    def live(self, value=None):
        return stand(value)
    häuser = live
    def me(self):
        return self
    @property
    def prop(self):
        return stand("prop")

obj = Object()
things = [obj, obj]
live = obj.live
get = lambda: live
"""


@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
def test_the_node_that_a_frame_is_evaluating(text):
    found = []

    def stand(value):
        frame = sys._getframe(2)
        scope = scopes[frame.f_code.co_name]
        nodes = active_nodes(scope, operation(frame.f_code, frame.f_lasti))
        (node,) = nodes[lasti_range(frame.f_code, frame.f_lasti)]
        found.append((value, ast.unparse(node)))
        return "a" if value == "prop" else value if isinstance(value, int) else 0

    tree = ast.parse(f"def main():\n  return {text}\n")
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda))
    scopes = {getattr(scope, "name", "<lambda>"): scope for scope in nodes}
    names = {"stand": stand}
    exec(OBJECT, names)
    exec(compile(tree, "sample.py", "exec"), names)
    try:
        names["main"]()
    except (TypeError, AttributeError):
        pass
    assert found
    for value, node in found:
        assert node.endswith(f"({value})") or value == "prop" or "live(" in node
        assert value != "prop" or node.endswith(".prop")


def test_instructions_without_a_place_have_no_range():
    code = compile("x = 1", "sample.py", "exec")
    assert lasti_range(code.replace(co_linetable=b""), 0) is None
    assert lasti_range(code, 10_000) is None
