"""Tracebacks show the frames of the program and none of the tool's."""

import ast
import importlib
import importlib.util
import sys
import traceback
from importlib.machinery import SourceFileLoader

import pytest

from autoresume import tracebacks

OURS = tracebacks.__file__


def ours(source, **names):
    """Make a function ``f`` that looks like one of the package."""
    exec(compile(source, OURS, "exec"), names)
    return names["f"]


def theirs(source, name="/home/user/script.py", **names):
    """Make a function ``f`` of a user's script."""
    exec(compile(source, name, "exec"), names)
    return names["f"]


def caught(function):
    """Call a function; return what it raises, trimmed, less the frame of this file."""
    try:
        function()
    except BaseException as error:
        error.__traceback__ = error.__traceback__.tb_next
        tracebacks.trim(error)
        return error
    raise AssertionError("nothing was raised")


def files(error):
    """The files in a traceback, with the package's own as OURS."""
    return [frame.filename for frame in traceback.extract_tb(error.__traceback__)]


CALL = "def f(): return g()"
USER = "/home/user/script.py"


def test_frames_at_the_head_and_between():
    last = theirs("def f(): 1 / 0")
    middle = ours(CALL, g=last)
    first = theirs(CALL, g=middle)
    assert files(caught(ours(CALL, g=ours(CALL, g=first)))) == [USER, USER]


@pytest.mark.parametrize("error", ["SyntaxError", "KeyboardInterrupt", "RecursionError"])
def test_errors_raised_in_our_frames_for_the_program(error):
    user = theirs(CALL, g=ours(f"def f(): raise {error}"))
    assert files(caught(ours(CALL, g=user))) == [USER]


def test_faults_of_our_own_stay_visible():
    user = theirs(CALL, g=ours("def f(): raise AssertionError"))
    assert files(caught(ours(CALL, g=user))) == [OURS, USER, OURS]


def test_causes_contexts_and_groups():
    fail = ours(CALL, g=theirs("def f(): 1 / 0"))
    chained = theirs(
        """
def f():
    try:
        g()
    except ZeroDivisionError as error:
        try:
            g()
        except ZeroDivisionError as second:
            members = [error, ExceptionGroup("inner", [second])]
    try:
        g()
    except ZeroDivisionError as error:
        raise ExceptionGroup("outer", members) from error
""",
        g=fail,
    )
    group = caught(ours(CALL, g=chained))
    every = [group, group.__cause__, group.exceptions[0], group.exceptions[1].exceptions[0]]
    assert [set(files(each)) for each in every] == [{USER}] * 4


def test_circular_chains_end():
    a, b = ValueError("a"), ValueError("b")
    a.__cause__, b.__cause__ = b, a
    tracebacks.trim(a)


def test_without_any_frame():
    error = ValueError()
    tracebacks.trim(error)
    assert error.__traceback__ is None


class Whole(SourceFileLoader):
    """A loader that runs modules by itself."""

    exec_module = staticmethod(
        ours(
            "def f(module):\n"
            "    path = module.__spec__.origin\n"
            "    code = compile(ast.parse(open(path).read(), path), path, 'exec')\n"
            "    exec(code, vars(module))\n",
            ast=ast,
        )
    )


class Compiling(SourceFileLoader):
    """A loader that only compiles them."""

    source_to_code = staticmethod(
        ours(
            "def f(data, path, **options):\n"
            "    return compile(ast.parse(data, path), path, 'exec')\n",
            ast=ast,
        )
    )


@pytest.mark.parametrize("loader", [Whole, Compiling])
@pytest.mark.parametrize("source", ["1 / 0\n", "x = = 1\n", "import tb_inner\n"])
def test_imports_through_a_loader_of_ours(tmp_path, monkeypatch, loader, source):
    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            file = tmp_path / f"{name}.py"
            if file.exists():
                return importlib.util.spec_from_loader(name, loader(name, str(file)))
            return None

    (tmp_path / "tb_outer.py").write_text(source)
    (tmp_path / "tb_inner.py").write_text("raise ValueError\n")
    importing = theirs("def f():\n    import tb_outer")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    ours_printed = printed(caught(importing))
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[1:])
    monkeypatch.syspath_prepend(str(tmp_path))
    assert ours_printed == printed(caught(importing))


def printed(error):
    """What Python prints for an error."""
    return "".join(traceback.format_exception(error))
