"""Markers are bound to loops; one that is not bound to any is an error with its place."""

import ast
import io
import re
import tokenize
from textwrap import dedent

import pytest

from autoresume.transforms import SourceError, parse
from autoresume.transforms.every import Every
from autoresume.transforms.markers import find_markers, marked_loops


def marked_lines(source):
    """The lines of the loops that are marked."""
    source = dedent(source).encode()
    return sorted(loop.lineno for loop in marked_loops(ast.parse(source), source, "sample.py"))


BOUND = {
    "for": ("for x in y:  # checkpoint\n    f()\n", [1]),
    "while": ("while x:  # checkpoint\n    f()\n", [1]),
    "no space": ("for x in y:#checkpoint\n    f()\n", [1]),
    "spaces": ("for x in y:  #   checkpoint  \n    f()\n", [1]),
    "colon": ("for x in y:  # checkpoint:\n    f()\n", [1]),
    "above": ("# checkpoint\nfor x in y:\n    f()\n", [2]),
    "far above": ("# checkpoint\n\n# the main loop\nfor x in y:\n    f()\n", [4]),
    "inner": ("for x in y:\n    while z:  # checkpoint\n        f()\n", [2]),
    "inner from above": ("for x in y:\n    # checkpoint\n    while z:\n        f()\n", [3]),
    "both": ("for x in y:  # checkpoint\n    while z:  # checkpoint\n        f()\n", [1, 2]),
    "twice": ("# checkpoint\nfor x in y:  # checkpoint\n    f()\n", [2]),
    "one line": ("for x in y: f()  # checkpoint\n", [1]),
    "lines": ("for x in [\n    1,  # checkpoint\n    2,\n]:\n    f()\n", [1]),
    "last line": ("for x in [\n    1,\n]:  # checkpoint\n    f()\n", [1]),
    "one line after lines": ("for x in [\n    1,\n]: f()  # checkpoint\n", [1]),
    "decorated": ("for x in y:  # checkpoint\n\n    @d\n    def f(): pass\n", [1]),
    "deep": (
        "class A:\n  def f(self):\n    if x:\n      for x in y:  # checkpoint\n        f()\n",
        [4],
    ),
    "comprehension in the header": ("for x in [i for i in y]:  # checkpoint\n    f()\n", [1]),
    "tabs": ("if a:\n\tfor x in y:\t# checkpoint\n\t\tf()\n", [2]),
    "end of file": ("for x in y: pass # checkpoint", [1]),
    "carriage returns": ("# checkpoint\r\nfor x in y:\r\n    f()\r\n", [2]),
    "form feed": ("\x0c\n# checkpoint\nfor x in y:\n    f()\n", [3]),
    "not ascii": ("for ä in 'ß':  # checkpoint\n    f()\n", [1]),
}

NONE = {
    "none": "for x in y:\n    f()\n",
    "string": "x = '# checkpoint'\nfor x in y:\n    f()\n",
    "another word": "for x in y:  # checkpoints\n    f()\n",
    "in a sentence": "for x in y:  # save a checkpoint\n    f()\n",
    "a sentence": "# checkpoint the model now and then\nfor x in y:\n    f()\n",
    "a sentence behind something else": "x = 1  # checkpoint files are large\n",
    "capital": "for x in y:  # Checkpoint\n    f()\n",
}


@pytest.mark.parametrize(("source", "lines"), BOUND.values(), ids=BOUND)
def test_loops_that_are_marked(source, lines):
    assert marked_lines(source) == lines


@pytest.mark.parametrize("source", NONE.values(), ids=NONE)
def test_comments_that_are_no_markers(source):
    assert marked_lines(source) == []


UNBOUND = {
    "statement": ("x = 1  # checkpoint\n", 1, 7),
    "above a statement": ("# checkpoint\nx = 1\nfor x in y: pass\n", 1, 0),
    "in the body": ("for x in y:\n    f()  # checkpoint\n", 2, 9),
    "alone in the body": ("for x in y:\n    # checkpoint\n    f()\n", 2, 4),
    "else": ("for x in y:\n    f()\nelse:  # checkpoint\n    g()\n", 3, 7),
    "comprehension": ("x = [i for i in y]  # checkpoint\n", 1, 20),
    "function": ("def f():  # checkpoint\n    for x in y: pass\n", 1, 10),
    "end": ("for x in y:\n    f()\n# checkpoint\n", 3, 0),
    "if": ("if x:  # checkpoint\n    pass\n", 1, 7),
}


