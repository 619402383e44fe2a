"""What an excerpt of the source says of a function is what all of the source says."""

import ast

import crash
import pytest

from autoresume.sources import Source
from autoresume.transforms import find_reach
from autoresume.transforms.errors import SourceError
from autoresume.transforms.scopes import all_codes, is_seen_through

ODD = {
    "one line": "def f(): return g()\ndef g():\n    for i in x: pass  # checkpoint\n",
    "decorated": "@a\n@b(lambda: 1)\ndef f(x=lambda: 2):\n    for i in x:  # checkpoint\n"
    "        g()\n@c\nclass D:\n    y = lambda: 3\n    @property\n    def h(self):\n        f(1)\n",
    "text over lines": 'def f():\n    """a\nb\n"""\n    for i in x:  # checkpoint\n        g("""\n'
    'c""")\ndef g(t):\n    return [f() for _ in t] + f"""{\nf()}"""\n',
    "semicolons": "a = 1; b = lambda: f(); c = 2\ndef f():\n    global a; a = 1\n"
    "    while a:  # checkpoint\n        b();\n",
    "continued": "x = \\\n    1\nclass A:\n    def f(self): \\\n        return 1\n"
    "    def g(self):\n        for i in x:  # checkpoint\n            self.f() + self.g()\n",
    "tabs": "def f():\n\tif x:\n\t\tfor i in x:  # checkpoint\n\t\t\tg()\n\telse:\n\t\tf()\n",
    "nested": "def f():\n    a = 1\n    class B:\n        z = a\n        def g(self):\n"
    "            nonlocal a\n            for a in x:  # checkpoint\n                super().g()\n"
    "        class C:\n            def h(self): return B\n    return B\n",
    "branches": "if x:\n    def f():\n        for i in x:  # checkpoint\n            g()\nelse:\n"
    "    def f():\n        return [g(), g()]\ntry:\n    def g(): pass\nfinally:\n"
    "    def h():\n        return f()\n",
    "futures": "'''doc'''\nfrom __future__ import annotations\nimport os, a.b as c\n"
    "from d import *\ndef f(x: c.d) -> os.e:\n    y: c.d = 1\n    for i in x:  # checkpoint\n"
    "        c.g(f(i), os.path.join(i), f(1))\n",
    "last line": "def f():\n    for i in x:  # checkpoint\n        f()",
    "windows": "def f():\r\n    for i in x:  # checkpoint\r\n        f() + f()\r\n",
    "encoded": "# coding: latin-1\ndef f():\n    for i in 'ä':  # checkpoint\n        f() + f()\n",
    "wide": "def f():\n    ä = 'ü'; x = f('ö') + f('ö')\n    for i in x:  # checkpoint\n"
    "        pass\n",
    "generators": "def f():\n    for i in g():  # checkpoint\n        f()\ndef g():\n    try:\n"
    "        yield 1\n    finally:\n        h()\ndef h():\n    yield (x for x in g())\n",
}


def described(function):
    """All that there is to know of a function, but the tree it is in."""
    model = function.model
    return (
        function.digest,
        function.enclosing_class,
        function.is_rewritten,
        function.runs,
        model.runs,
        body_of(function, function.scope),
        body_of(function, model.scope),
        body_of(function, model.as_written.scope),
        model.as_written.chains,
        set(model.numbering.places.values()) if model.is_rewritten else set(),
    )


def body_of(function, scope):
    """The body as it was changed; the header belongs to the scope around it."""
    if function.is_module:
        return []
    body = scope.body if isinstance(scope.body, list) else [scope.body]
    return [ast.dump(node, include_attributes=True) for node in body]


def check(source, filename):
    """Compare what excerpts say of every function with what the whole module says."""
    found = Source("sample", filename, source, None)
    parsed = found.parsed
    compiled = found.compiled(b"", lambda: find_reach([parsed.facts]))
    codes = [
        code
        for code in all_codes(compiled.code)
        if not is_seen_through(code) and code.co_name != compiled.names.cells
    ]
    excerpts = [
        compiled.excerpts._in_excerpt(code) if compiled.outline.parts else None for code in codes
    ]
    whole = {id(one.code): one for one in compiled.whole.functions}
    alike = 0
    for code, functions in zip(codes, excerpts, strict=True):
        for one in functions or ():
            assert described(one) == described(whole[id(one.code)]), code.co_qualname
            alike += one.code is code
    return alike, sum(id(code) in whole for code in codes)


@pytest.mark.parametrize("name", ODD)
def test_of_odd_sources(name):
    encoding = "latin-1" if name == "encoded" else "utf-8"
    alike, every = check(ODD[name].encode(encoding), "sample.py")
    assert alike == (0 if name in ("windows", "encoded") else every)


def test_of_all_programs():
    counts = []
    for file in sorted(crash.PROGRAMS.rglob("*.py")):
        try:
            counts.append(check(file.read_bytes(), str(file)))
        except (SyntaxError, SourceError):
            continue
    alike, every = map(sum, zip(*counts, strict=True))
    assert every > 900
    assert alike >= 0.95 * every, f"{alike} of {every} functions come out alike"


def test_of_this_suite():
    file = crash.HERE / "test_store.py"
    source = file.read_bytes().replace(b"\n    for ", b"\n    # checkpoint\n    for ")
    alike, every = check(source, str(file))
    assert alike == every > 50
