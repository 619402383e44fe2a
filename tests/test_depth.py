"""Calls, expressions and blocks within each other, as deep as Python takes them."""

import crash
import pytest
from test_refused import check_refused

NEAR_THE_LIMIT = """\
import sys

def work(depth):
    if depth:
        return work(depth - 1) + 1
    total = 0
    for k in range(3):  # checkpoint
        total += k
        print(k, total, sys.getrecursionlimit())
    return total

print(work(sys.getrecursionlimit() - 40))
sys.setrecursionlimit(400)
print(work(360))
"""

LONG = """\
def chosen(k):
    {tests}
    return k

def work():
    total = 0
    for k in range(3):  # checkpoint
        {tests_of_loop}
        total += {sum}
        print(k, total, chosen(k))

work()
"""


def long():
    """A chain of 300 tests, in a function and in a loop, and a sum of 600 terms."""
    tests = ["if k == -1: return 0", *(f"elif k == {n}: return {n}" for n in range(2, 300))]
    of_loop = ["if k == -1: pass", *(f"elif k == {n}: total += {n}" for n in range(2, 300))]
    return LONG.format(
        tests="\n    ".join(tests),
        tests_of_loop="\n        ".join(of_loop),
        sum="+".join("k" * 600),
    )


@pytest.mark.parametrize("source", [NEAR_THE_LIMIT, long()], ids=["calls", "source"])
def test_what_is_deep_is_resumed(source, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(source)
    crash.check(program, tmp_path)


@pytest.mark.parametrize("depth", [10, 13])
def test_blocks_that_are_nested_too_deeply_are_refused(depth, place, tmp_path):
    indents = [" " * n for n in range(1, depth + 2)]
    loops = [f"{indent}for i{n} in range(1):" for n, indent in enumerate(indents)]
    source = "\n".join(
        ["def work():", *loops[:-1], f"{loops[-1]}  # checkpoint", f"{indents[-1]} print(1)", ""]
    )
    check_refused(source + "work()\n", place, tmp_path, "too deeply", "function")


def test_what_python_itself_does_not_nest_is_its_own_error(place, tmp_path):
    loops = [f"{' ' * n}for i{n} in range(1):" for n in range(25)]
    script = tmp_path / "script.py"
    script.write_text("\n".join([*loops[:-1], f"{loops[-1]}  # checkpoint", " " * 25 + "pass", ""]))
    plain, tool = crash.run_plain(script, tmp_path), crash.run_tool(script, place)
    assert tool.status == plain.status
    assert "SyntaxError: too many statically nested blocks" in tool.stderr
