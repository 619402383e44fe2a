"""Hidden state gets a name, and the program does the same things in the same order."""

import ast
import sys
from functools import partial
from textwrap import dedent

import golden
import pytest
import stops

from autoresume.reentry import visible
from autoresume.transforms.positions import active_nodes

BEFORE_AND_AFTER = {
    "call": ("f(a, b(), live())", "f(a, (OP_3 := b()), live())\nOP_3 = None"),
    "no call": ("x = f(a) + g(b)", "x = f(a) + g(b)"),
    "names stay": ("x = f(a, 1, live(), c())", "x = f(a, 1, live(), c())"),
    "binary": ("x = f(a) + live(2)", "x = (OP_2 := f(a)) + live(2)\nOP_2 = None"),
    "unary": ("x = -live()", "x = -live()"),
    "method": ("a.b(live())", "(OP_1 := a.b)(live())\nOP_1 = None"),
    "called": ("f()(live())", "(OP_1 := f())(live())\nOP_1 = None"),
    "starred": (
        "f(*a, *b, live())",
        "f(*(OP_2 := (*a,)), *(OP_4 := (*b,)), live())\nOP_2 = OP_4 = None",
    ),
    "lone starred": ("f(*a(), k=live())", "f(*(OP_3 := a()), k=live())\nOP_3 = None"),
    "lone starred name": ("f(*a, k=live())", "f(*a, k=live())"),
    "keywords": (
        "f(k=a(), **b, l=live(), **c)",
        "f(k=(OP_2 := a()), **(OP_4 := {**b}), l=live(), **c)\nOP_2 = OP_4 = None",
    ),
    "or": ("x = a() or live() or b()", "x = a() or live() or b()"),
    "compare": (
        "x = a() < b() < live() < c()",
        "x = a() < (OP_4 := b()) < live() < c()\nOP_4 = None",
    ),
    "if expression": (
        "x = live() if a() else b() + live()",
        "x = live() if a() else (OP_7 := b()) + live()\nOP_7 = None",
    ),
    "text": (
        "x = f'{a}{b!r:>{w}}{live()}'",
        "x = f\"{(OP_2 := f'{a}')}{(OP_4 := f'{b!r:>{w}}')}{live()}\"\nOP_2 = OP_4 = None",
    ),
    "subscript": ("x = a()[live()]", "x = (OP_2 := a())[live()]\nOP_2 = None"),
    "slice": ("x = a[b():live()]", "x = a[(OP_4 := b()):live()]\nOP_4 = None"),
    "slices": (
        "x = a[b():c(), live()]",
        "x = a[(OP_5 := b()):(OP_7 := c()), live()]\nOP_5 = OP_7 = None",
    ),
    "dict": (
        "x = {a(): b(), **c, d: live()}",
        "x = {(OP_2 := a()): (OP_5 := b()), **(OP_7 := {**c}), d: live()}\n"
        "OP_2 = OP_5 = OP_7 = None",
    ),
    "walrus": (
        "x = (y := a()) + y + live()",
        "x = (OP_2 := (y := a()) + y) + live()\nOP_2 = None",
    ),
    "add to a variable": ("x += live()", "x += live()"),
    "add to an attribute": (
        "a.b += live()",
        "OP_0 = a.b\nOP_0 += live()\na.b = OP_0\nOP_0 = None",
    ),
    "add to an item": (
        "a[f()] += live()",
        "OP_2 = f()\nOP_0 = a[OP_2]\nOP_0 += live()\na[OP_2] = OP_0\nOP_2 = OP_0 = None",
    ),
    "assign to an item": ("a[f()] = live()", "a[f()] = live()"),
    "live target": ("a[live()] = b()", "OP_4 = b()\na[live()] = OP_4\nOP_4 = None"),
    "return": ("return a(), live()", "return (OP_1 := a()), live()"),
    "raise": ("raise a() from live()", "raise (OP_0 := a()) from live()"),
    "for": (
        "for x in xs():\n    live(x)",
        "IT = _ar_iter(xs())\ntry:\n    for x in IT:\n        live(x)\nfinally:\n    IT = None",
    ),
    "for without": ("for x in live():\n    f(x)", "for x in live():\n    f(x)"),
    "while": (
        "while a() + live():\n    f()",
        "while (OP_1 := a()) + live():\n    OP_1 = None\n    f()\nelse:\n    OP_1 = None",
    ),
    "with": (
        "with a() as x, b():\n    live()",
        "with (_ar_cm_0_0 := a()) as x, (_ar_cm_0_1 := b()):\n    live()\n"
        "_ar_cm_0_0 = _ar_cm_0_1 = None",
    ),
    "operands of with": (
        "with a(b(), live()):\n    c()",
        "with (_ar_cm_0_0 := a((OP_2 := b()), live()), OP_2 := None)[0]:\n    c()\n"
        "_ar_cm_0_0 = None",
    ),
    "match": ("match a():\n    case b:\n        live()", "match a():\n    case b:\n        live()"),
    "guard": (
        "match a():\n    case b if live():\n        c()",
        "match (_ar_subject_0 := a()):\n    case b if live():\n        c()\n_ar_subject_0 = None",
    ),
    "elif": (
        "if a() + live():\n    f()\nelif b(): \n    g()",
        "if (OP_1 := a()) + live():\n    OP_1 = None\n    f()\n"
        "else:\n    OP_1 = None\n    if b():\n        g()",
    ),
    "annotated": (
        "x: a(b(), live()) = c() + live()",
        "x: a(b(), live()) = (OP_8 := c()) + live()\nOP_8 = None",
    ),
    "lambda": ("f = lambda: a() + live()", "f = lambda: (OP_1 := a()) + live()"),
    "comprehension": ("x = [i for i in a() + live()]", "x = [i for i in a() + live()]"),
    "unpacking": (
        "a[f()], b[live()] = c",
        "OP_0 = c\nOP_1, OP_5 = OP_0\na[f()] = OP_1\nb[live()] = OP_5\nOP_0 = OP_1 = OP_5 = None",
    ),
    "finally": (
        "for x in y:\n    try:\n        if x: return f()\n        continue\n    except E:\n"
        "        break\n    finally:\n        live()",
        "_ar_it_0 = _ar_iter(y)\ntry:\n    for x in _ar_it_0:\n"
        "        _ar_way_1 = _ar_exc_1 = None\n"
        "        try:\n            try:\n                try:\n                    if x:\n"
        "                        _ar_way_1 = ('return', f())\n"
        "                        return _ar_way_1[1]\n"
        "                    _ar_way_1 = ('continue',)\n                    continue\n"
        "                except E:\n                    _ar_way_1 = ('break',)\n"
        "                    break\n                _ar_way_1 = None\n            except:\n"
        "                _ar_way_1 = None\n                _ar_exc_1 = _ar_handled()\n"
        "                raise\n        finally:\n            try:\n                live()\n"
        "            finally:\n                _ar_way_1 = _ar_exc_1 = None\n"
        "finally:\n    _ar_it_0 = None",
    ),
    "definition": (
        "@a.b\n@c\ndef f(x=d(), y=e, *, z=live()): pass",
        "@(OP_0 := a.b)\n@c\ndef f(x=(OP_5 := d()), y=e, *, z=live()): pass\nOP_0 = OP_5 = None",
    ),
    "decorator": (
        "@a()\n@live\n@b()\ndef f(x=c()): pass",
        "@(OP_0 := a())\n@live\n@(OP_3 := b())\ndef f(x=c()): pass\nOP_0 = OP_3 = None",
    ),
    "bases": (
        "class A(b(), c, k=d(), **live()): pass",
        "class A((OP_0 := b()), c, k=(OP_3 := d()), **live()): pass\nOP_0 = OP_3 = None",
    ),
    "delete": ("del (a[f()], b[live()])", "del (a[f()], b[live()])"),
}


