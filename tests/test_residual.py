"""The residual program: what it is, and that it does what remains of the plain program."""

import ast

import golden
import pytest
import stops

from autoresume.transforms.positions import Position, active_nodes, running_range
from autoresume.transforms.residual import Link, Unresumable, residual

STATEMENTS = {
    "expression statement": (
        "f(1)\nx = live(1)\nf(2)",
        "x = _ar_next()\nf(2)",
    ),
    "for body": (
        "for x in xs:\n    f(x)\n    live(x)\n    g(x)\nelse:\n    h()\nk()",
        "try:\n"
        "    for _ar_once in (None,):\n"
        "        _ar_next()\n"
        "        g(x)\n"
        "    else:\n"
        "        for x in _ar_it_0:\n"
        "            f(x)\n"
        "            live(x)\n"
        "            g(x)\n"
        "        else:\n"
        "            h()\n"
        "finally:\n"
        "    _ar_it_0 = None\n"
        "k()",
    ),
    "for iterable": (
        "for x in live():\n    f()",
        "for x in _ar_next():\n    f()",
    ),
    "for else": (
        "for x in xs:\n    f()\nelse:\n    live()\n    g()",
        "_ar_next()\ng()",
    ),
    "while body": (
        "while f():\n    live()\n    break",
        "for _ar_once in (None,):\n"
        "    _ar_next()\n"
        "    break\n"
        "else:\n"
        "    while f():\n"
        "        live()\n"
        "        break",
    ),
    "while test": (
        "while a() and live() or b():\n    f()\nelse:\n    g()",
        "_ar_testing = True\n"
        "while (\n"
        "    _ar_next() or b() if _ar_testing and not (_ar_testing := False)\n"
        "    else a() and live() or b()\n"
        "):\n"
        "    f()\n"
        "else:\n"
        "    g()",
    ),
    "for boundary": (
        "for x in xs:  # checkpoint\n    f(x)\nelse:\n    g()",
        "try:\n"
        "    for _ar_once in (None,):\n"
        "        _ar_next()\n"
        "        f(x)\n"
        "    else:\n"
        "        for x in _ar_it_0:\n"
        "            if _ar_due is not None:\n"
        "                _ar_boundary()\n"
        "            f(x)\n"
        "        else:\n"
        "            g()\n"
        "finally:\n"
        "    _ar_it_0 = None",
    ),
    "while boundary": (
        "while f():  # checkpoint\n    g()",
        "for _ar_once in (None,):\n"
        "    _ar_next()\n"
        "    g()\n"
        "else:\n"
        "    while f():\n"
        "        if _ar_due is not None:\n"
        "            _ar_boundary()\n"
        "        g()",
    ),
    "try body": (
        "try:\n    f()\n    live()\nexcept E as e:\n    g()\nelse:\n    h()\nfinally:\n    k()",
        "try:\n    _ar_next()\nexcept E as e:\n    g()\nelse:\n    h()\nfinally:\n    k()",
    ),
    "try else": (
        "try:\n    f()\nexcept E as e:\n    g()\nelse:\n    live()\nfinally:\n    k()",
        "try:\n    pass\nexcept E as e:\n    g()\nelse:\n    _ar_next()\nfinally:\n    k()",
    ),
    "with body": (
        "with a() as x, b():\n    live()",
        "with _ar_entered(_ar_cm_0_0), _ar_entered(_ar_cm_0_1):\n"
        "    _ar_next()\n"
        "_ar_cm_0_0 = _ar_cm_0_1 = None",
    ),
    "with item": (
        "with a() as x, live() as y, b():\n    f()",
        "with _ar_entered(_ar_cm_0_0), (_ar_cm_0_1 := _ar_next()) as y, (_ar_cm_0_2 := b()):\n"
        "    f()\n"
        "_ar_cm_0_0 = _ar_cm_0_1 = _ar_cm_0_2 = None",
    ),
    "case body": (
        "match a():\n    case b:\n        f()\n        live()",
        "_ar_next()",
    ),
    "guard": (
        "match a():\n    case b if f() and live():\n        c()\n    case d:\n        e()",
        "if _ar_next():\n"
        "    c()\n"
        "else:\n"
        "    match _ar_subject_0:\n"
        "        case d:\n"
        "            e()\n"
        "_ar_subject_0 = None",
    ),
    "subject": (
        "match live():\n    case a:\n        b()",
        "match _ar_next():\n    case a:\n        b()",
    ),
    "elif test": (
        "if f():\n    g()\nelif live():\n    h()\nelse:\n    k()",
        "if _ar_next():\n    h()\nelse:\n    k()",
    ),
    "if body": (
        "if f():\n    live()\nelse:\n    k()",
        "_ar_next()",
    ),
    "add to a variable": (
        "x += live()",
        "x += _ar_next()",
    ),
    "add to an item": (
        "a[f()] += live()",
        "_ar_op_0_0 += _ar_next()\na[_ar_op_0_2] = _ar_op_0_0\n_ar_op_0_2 = _ar_op_0_0 = None",
    ),
    "live target": (
        "a[f()] = b[live()] = c = d()",
        "b[_ar_next()] = c = _ar_op_0_9\n_ar_op_0_9 = None",
    ),
    "item of a target": (
        "a[f()] = live()",
        "a[f()] = _ar_next()",
    ),
    "return": (
        "return f(), live(), g()",
        "return (_ar_op_0_1, _ar_next(), g())",
    ),
    "assert message": (
        "assert f(), live()",
        "assert False, _ar_next()",
    ),
    "assert test": (
        "assert live(), g()",
        "assert _ar_next(), g()",
    ),
    "exception": (
        "raise f(live()) from g()",
        "raise f(_ar_next()) from g()",
    ),
    "cause": (
        "raise f() from live()",
        "raise _ar_op_0_0 from _ar_next()",
    ),
    "delete": (
        "del a[f()], a[live()], a[g()]",
        "del a[_ar_next()], a[g()]",
    ),
    "delete a tuple": (
        "del (a[f()], a[live()], a[g()]), b",
        "del (a[_ar_next()], a[g()]), b",
    ),
    "annotated": (
        "x: f() = live()",
        "x: f() = _ar_next()",
    ),
}

