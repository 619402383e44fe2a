"""Which variables a block may read before it assigns them."""

import ast

import pytest

from autoresume.transforms.liveness import read_first

READ_FIRST = {
    "x = a\nb = x": {"a"},
    "x = x + 1": {"x"},
    "x += a": {"x", "a"},
    "x[i] = a": {"x", "i", "a"},
    "x.y = 1": {"x"},
    "x: int = a": {"int", "a"},
    "del x": {"x"},
    "x = 1\ndel x\nf(x)": {"f", "x"},
    "if a: x = 1\nelse: x = 2\nb = x": {"a"},
    "if a: x = 1\nb = x": {"a", "x"},
    "if a: raise b\nelse: x = 1\nc = x": {"a", "b"},
    "for x in xs: y = x\nz = y": {"xs", "y"},
    "for x in xs:\n  y = x\n  f(y)": {"xs", "f"},
    "for x in xs: pass\nelse: f(x)": {"xs", "f", "x"},
    "while x: x = f()": {"x", "f"},
    "while a:\n  if b: break\n  x = 1\n  f(x)": {"a", "b", "f"},
    "try: x = f()\nexcept E as e: g(x, e)\nh(x)": {"f", "E", "g", "x", "h"},
    "try: x = f()\nexcept E: raise\nh(x)": {"f", "E", "h"},
    "try: x = f()\nfinally: g(x)": {"f", "g", "x"},
    "try: pass\nfinally: x = 1\nf(x)": {"f"},
    "with a as x: y = x\nf(x, y)": {"a", "f", "x", "y"},
    "match a:\n  case [x, *y]: f(x, y)\n  case B(): g(x)": {"a", "f", "B", "g", "x"},
    "def g(): return x\nx = 1": {"x"},
    "f = lambda y: x + y": {"x", "y"},
    "class A(b):\n  x = c": {"b", "c", "x"},
    "x = [y for y in z if y]": {"y", "z"},
    "f(x := 1, x)": {"f", "x"},
    "return x\ny": {"x"},
}


@pytest.mark.parametrize(("source", "names"), READ_FIRST.items())
def test_what_is_read_first(source, names):
    assert read_first(ast.parse(source).body) == names