@pytest.mark.parametrize(("before", "after"), BEFORE_AND_AFTER.values(), ids=BEFORE_AND_AFTER)
def test_before_and_after(before, after):
    golden.check_main(before, after.replace("OP_", "_ar_op_0_").replace("IT", "_ar_it_0"))


def test_the_names_of_nested_statements_differ():
    before = "for x in a:\n    for y in b:\n        f(g(), live())"
    after = """
    _ar_it_0 = _ar_iter(a)
    try:
        for x in _ar_it_0:
            _ar_it_1 = _ar_iter(b)
            try:
                for y in _ar_it_1:
                    f((_ar_op_2_2 := g()), live())
                    _ar_op_2_2 = None
            finally:
                _ar_it_1 = None
    finally:
        _ar_it_0 = None
    """
    golden.check_main(before, after)


def test_a_module_is_left_without_generated_names():
    after = "x = (_ar_op_0_2 := f()) + live()\n_ar_op_0_2 = None\ndel _ar_op_0_2\n"
    golden.check("x = f() + live()", after)


def test_functions_that_cannot_be_live_stay_as_they_are():
    source = "def f(xs):\n    for x in xs:\n        print(g(), h(x))\n    return [x, *xs]\n"
    golden.check(source, source)


def test_a_variable_that_a_call_can_rebind_is_kept():
    before = "nonlocal_ = 0\ndef f():\n    global n\n    n = 1\nx = n + live()"
    after = before.replace("n + live()", "(_ar_op_2_2 := n) + live()") + "\n_ar_op_2_2 = None"
    golden.check_main(before, after)