EXPRESSIONS = {
    "arguments": (
        "x = f(a, g(), live(), h())",
        "x = f(a, _ar_op_0_4, _ar_next(), h())\n_ar_op_0_4 = None",
    ),
    "starred": (
        "x = f(*a, *b(), live(), *c())",
        "x = f(*_ar_op_0_3, *_ar_op_0_5, _ar_next(), *c())\n_ar_op_0_3 = _ar_op_0_5 = None",
    ),
    "keywords": (
        "x = f(k=a(), **b, l=live(), **c())",
        "x = f(k=_ar_op_0_3, **_ar_op_0_5, l=_ar_next(), **c())\n_ar_op_0_3 = _ar_op_0_5 = None",
    ),
    "or": (
        "x = a() or live() or b()",
        "x = _ar_next() or b()",
    ),
    "and": (
        "x = a() and live()",
        "x = _ar_next()",
    ),
    "comparison": (
        "x = a() < b() < live() < c()",
        "x = _ar_op_0_4 < _ar_next() < c()\n_ar_op_0_4 = None",
    ),
    "if expression": (
        "x = live() if f() else g()",
        "x = _ar_next()",
    ),
    "if expression test": (
        "x = f() if live() else g()",
        "x = f() if _ar_next() else g()",
    ),
    "text": (
        "x = f'{a}{b()}{live()!r:>3}{c()}'",
        "x = f'{_ar_op_0_2}{_ar_op_0_4}{_ar_next()!r:>3}{c()}'\n_ar_op_0_2 = _ar_op_0_4 = None",
    ),
    "format": (
        "x = f'{a:{live()}}'",
        "x = f'{a:{_ar_next()}}'",
    ),
    "slice": (
        "x = a()[f():live(), g()]",
        "x = _ar_op_0_2[_ar_op_0_6:_ar_next(), g()]\n_ar_op_0_2 = _ar_op_0_6 = None",
    ),
    "dict": (
        "x = {a(): b(), **c(), d(): live(), e(): f()}",
        "x = {_ar_op_0_2: _ar_op_0_8, **_ar_op_0_10, _ar_op_0_4: _ar_next(), e(): f()}\n"
        "_ar_op_0_2 = _ar_op_0_4 = _ar_op_0_8 = _ar_op_0_10 = None",
    ),
    "walrus": (
        "x = (y := f(live()))",
        "x = (y := f(_ar_next()))",
    ),
    "called": (
        "f().g(h()).k(live())",
        "_ar_op_0_1(_ar_next())\n_ar_op_0_1 = None",
    ),
    "method": (
        "a.b.c(live(), d())",
        "_ar_op_0_1(_ar_next(), d())\n_ar_op_0_1 = None",
    ),
    "method of a variable": (
        "a.b(live())",
        "_ar_op_0_1(_ar_next())\n_ar_op_0_1 = None",
    ),
    "unary": (
        "x = -live() + f()",
        "x = -_ar_next() + f()",
    ),
    "iterable of a comprehension": (
        "x = [g(i) for i in live() if h(i)]",
        "x = [g(i) for i in _ar_next() if h(i)]",
    ),
    "lambda": (
        "f = a(b()), lambda: live(), live()",
        "f = (_ar_op_0_2, _ar_op_0_6, _ar_next())\n_ar_op_0_2 = _ar_op_0_6 = None",
    ),
}


