"""Which calls may lead to a boundary."""

import ast
from textwrap import dedent

import pytest

from autoresume.transforms import find_reach, parse

WORK = """
def work(n):
    for i in range(n):  # checkpoint
        print(i)
"""


def reach_of(*sources):
    parsed = [parse(dedent(source).encode(), "sample.py") for source in sources]
    return find_reach([p.facts for p in parsed]), parsed


def reached(*sources):
    """The names of the functions that can be live at a boundary, of all modules."""
    reach, _ = reach_of(*sources)
    return {getattr(scope, "name", type(scope).__name__) for scope in reach.scopes}


CALLS = {
    "by name": "def f(): work(1)\n",
    "through another": "def f(): g()\ndef g(): work(1)\n",
    "recursion": "def f(): f() or work(1)\n",
    "mutual recursion": "def f(): g()\ndef g(): f() or work(1)\n",
    "as a method": "def f(): x.work(1)\n",
    "from a module": "import w\ndef f(): w.work(1)\n",
    "under another name": "from w import work as g\ndef f(): g(1)\n",
    "through a variable": "g = work\ndef f(): g(1)\n",
    "through a parameter": "def f(g): g()\nf(work)\n",
    "through an attribute": "x.go = work\ndef f(): x.go(1)\n",
    "through a table": "table = {'w': work}\ndef f(): table['w'](1)\n",
    "through a lambda": "g = lambda: work(1)\ndef f(): g()\n",
    "through a decorator": "@d\ndef h(): work(1)\ndef f(): (lambda: 1)() or d(h)()\n",
    "through what a decorator returns": "def d(g):\n    def f(): return g()\n    return f\n"
    "@d\ndef h(): work(1)\n",
    "constructor": "class A:\n    def __init__(self): work(1)\ndef f(): A()\n",
    "constructor by cls": "class A:\n    def __init__(self): work(1)\n"
    "    @classmethod\n    def f(cls): return cls()\n",
    "constructor of a subclass": "class A:\n    def __init__(self): work(1)\nclass B(A): pass\n"
    "def f(): B()\n",
    "constructor of what a class stands for": "class A:\n    def __init__(self): work(1)\nB = A\n"
    "class C(B): pass\ndef f(): C()\n",
    "constructor of a class of any base": "class A:\n    def __init__(self): work(1)\n"
    "def g(base):\n    class C(base): pass\n    return C\ndef f(): C()\n",
    "through an argument by name": "x = SimpleNamespace(go=work)\ndef f(): x.go(1)\n",
    "key of a comparison": "def f(): min(1, 2, key=work)\n",
    "a generator in a variable": "def g(): yield work(1)\nx = g()\n"
    "def f():\n    for i in y: pass\n",
    "a variable of a function that is handed on": "def g(): yield work(1)\n"
    "def h():\n    x = g()\n    return x\ndef f():\n    for i in y: pass\n",
    "super": "class A:\n    def g(self): work(1)\nclass B(A):\n    def f(self): super().g()\n",
    "property": "class A:\n    @property\n    def p(self): return work(1)\ndef f(): A().p\n",
    "cached property": "class A:\n    @functools.cached_property\n    def p(self): work(1)\n"
    "def f(): A().p\n",
    "call operator": "class A:\n    def __call__(self): work(1)\na = A()\ndef f(): a()\n",
    "partial": "g = partial(work, 1)\ndef f(): g()\n",
    "assigned in a call": "def f(): (g := work)(1)\n",
    "in a comprehension": "def f(): [work(i) for i in x]\n",
    "through a library": "import fire\ndef f(): fire.Fire(table)\n",
    "in a default": "def f():\n    def g(x=work(1)): pass\n",
}

NO_CALLS = {
    "nothing": "def f(): g(1)\n",
    "another name": "def f(): works(1)\n",
    "a use as a value": "def f(): return work\n",
    "a property that is set": "class A:\n    @property\n    def p(self): return work(1)\n"
    "def f(a): a.p = 1\n",
    "an attribute like a function": "def f(): return x.work\n",
    "only the inner function": "def f():\n    def g(): work(1)\n    return g\n",
    "a name that a library has, too": "def f(): x.Fire(table)\n",
    "constructor of another class": "class A:\n    def __init__(self): work(1)\n"
    "class B(object):\n    def __init__(self): pass\ndef f(): B()\n",
    "a parameter of the same name": "def g(go): go()\ng(work)\ndef f(): x.go(1)\n",
    "comparison of two": "g = work\ndef f(): min(1, int(2))\n",
    "a generator that a function goes through": "def g(): yield work(1)\n"
    "def h():\n    x = g()\n    for i in x: pass\ndef f():\n    for i in y: pass\n",
    "built-ins": "g = work\ndef f(): print(len(x.append(1)))\n",
}


@pytest.mark.parametrize("source", CALLS.values(), ids=CALLS)
def test_functions_that_can_be_live(source):
    assert {"f", "work"} <= reached(WORK + source)


@pytest.mark.parametrize("source", CALLS.values(), ids=CALLS)
def test_functions_that_can_be_live_over_two_modules(source):
    assert {"f", "work"} <= reached(source, WORK)


@pytest.mark.parametrize("source", NO_CALLS.values(), ids=NO_CALLS)
def test_functions_that_cannot(source):
    assert "f" not in reached(WORK + source)


def test_without_markers_nothing_is_reached():
    reach, (parsed,) = reach_of("def f(): f()\nclass A:\n    def __init__(self): f()\nA()\n")
    assert reach.scopes == set()
    assert not any(reach.may_reach(node) for node in ast.walk(parsed.tree))


def test_without_markers_a_library_calls_nothing():
    reach, _ = reach_of("import fire\ndef f(): fire.Fire(f)\n")
    assert reach.scopes == set()


def test_a_module_with_a_marked_loop():
    assert reached("for i in x:  # checkpoint\n    f()\ndef f(): pass\n") == {"Module"}


@pytest.mark.parametrize(
    ("declaration", "names"),
    [
        ("global a, b", {"a", "b"}),
        ("def g():\n        nonlocal n\n        n = 1", {"n"}),
        ("a = b = 1", set()),
        ("module.a = 1", {"a"}),
        ("self.a = cls.b = 1", set()),
    ],
)
def test_variables_that_a_call_can_rebind(declaration, names):
    reach, _ = reach_of(f"def f():\n    n = 0\n    {declaration}\n")
    assert reach.facts.rebindable == names


def test_rebindable_variables_of_every_module():
    reach, _ = reach_of("def f():\n    global a\n    a = 1\n", "b = a")
    assert reach.facts.rebindable == {"a"}


@pytest.mark.parametrize(
    ("call", "may"),
    [
        ("work(1)", True),
        ("x.work(1)", True),
        ("other(1)", False),
        ("x.other(1)", False),
        ("table[0](1)", False),
        ("(w := work)(1)", True),
    ],
)
def test_single_calls(call, may):
    reach, _ = reach_of(WORK)
    assert reach.may_reach(ast.parse(call, mode="eval").body) is may
