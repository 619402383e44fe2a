"""`# checkpoint: rebuild` and `exclude=`: what is not stored, and what is made again."""

import pytest
from crash import KILLED, Place, run_tool

from autoresume.transforms import SourceError, parse

MISPLACED = {
    "a call": "f()  # checkpoint: rebuild\n",
    "an attribute": "a.b = 1  # checkpoint: rebuild\n",
    "an item": "a[0] = 1  # checkpoint: rebuild\n",
    "an annotation": "a: int  # checkpoint: rebuild\n",
    "augmented": "a = 1\na += 1  # checkpoint: rebuild\n",
    "a loop": "for x in y:  # checkpoint: rebuild\n    pass\n",
    "nothing": "a = 1\n# checkpoint: rebuild\n",
    "above a loop": "# checkpoint rebuild\nfor x in y:\n    pass\n",
}


@pytest.mark.parametrize("source", MISPLACED.values(), ids=MISPLACED)
def test_a_marker_on_anything_but_an_assignment_to_variables(source):
    with pytest.raises(SourceError, match="`rebuild` belongs to an assignment") as caught:
        parse(source.encode(), "sample.py")
    line = next(n for n, text in enumerate(source.splitlines(), 1) if "rebuild" in text)
    assert caught.value.lineno == line and str(caught.value).endswith("^")


UNCERTAIN = {
    "target": (
        "def f():\n    a = g()  # checkpoint: rebuild\n    a = 2\n",
        "`a` is",
    ),
    "global": (
        "a = g()  # checkpoint: rebuild\ndef f():\n    global a\n    a = 1\n",
        "`a` is",
    ),
    "declared": (
        "def f():\n    global a\n    a = g()  # checkpoint: rebuild\n",
        "`a` is",
    ),
    "parameter": ("def f(a):\n    a = g(a)  # checkpoint: rebuild\n", "`a` is"),
    "changed": (
        "n = 1\nn = 2\na = g(n)  # checkpoint: rebuild\n",
        "this reads `n`, wh",
    ),
    "behind": (
        "for i in x:\n    a = g(n)  # checkpoint: rebuild\n    n = 2\n",
        "behind it",
    ),
    "generator": (
        "def f():\n    a = 1  # checkpoint: rebuild\n    yield\n",
        "cannot stand",
    ),
    "class": ("class A:\n    a = 1  # checkpoint: rebuild\n", "cannot stand in a generator, class"),
    "no variable": ("for x in y:  # checkpoint exclude=z\n    pass\n", "there is no variable `z`"),
    "bad list": (
        "for x in y:  # checkpoint: exclude=x;y\n    pass\n",
        "expected the name of a variable",
    ),
}


@pytest.mark.parametrize(("source", "message"), UNCERTAIN.values(), ids=UNCERTAIN)
def test_markers_that_are_refused_before_the_start(source, message):
    with pytest.raises(SourceError, match=message) as caught:
        parse(source.encode(), "sample.py")
    assert "sample.py:" in str(caught.value) and str(caught.value).endswith("^")


def run_twice(folder, source, edited=None, at=1):
    """Kill a script at a boundary and resume it, perhaps edited; the two outcomes."""
    script = folder / "script.py"
    script.write_text(source)
    place = Place.under(folder)
    first = run_tool(script, place, "--every", "1", "--crash-after", str(at))
    script.write_text(edited or source)
    return first, run_tool(script, place, "--every", "1"), (script, place)


PARAMETERS = """\
import os
os.makedirs("inner")
os.chdir("inner")
with open("text", "w") as file:
    file.write("from a file")
rate = 0.5  # checkpoint: rebuild
text = open("text").read().split()  # checkpoint: rebuild
def work():
    size = [3]  # checkpoint: rebuild
    for step in range(2):  # checkpoint
        print(step, rate, size, text)
work()
"""


def test_the_present_source_is_what_runs(tmp_path):
    edited = PARAMETERS.replace("0.5", "0.25").replace("[3]", "[4]")
    first, second, _ = run_twice(tmp_path, PARAMETERS, edited)
    assert first.status == KILLED and second.status == 0, second.stderr
    assert second.stdout.decode().splitlines() == [
        f"{step} 0.25 [4] ['from', 'a', 'file']" for step in range(2)
    ]


def test_an_error_is_the_programs_and_leaves_the_snapshots(tmp_path):
    edited = PARAMETERS.replace("[3]", "1 / 0")
    _, second, (script, place) = run_twice(tmp_path, PARAMETERS, edited)
    assert second.status == 1 and second.stdout == b""
    assert second.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert f'File "{script}", line 9, in work' in second.stderr
    assert "ZeroDivisionError" in second.stderr and "autoresume" not in second.stderr
    script.write_text(PARAMETERS)
    assert run_tool(script, place).stdout.decode().startswith("0 0.5 [3] ['from'")


def test_a_statement_that_is_gone(tmp_path):
    edited = PARAMETERS.replace("rate = 0.5  # checkpoint: rebuild", "rate = 0.5")
    _, second, (script, _) = run_twice(tmp_path, PARAMETERS, edited)
    assert second.status == 2
    assert f"{script}: the snapshot does not hold rate, which an assignment" in second.stderr


REFUSED = {
    "its own part": (
        "class A:\n    pass\n"
        "owner = A()\n"
        "def made():\n    found = [owner]\n    owner.made = found\n    return found\n"
        "data = first = made()  # checkpoint: rebuild\n",
        "script.py:8 in <module>: what is to be rebuilt is a part of what it is made from",
    ),
    "a part elsewhere": (
        "data = [[1], [2]]  # checkpoint: rebuild\nfirst = {'part': data[0]}\n",
        "script.py:1 in <module>: a part of `data`, of type list, is used elsewhere too",
    ),
}


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_exact_is_refused_at_the_first_boundary(source, message, tmp_path):
    script = tmp_path / "script.py"
    rest = "for step in range(2):  # checkpoint\n    print(step)\nprint(data, first)\n"
    script.write_text(source + rest)
    outcome = run_tool(script, Place.under(tmp_path))
    assert outcome.status == 2 and outcome.stdout == b"" and message in outcome.stderr


EXCLUDED = """\
import socket
import sys
table, list = [1], socket.socket()
def inner():
    for step in range(1):  # checkpoint
        pass
def work():
    cache, plot, kept = socket.socket(), socket.socket(), [0]
    look = lambda: plot
    for step in range(3):  # checkpoint exclude=cache, plot
        inner()
        kept.append(step)
    print(kept)
    for use in (lambda: cache, look, lambda: list, lambda: list.close()):
        try:
            print("there", use() is not None)
        except (NameError, RuntimeError) as error:
            print(type(error).__name__, error)
for step in range(1):  # checkpoint: exclude=list
    work()
print(table)
"""


@pytest.mark.parametrize("at", [1, 2, 5])
def test_excluded_variables_are_unbound_after_a_resume(at, tmp_path):
    first, second, _ = run_twice(tmp_path, EXCLUDED, at=at)
    assert first.status == KILLED and second.status == 0, second.stderr
    kept, cache, plot, shadowed, closed, table = second.stdout.decode().splitlines()
    assert (kept, table) == ("[0, 0, 1, 2]", "[1]")
    if at == 1:  # in front of work()
        assert (cache, plot) == ("there True", "there True")
    else:
        assert cache.startswith("NameError") and plot.startswith("NameError")
    # A name that is built in as well must not become the built-in one.
    assert closed.startswith("NotSaved list (exclude=) was not saved") and shadowed == "there True"