@pytest.mark.parametrize(("before", "after"), STATEMENTS.values(), ids=STATEMENTS)
def test_the_rest_of_a_statement(before, after):
    golden.check_rest(before, after)


@pytest.mark.parametrize(("before", "after"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_the_rest_of_an_expression(before, after):
    golden.check_rest(before, after)


def test_an_instance_takes_the_place_of_what_its_constructor_returns():
    golden.check_rest("x = f(live())", "x = f((_ar_instance, _ar_next())[0])", Link.INIT)


RUN = {
    "decorators": (
        "def named(f): return log(f.__name__) and f\n"
        "@named\n@{'x': named}[live('x')]\n@[named][log(0)]\n"
        "def f(x=log(1), *, y=log(2)): return x, y\nreturn f()"
    ),
    "defaults": "def f(x=log(1), y=live(2), *, z=log(3)): return x, y, z\nreturn f()",
    "bases": (
        "class A(log(int), live(object), metaclass=log(type)): x = 1\n"
        "return A.__mro__[1:], A.__qualname__"
    ),
    "unpacked targets": "x = [0] * 3\nx[log(0)], *x[live(1)] = y = log('abc')\nreturn x, y",
    "nested targets": "x = {}\nx[live(0)], (x[log(1)], [x[live(2)]]) = 'a', ('b', 'c')\nreturn x",
    "annotated target": "x = {}\nx[live(0)]: log(2) = log(1)\nreturn x",
    "for target": "x = {}\nfor x[live(0)], x[log(1)] in 'ab', 'cd':\n    log(x[0])\nreturn x",
    "with target": (
        "class M:\n    __enter__ = lambda self: log(1)\n    __exit__ = lambda self, *e: log(2)\n"
        "x = [0]\nwith M() as x[live(0)]:\n    log(3)\nreturn x"
    ),
    "args": "return log(log(1), live(2), log(3))",
    "starred": ("a=[1]\nreturn log(*a, *log([2]), live(3), *[4], k=log(5))"),
    "lone starred name": ("a=[1]\ndef f(*x, **k): return x, k\nreturn f(*a, k=live(a.append(2)))"),
    "lone starred": ("a=[1]\ndef f(*x, **k): return x, k\nreturn f(*log(a), k=live(a.append(2)))"),
    "lone starred generator": (
        "def f(*x, **k): return x, k\nreturn f(*(log(i) for i in range(3)), k=live(2))"
    ),
    "keywords": "return log(a=log(1), **{'z': log(2)}, b=live(3), **{'c': log(4)}, value=7)",
    "called operand": "return [log][log(0)](log(1), live(2))",
    "or": "return log(0) or live(0) or log(3) or log(4)",
    "and": "return log(1) and live(0) and log(3)",
    "comparison": "return log(1) < log(2) < live(3) < log(4) < live(2) < log(3)",
    "live comparison": "return live(1) < live(2) < live(3)",
    "if expression": "return log(1) if live(0) else log(2) + live(3) + log(4)",
    "text": ("a=[1]\nreturn f'{log(1)}x{a}{a.append(2)}{live(2)!r:>{live(4)}}{log(3):{live(5)}}'"),
    "subscript": ("d={(1,2):3}\nreturn d[log(1), live(2)]"),
    "slice": ("a=list(range(9))\nreturn a[log(1):live(5):log(2)]"),
    "slices": (
        "class A:\n"
        "  def __getitem__(self, k): return k\n"
        "return A()[log(1):log(2), live(3), log(4):]"
    ),
    "dict": "return {log(1): log(2), **log({3: 4}), log(5): live(6), live(7): 8, **live({9: 9})}",
    "walrus": "return [(y := log(1)), y + live(2), (y := live(y)), y]",
    "nested": ("a=[]\na.append(live(1)); a.append(log(2) + live(3)); return a"),
    "attribute": ("class A: pass\na=A(); a.x=log\nreturn a.x(log(1), live(2))"),
    "binary": ("a=[1]\nreturn a + [log(1)] + log([2]) * live(3) + a"),
    "unary": "return -live(1) + (not live(2))",
    "set": "return {log(1), *log([2]), live(3)}",
    "tuple": "return log(1), *[2], live(3), *live([4]), log(5)",
    "list": "return [log(1), *[2], live(3), *live([4]), log(5)]",
    "add to a variable": ("x = 1\nx += live(2)\nreturn x"),
    "add to an item": ("x = [1,2]\nx[log(0)] += log(1) + live(2)\nreturn x"),
    "add to a slice": ("x = [1,2]\nx[log(0):log(1)] += live([2])\nreturn x"),
    "add to a live item": ("x = [1,2]\nx[live(0)] += live(2)\nreturn x"),
    "add to the item None": ("x = {None: 1}\nx[log(None)] += live(2)\nreturn x"),
    "add to an attribute": (
        "class A: pass\n"
        "A.__repr__=lambda s: str(); A.__eq__=lambda s,o: True; a=A(); a.x=1\n"
        "log([a])[0].x += live(2)\n"
        "return a.x"
    ),
    "live target": ("x = [1,2]\nx[live(0)] = log(5)\nreturn x"),
    "live target among others": (
        "x = [1,2]\nx[log(0)] = x[live(1)] = y = log(5) + live(1)\nreturn x, y"
    ),
    "unpacking": ("x = [1,2]\nx[log(0)], y = log(5), live(6)\nreturn x, y"),
    "delete": ("x = [1,2,3,4]\ndel x[log(0)], x[live(1)], x[log(0)]\nreturn x"),
    "delete a tuple": ("x = [1,2,3,4]\ndel (x[log(0)], x[live(1)]), x[log(0)]\nreturn x"),
    "assert": ("assert live(1), log(2)\nassert live(0), live(3)"),
    "raise": "raise ValueError(log(1), live(2)) from log(None)",
    "raise from": "raise ValueError(log(1)) from live(None)",
    "annotated": ("x: int = log(1) + live(2)\nreturn x"),
    "annotated item": ("x = [1]\nx[log(0)]: int = log(1) + live(2)\nreturn x"),
    "match subject": (
        "match log(1), live(2):\n"
        "  case (1, x) if log(x) > 2: return 1\n"
        "  case (1, x) if live(x) == 2 and live(1): return log(x)\n"
        "  case _: return 3"
    ),
    "guard": (
        "match log([1, 2]):\n"
        "  case [x] if live(0): return 1\n"
        "  case [x, y] if live(0): return 2\n"
        "  case [x, z] if log(1) and live(z): return x, y, z\n"
        "  case _: return 3"
    ),
    "last guard": ("match 1:\n  case 1 if live(0): return 1\nreturn 5"),
    "while test": (
        "n = 3\n"
        "while log(n) and live(n):\n"
        "  n -= 1\n"
        "  if n == 1: continue\n"
        "  log('body')\n"
        "else:\n"
        "  live('else')\n"
        "return n"
    ),
    "for else": (
        "for x in log([1,2,3]):\n"
        "  if x == 2: continue\n"
        "  live(x)\n"
        "else:\n"
        "  live(9)\n"
        "  log(10)\n"
        "return 1"
    ),
    "break": (
        "for i in range(3):\n"
        "  for x in live([1,2,3]):\n"
        "    if live(x) == 2: break\n"
        "  else:\n"
        "    log('no')\n"
        "return x"
    ),
    "for iterable": "for x in log([0]) + live([1]): log(x)",
    "try": (
        "try:\n"
        "  log(1)\n"
        "  live(2)\n"
        "  raise ValueError(live(3))\n"
        "except ValueError as e:\n"
        "  log(str(e))\n"
        "else:\n"
        "  log('else')\n"
        "finally:\n"
        "  log('f')"
    ),
    "try else": (
        "try:\n"
        "  try:\n"
        "    log(1)\n"
        "  except ValueError: log(2)\n"
        "  else:\n"
        "    live(3)\n"
        "    raise ValueError(4)\n"
        "  finally: log(5)\n"
        "except ValueError as e: log(str(e))"
    ),
    "return through finally": (
        "try:\n"
        "  for i in range(3):\n"
        "    try:\n"
        "      if live(i): return live('r')\n"
        "    finally: log('inner')\n"
        "finally: log('f')"
    ),
    "with": (
        "class M:\n"
        "  def __init__(s, n): s.n=n\n"
        "  def __enter__(s): log(('in', s.n)); return s.n\n"
        "  def __exit__(s, *e): log(('out', s.n)); return True\n"
        "with M(1) as a, M(live(2)) as b, M(3) as c:\n"
        "  log((a,b,c)); live(1); raise ValueError\n"
        "with M(4): live(5)\n"
        "return 1"
    ),
    "elif": (
        "if live(0): log(1)\n"
        "elif log(1) + live(-1): log(2)\n"
        "elif live(1): live(3)\n"
        "else: log(4)\n"
        "return 5"
    ),
    "marked while": (
        "n = 0\nwhile n < 3:  # checkpoint\n  n += 1\n  log(n)\n  live(n)\nelse: log('e')\nreturn n"
    ),
    "marked for": (
        "for i in range(3):  # checkpoint\n"
        "  log(i)\n"
        "  for j in 'ab':  # checkpoint\n"
        "    log(j)\n"
        "    if i == 1: break\n"
        "return i"
    ),
    "shared cells": (
        "n = 0\n"
        "def inc():\n"
        "  nonlocal n\n"
        "  n += 1\n"
        "  return n\n"
        "x = n + live(inc())\n"
        "for i in range(2):  # checkpoint\n"
        "  inc()\n"
        "return n, x, inc()"
    ),
    "comprehension": "return [log(y) for y in live([1,2])]",
    "comprehension as operand": "return [log(1), [log(y) for y in live([1,2])]]",
    "lambda": ("f = lambda x: log(x) + live(2) + log(3)\nreturn f(1)"),
    "cell of an inner lambda": (
        "f = lambda: [lambda: i for i in range(2)]\nr = live(1)\nreturn [g() for g in f()], r"
    ),
    "cell of a comprehension": (
        "fs = [lambda: i for i in range(2)]\nlive(1)\nreturn [g() for g in fs]"
    ),
    "global": ("global G\nG = 1\nreturn G + live(1)"),
    "unbound": ("if live(0): x = 1\nreturn x"),
    "deleted": ("x = 1\ndel x\nlive(0)\nreturn x"),
    "locals": ("a = 1\nlive(2)\nreturn sorted(k for k in locals() if not k.startswith('_'))"),
    "except star": (
        "try:\n"
        "  live(1)\n"
        "  raise ExceptionGroup('g', [ValueError(1)])\n"
        "except* ValueError as g: log(2)\n"
        "finally: log(3)"
    ),
    "lines": ("return (log\n  .__call__(\n   live(1),\n  ))"),
}


@pytest.mark.parametrize("body", RUN.values(), ids=RUN)
def test_the_rest_does_what_the_plain_program_does(body):
    stops.check(golden.in_main(body))


METHODS = {
    "private names": """
class _Box:
    def __init__(self):
        self.__hidden = 1

    def run(self, __own=2):
        __own += log(1) + live(2)
        return self.__hidden + __own + live(self.__hidden)

def main():
    return _Box().run()
""",
    "super": """
class Base:
    def run(self, value):
        return log(value)

class Derived(Base):
    def run(self, value):
        live(value)
        return super().run(value) + live(1) + __class__.__name__.count("D")

def main():
    return Derived().run(3)
""",
    "a first parameter that is a cell": """
class Base:
    def run(self):
        return 1

class Derived(Base):
    def run(self):
        mine = lambda: self
        return super().run() + live(2) + (mine() is self)

def main():
    return Derived().run()
""",
    "parameters of all kinds": """
def f(a, /, b, *c, d=4, **e):
    x = log(a) + live(b)
    return a, b, c, d, e, x

def main():
    return f(1, 2, 3, d=5, g=6)
""",
    "two lambdas in one line": """
def main():
    f, g = lambda: 1, lambda: 2
    for i in range(2):
        h, k = lambda: f() + i, lambda: g() - i
        live(h())
    return h(), k()
""",
    "globals": """
counter = 0

def main():
    global counter
    for i in range(3):  # checkpoint
        counter += live(i)
    return counter
""",
    "declarations in what is gone": """
def main():
    if log(1):
        global late
        late = 0
    def inner():
        if log(2):
            nonlocal n
            n += 1
        return n
    n = 5
    late = inner() + live(1)
    return late, inner()
""",
    "functions made before and after": """
def main():
    made = []
    for i in range(3):  # checkpoint
        def f(i=i):
            return i
        class A:
            value = i
        made.append((f, A))
        live(i)
    return [(f(), A.value, f.__qualname__, A.__qualname__) for f, A in made]
""",
}


@pytest.mark.parametrize("source", METHODS.values(), ids=METHODS)
def test_functions_with_cells_and_private_names(source):
    stops.check(source)


@pytest.mark.parametrize("body", list(RUN.values())[:5])
def test_names_that_the_tool_would_take(body):
    stops.check(golden.in_main(f"_ar_ = _ar_next = 1\n{body}"))


def test_an_annotation():
    golden.check_rest(
        "def f(a: g(), b: live(), c: h()): pass",
        "def f(a: _ar_op_0_0, b: _ar_next(), c: h()): pass\n_ar_op_0_0 = None",
    )


def test_the_default_of_a_lambda():
    golden.check_rest(
        "f = lambda a=1, *, b=live(), c=g(): a", "f = lambda a=1, *, b=_ar_next(), c=g(): a"
    )


def test_the_exception_that_an_except_names():
    golden.check_rest(
        """
        try:
            f()
        except A:
            g()
        except live() as e:
            h()
        except B:
            i()
        """,
        """
        try:
            raise _ar_exc_4
        except (_ar_handle_again(_ar_exc_4), (_ar_exc_4, _ar_next(), _ar_exc_4 := None)[1])[1] as e:
            h()
        except B:
            i()
        """,
    )


def test_a_class_whose_body_is_live():
    module = golden.rewritten("@a\nclass C(f(), g=1):\n    live()\nrest()")
    function = module.functions[0]
    golden.check_rest_of(
        function,
        function.scope.body[0],
        """
        C = a(_ar_class_again(_ar_next, "C", _ar_op_0_1, g=1)())
        _ar_op_0_1 = None
        del _ar_op_0_1
        rest()
        """,
        Link.CLASS,
    )


def test_the_body_of_a_class():
    module = golden.rewritten("class C:\n    x: int = f(a(), live())\n    y = 1")
    function = next(found for found in module.functions if found.code.co_name == "C")
    golden.check_rest_of(
        function,
        golden.stop_of(function),
        """
        x: int = f(_ar_op_0_4, _ar_next())
        _ar_op_0_4 = None
        del _ar_op_0_4
        y = 1
        _ar_tidy()
        """,
    )


REFUSED = {
    "x = [y for y in a.b + live(y)]": "`a.b` was not kept",
    "try:\n    pass\nexcept* live():\n    pass": "the exceptions that an `except",
}


@pytest.mark.parametrize(("body", "message"), REFUSED.items())
def test_what_cannot_be_resumed_is_refused(body, message):
    function = golden.main_of(golden.rewritten(golden.in_main(body)))
    position = function.numbering.places[golden.stop_of(function)]
    with pytest.raises(Unresumable, match=message) as error:
        residual(function, position, Link.RETURN)
    assert error.value.node.lineno >= 2


def test_a_place_that_is_not_there():
    function = golden.main_of(golden.rewritten(golden.in_main("live()")))
    with pytest.raises(Unresumable, match="not known"):
        residual(function, Position(7, 7), Link.RETURN)


@pytest.mark.parametrize(
    ("body", "read", "hidden"),
    [
        ("a = b = c = 1\nlive()\nreturn a", {"a"}, set()),
        ("a = 1\nlive()\na = 2", set(), set()),
        ("a = 1\nlive()\na += 2", {"a"}, set()),
        ("a = 1\nlive()\ndel a", {"a"}, set()),
        ("a = b = 1\nlive()\nf = lambda: b", {"b"}, set()),
        ("for x in a:\n    live()", set(), {"_ar_it_0"}),
        ("for x in a:\n    f(x)\n    live()", set(), {"_ar_it_0"}),
        ("with a as b:\n    live()", set(), {"_ar_cm_0_0"}),
        ("a = b(1) + live()", set(), {"_ar_op_0_2"}),
    ],
)
def test_what_has_to_be_kept(body, read, hidden):
    function = golden.main_of(golden.rewritten(golden.in_main(body)))
    position = function.numbering.places[golden.stop_of(function)]
    rest = residual(function, position, Link.RETURN)
    assert rest.hidden == hidden
    assert rest.read & {"a", "b", "c", "x"} == read
    assert not rest.sees_everything


@pytest.mark.parametrize("name", ["locals", "eval", "exec", "vars", "dir"])
def test_functions_that_look_around_keep_everything(name):
    function = golden.main_of(golden.rewritten(golden.in_main(f"live()\n{name}()")))
    position = function.numbering.places[golden.stop_of(function)]
    assert residual(function, position, Link.RETURN).sees_everything


def test_inner_functions_are_those_of_the_plain_program():
    module = golden.rewritten(golden.in_main("live()\ndef f(): return 1\nreturn f"))
    function = golden.main_of(module)
    position = function.numbering.places[golden.stop_of(function)]
    rest = residual(function, position, Link.RETURN)
    own = {id(other.code) for other in module.functions}
    assert own & {id(constant) for constant in rest.code.co_consts}
    assert (rest.code.co_name, rest.code.co_qualname) == ("main", "main")
    assert rest.code.co_filename == golden.FILENAME


@pytest.mark.parametrize(
    "body", ["live(1)", "(live\n(1)\n)", "x = (y\n .z()\n .live(1))", "(y.\n  live(\n 1))"]
)
def test_the_active_node_keeps_its_line(body):
    source = golden.in_main(body)
    module = golden.rewritten(source)
    function = golden.main_of(module)
    ranges = active_nodes(function.scope, "CALL")
    for node, position in function.numbering.places.items():
        if isinstance(node, ast.Call) and "live" in ast.unparse(node.func):
            rest = residual(function, position, Link.RETURN)
            entered = running_range(node)
            assert entered in rest.code.co_positions()
            assert entered in function.code.co_positions()
            assert node in ranges[entered]