def test_generated_names_do_not_clash():
    before = golden.in_main("_ar_op_0_2 = 1\nx = f() + live()\nfor _ar_due in x:\n    live()")
    tree = golden.rewritten(before).tree
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {"_ar0_op_1_2", "_ar0_iter", "_ar0_it_2"} <= names
    assert names & {"_ar_op_0_2", "_ar_due"} == {"_ar_op_0_2", "_ar_due"}


def test_prefixes_are_tried_until_one_is_free():
    tree = golden.rewritten("_ar_ = _ar0_ = 'in _ar1_'\nfor x in y:\n    live()").tree
    assert "_ar2_it_1 = _ar2_iter(y)" in ast.unparse(tree)


LAYOUT = """
def main(a):
    total = (a.
             real + live(
                 3) +
             a.imag)
    a.missing = log(1) + live(2)
    for x in [log(1),
              live(2)]:
        with log(M()) as m, live(M()) as n:
            a[log(0)] += live(4)
            print(f"{log(1)} {live(2)}", *log([]),
                  file=live(None))
    while log(1) and live(0):
        pass
    return {log(1): live(2)}
"""


def test_instructions_keep_their_places():
    plain = set(_main_code(compile(LAYOUT, golden.FILENAME, "exec")).co_positions())
    new = set(_main_code(golden.rewritten(LAYOUT).code).co_positions())
    assert {place for place in plain if None not in place} <= new
    assert new - plain <= _new_places()


def _new_places():
    """Ranges that nothing had before: those of statements, and of targets that are now read."""
    tree = ast.parse(LAYOUT)
    nodes = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    return {(n.lineno, n.end_lineno, n.col_offset, n.end_col_offset) for n in nodes}


def _main_code(code):
    return next(c for c in code.co_consts if getattr(c, "co_name", "") == "main")