@pytest.mark.parametrize(("source", "lineno", "column"), UNBOUND.values(), ids=UNBOUND)
def test_a_marker_without_a_loop(source, lineno, column):
    with pytest.raises(SourceError, match="belongs to no loop") as caught:
        marked_lines(source)
    check_place(caught.value, source, lineno, column)


@pytest.mark.parametrize(
    ("comment", "option"),
    [
        ("# checkpoint: rebuilt", "rebuilt"),
        ("# checkpoint: often=3", "often=3"),
        ("# checkpoint often=3", "often=3"),
        ("# checkpoint now and then", "now and then"),
        ("# checkpoint every=3, exclude=x, often=3", "often=3"),
        ("# checkpoint every=3, 4", "4"),
        ("# checkpoint every", "every"),
    ],
)
def test_an_option_that_does_not_exist(comment, option):
    source = f"x = 1\nfor x in y:  {comment}\n    f()\n"
    with pytest.raises(SourceError, match="unknown option") as caught:
        marked_lines(source)
    assert repr(option) in str(caught.value)
    check_place(caught.value, source, 2, 13)


SCHEDULES = {
    "every=100": (Every(100), ()),
    ": every = 30s": (Every(None, 30.0), ()),
    "every=1.5h, exclude=a": (Every(None, 5400.0), ("a",)),
    "exclude=a , b, every=7": (Every(7), ("a", "b")),
    "exclude=a": (None, ("a",)),
    "": (None, ()),
}


@pytest.mark.parametrize(("options", "found"), SCHEDULES.items(), ids=SCHEDULES)
def test_the_schedule_of_a_loop(options, found):
    a, b = "\n# checkpoint " + options, "  # checkpoint " + options
    for above, behind in ((a, ""), ("", b)):
        source = f"{above}\nwhile x:{behind}\n    a = b = 1\n".encode()
        ((loop, marker),) = marked_loops(ast.parse(source), source, "sample.py").items()
        assert (marker.every, marker.excluded) == found
        expected = {loop.lineno: found[0]} if found[0] else {}
        assert parse(source, "sample.py").own == expected


NONSENSE = {
    "every=": "every=: expected a number of iterations or a time",
    "every=0": "not '0'",
    "every=-3": "not '-3'",
    "every=30 s": "not '30 s'",
    "every=soon": "not 'soon'",
    "every=3, every=4": "every= stands twice",
    "exclude=a, exclude=b": "exclude= stands twice",
    "exclude=a b": "exclude=: expected the name of a variable, not 'a b'",
    "exclude=": "exclude=: expected the name of a variable, not ''",
}


@pytest.mark.parametrize(("options", "message"), NONSENSE.items(), ids=NONSENSE)
@pytest.mark.parametrize("alone", [False, True])
def test_options_that_cannot_be_followed(alone, options, message):
    comment = f"# checkpoint {options}"
    source = f"{comment}\nfor x in y:\n" if alone else f"\nfor x in y:  {comment}\n"
    with pytest.raises(SourceError, match=re.escape(message)) as caught:
        parse(f"{source}    f()\n".encode(), "sample.py")
    check_place(caught.value, source, *((1, 0) if alone else (2, 13)))


PLACES = {
    "an async function": "async def f():\n    1\n    for x in y:  # checkpoint\n        pass\n",
    "a class body that mentions `__class__`": (
        "class A:\n    __class__ = 1\n    for x in y:  # checkpoint\n        pass\n"
    ),
}


@pytest.mark.parametrize(("place", "source"), PLACES.items())
def test_places_that_are_not_supported(place, source):
    with pytest.raises(SourceError, match=place) as caught:
        parse(source.encode(), "sample.py")
    check_place(caught.value, source, 3, 4)


def test_an_async_loop():
    source = "async def f():\n    async for x in y:  # checkpoint\n        pass\n"
    with pytest.raises(SourceError, match="an async function") as caught:
        parse(source.encode(), "sample.py")
    check_place(caught.value, source, 2, 4)


