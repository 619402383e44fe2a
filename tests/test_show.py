import ast
import sys
import textwrap

import pytest

from autoresume import show

OLD_SYNTAX = """
def sweep(rates):
    for rate in rates:
        total = fit(rate) + 2 * (3 - fit(-rate)) ** 2
        yield {'rate': rate, 'total': total}
    else:
        print('done', file=out)
"""

NEW_SYNTAX = """
match point:
    case Point(x=0, y=[first, *_]) if first:
        print(f'{first!r:>{width}}')
    case {'a': 1, **rest}:
        pass
try:
    run()
except* ValueError as group:
    pass
"""


def parse(text):
    return ast.parse(textwrap.dedent(text))


@pytest.mark.parametrize("text", [OLD_SYNTAX, NEW_SYNTAX, "", "x = '''two\nlines'''\n"])
def test_the_printed_source_parses_back_to_the_same_tree(text):
    tree = parse(text)
    assert ast.dump(ast.parse(show.rewritten_source(tree))) == ast.dump(tree)


def test_printing_this_projects_own_sources():
    for module in (show, sys.modules["argparse"]):
        tree = ast.parse(open(module.__file__).read())
        assert ast.dump(ast.parse(show.rewritten_source(tree))) == ast.dump(tree)


@pytest.mark.parametrize("answer", ["x = 2\n", "x = = 1\n", None])
def test_astor_is_used_only_where_it_is_right(monkeypatch, answer):
    monkeypatch.setattr(show, "_astor_source", lambda tree: answer)
    assert show.rewritten_source(parse("x = 1")) == "x = 1\n"


def test_astor_may_fail(monkeypatch):
    monkeypatch.setitem(sys.modules, "astor", None)
    assert show.rewritten_source(parse("x = 1")) == "x = 1\n"


def test_astor_breaks_long_lines():
    long = "result = compute(" + ", ".join(f"argument_{n}" for n in range(20)) + ")"
    assert max(map(len, show.rewritten_source(parse(long)).splitlines())) <= 100


def test_the_command_prints_what_is_run(tmp_path, capsys):
    script = tmp_path / "script.py"
    script.write_text("total = 0\nfor i in range(3):  # checkpoint\n    total += i\n")
    assert show.main([str(script)]) == 0
    printed = capsys.readouterr()
    ast.parse(printed.out)
    assert "total += i" in printed.out
    assert printed.out.count("\n") > 3
    assert printed.err == ""


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1  # checkpoint\n", "script.py:1"),
        ("x = = 1\n", "SyntaxError: invalid syntax"),
        (None, "cannot read"),
    ],
)
def test_bad_input_is_status_2(tmp_path, capfd, source, line):
    script = tmp_path / "script.py"
    if source is not None:
        script.write_text(source)
    assert show.main([str(script)]) == 2
    assert line in capfd.readouterr().err


def test_a_script_has_to_be_named(capfd):
    assert show.main([]) == 2
    assert "usage" in capfd.readouterr().err