RAISING = [
    "x = live(1) + None",
    "x = log(1) + (\n    live(2) +\n    log(None))",
    "x = [1]\nx[log(0)] += live('')",
    "class A: pass\na = A()\na.x += live(1)",
    "for x in 1:\n    live(2)",
    "for x in (1,\n          2):\n    live(2)\n    x.y",
    "with log(1) as x:\n    live(2)",
    "a, b = live(1)",
    "log.nothing(log(1),\n   live(2))",
    "assert log(1), live(2)\nassert log(0), live(3)",
    "while live(1):\n    1 / (\n      live(0))",
    "match live(1):\n    case 1 if live(1).x: pass",
    "x = (log\n  .__call__(live)\n  .nothing\n  .live(\n 1))",
    "log.live = None\nx = (log.__self__\n  .log\n  .live(\n live(1)))",
    "class A:\n    live = None\nx = ([A]\n  [0]\n  .live(\n 1))",
    "class A:\n    live = len\nx = ([A]\n  [0]\n  .live(log(1),\n live(2)))",
    "return f'{log(1):{live(\"?\")}}'",
]


@pytest.mark.parametrize("body", RAISING)
def test_tracebacks_keep_their_places(body):
    source = golden.in_main(body)
    assert _error_places(golden.rewritten(source)) == _error_places(None, source)


def _error_places(module, source=""):
    run = stops.Run(module)
    names = run.names()
    exec(module.code if module else compile(source, golden.FILENAME, "exec"), names)
    try:
        names["main"]()
    except Exception as error:
        return type(error), str(error), list(_ranges(error.__traceback__))
    raise AssertionError("nothing was raised")


def _ranges(traceback):
    while traceback:
        code = traceback.tb_frame.f_code
        if code.co_filename == golden.FILENAME:
            yield list(code.co_positions())[traceback.tb_lasti // 2]
        traceback = traceback.tb_next


def test_a_range_belongs_to_one_node_of_the_users():
    function = golden.main_of(golden.rewritten(LAYOUT))
    numbered = function.numbering.places
    ranges = active_nodes(function.scope, "CALL").values()
    own = [[node for node in nodes if node in numbered] for nodes in ranges]
    assert all(len(nodes) <= 1 for nodes in own)
    found = {node for nodes in own for node in nodes}
    assert found == {node for node in numbered if isinstance(node, ast.Call | ast.Attribute)}


def test_deep_nesting_of_operands():
    depth = min(60, sys.getrecursionlimit())
    body = "x = " + "(a + " * depth + "live()" + ")" * depth
    golden.check_main(body, body)


def test_what_is_printed_is_legal():
    text = golden.rewritten_source(golden.rewritten(dedent(LAYOUT)).tree)
    compile(text, "printed", "exec")


LEFT_ALONE = {"a constant with an attribute": "x = 1 .real"}
if sys.version_info >= (3, 12):
    LEFT_ALONE["a type alias"] = "type x[T] = f[g[T], live()]"


@pytest.mark.parametrize("body", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_left_alone(body):
    property_ = "@property\ndef real(self):\n    return live()\n"
    assert ast.unparse(golden.rewritten(property_ + body).tree).endswith(body)


def test_a_function_shows_its_own_variables_only():
    before = "def main():\n    x = 1\n    for y in f():\n        live(locals(), dir(), vars(x))"
    names = {"live": lambda *shown: found.append(shown), "f": lambda: [2], "_ar_iter": iter}
    names["_ar_visible"] = partial(visible, "_ar_")
    found = []
    exec(golden.rewritten(before.replace("vars(x)", "vars()")).code, names)
    names["main"]()
    assert found == [({"x": 1, "y": 2}, ["x", "y"], {"x": 1, "y": 2})]


def test_the_body_of_a_class():
    golden.check(
        """
        class C:
            "Text"
            global g
            for g in xs:
                live(g)
        """,
        """
        class C:
            "Text"
            if _ar_plain():
                global g
                _ar_it_2 = _ar_iter(xs)
                try:
                    for g in _ar_it_2:
                        live(g)
                finally:
                    _ar_it_2 = None
                    del _ar_it_2
                _ar_tidy()
            else:
                pass
                for g in xs:
                    live(g)
        """,
    )


def test_the_body_of_a_class_without_generated_names():
    source = "class C:\n    x = live()\n    y = 1"
    golden.check(source, source)