def test_a_function_inside_a_generator_is_no_generator():
    source = b"def g():\n    def f():\n        for x in y: pass  # checkpoint\n    yield f\n"
    assert len(parse(source, "sample.py").marked) == 1


def check_place(error, source, lineno, column):
    """Check file, line, column and caret of an error."""
    assert (error.filename, error.lineno, error.column) == ("sample.py", lineno, column)
    first, line, caret = str(error).split("\n")
    assert first == f"sample.py:{lineno}: {error.message}"
    assert line == f"    {source.splitlines()[lineno - 1]}"
    assert caret == " " * (4 + column) + "^"


PIECES = [
    'x = """\n# checkpoint\n"""\n',
    'x = """\nfor x in y:  # checkpoint\n"""; z = """ # checkpoint\n"""  # checkpoint\n',
    "x = '# checkpoint'  # checkpoint\n",
    "x = 'a\\\n# checkpoint'\n",
    "x = (  # checkpoint\n    1,\n    # checkpoint\n    '# checkpoint')\n",
    "for x in y:  # checkpoint\n    f('''\n# checkpoint''')\n    # checkpoint\n    g()\n",
    "for x in y('# checkpoint'):  # checkpoint\n    pass\n",
    "for x in (\n    '''\n    # checkpoint''', 2): pass  # checkpoint\n",
    "@d('''\n# checkpoint''')\n# checkpoint\ndef f():\n    '''\n    # checkpoint\n    '''\n",
    "@d  # checkpoint\nclass A(B,\n        c='''\n# checkpoint'''):\n    x = 1  # checkpoint\n",
    "try:  # checkpoint\n    pass\nexcept (A, '''\n# checkpoint'''):\n    pass  # checkpoint\n",
    "if x:\n    pass\nelse:  # checkpoint\n    # checkpoint\n    pass\n",
    "match x:\n    # checkpoint\n    case '''\n# checkpoint''':  # checkpoint\n        pass\n",
    "match '''\n# checkpoint''':\n    case (\n        # checkpoint\n        1\n    ): pass\n",
    "with a as b, c('''\n# checkpoint'''):\n    f'{x}'  # checkpoint\n",
    "def f(a='''\n# checkpoint'''):  # checkpoint\n    return 1  # a # checkpoint\n",
]


@pytest.mark.parametrize("first", PIECES)
def test_markers_are_the_comments_that_python_sees(first):
    for second in PIECES:
        source = f"{first}# checkpoint\n{second}x = 1  # checkpoint"
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        comments = [one for one in tokens if one.type == tokenize.COMMENT]
        found = find_markers(source.encode(), ast.parse(source))
        assert [(marker.lineno, marker.column) for marker in found] == [
            comment.start for comment in comments if comment.string == "# checkpoint"
        ], source


def test_the_caret_stands_below_a_marker_behind_tabs():
    error = pytest.raises(SourceError, marked_lines, "if x:\n\ty = 1\t# checkpoint\n").value
    _, line, caret = str(error).split("\n")
    assert caret.expandtabs().index("^") == line.expandtabs().index("#")


def test_the_line_of_an_error_after_a_line_separator():
    source = "x = '\u2028\x0c'\nasync def f():\n    for x in y:  # checkpoint\n        pass\n"
    error = pytest.raises(SourceError, parse, source.encode(), "sample.py").value
    assert error.line.strip() == "for x in y:  # checkpoint"


def test_sources_in_another_encoding():
    source = "# coding: latin-1\nfor x in 'äöü':  # checkpoint\n    pass\n".encode("latin-1")
    assert len(parse(source, "sample.py").marked) == 1


def test_sources_with_a_byte_order_mark():
    assert len(parse(b"\xef\xbb\xbffor x in y:  # checkpoint\n    pass\n", "sample.py").marked) == 1


def test_what_a_marker_says():
    source = b"for x in y:  # checkpoint: a=1 b\n    pass\n"
    (marker,) = find_markers(source, ast.parse(source))
    assert (marker.lineno, marker.column, marker.options) == (1, 13, "a=1 b")
    assert not marker.alone
