"""What cannot be resumed yet is refused with its place, before any time is spent on it."""

import os
import re

import crash
import pytest


def check_refused(source, place, tmp_path, *words, **env):
    """Check that a script ends at its first boundary with status 2 and one line with the words."""
    script = tmp_path / "script.py"
    script.write_text(source)
    outcome = crash.run_tool(script, place, "--every", "1", **env)
    assert outcome.status == 2, outcome
    assert b"too late" not in outcome.stdout
    assert "Traceback" not in outcome.stderr
    (line,) = (line for line in outcome.stderr.splitlines() if "error:" in line)
    assert re.search(r"script\.py:\d+", line)
    for word in words:
        assert word in line


WORK = """\
import threading
from contextlib import contextmanager


def work(n):
    for i in range(3):  # checkpoint
        n += i
    print("too late")
    return n

"""

PLACES = {
    "the body of an enum": WORK
    + """
import enum

class Color(enum.Enum):
    RED = work(1)
""",
    "a class body whose namespace is kept": WORK
    + """
class Kept:
    names = locals()
    value = work(1)
""",
    "a class body that mentions __class__": WORK
    + """
class Proxy:
    __class__ = int
    value = work(1)
""",
    "a base that says what it stands for": WORK
    + """
class Entries:
    def __mro_entries__(self, bases):
        return ()


class Derived(Entries()):
    value = work(1)
""",
    "a metaclass": WORK
    + """
class Meta(type):
    def __new__(cls, *args):
        work(1)
        return super().__new__(cls, *args)


class Made(metaclass=Meta):
    pass
""",
    "a pattern of several values": WORK
    + """
class Kinds:
    @property
    def one(self):
        return work(1)


kinds = Kinds()
match 3:
    case kinds.one | 5:
        pass
""",
    "below a generator that C runs": WORK
    + """
def numbers(n):
    for i in range(n):
        yield work(i)


print(bytearray(numbers(3)))
""",
    "below a function that C calls": WORK
    + """
import re

print(re.sub("a", lambda match: str(work(1)), "banana"))
""",
    "below an operator": WORK
    + """
class Number:
    def __lt__(self, other):
        return work(other)


sorted([Number(), Number()])
""",
    "an except* block of a group that divides itself": WORK
    + """
class Own(ExceptionGroup):
    def split(self, condition):
        return super().split(condition)


try:
    raise Own("all", [ZeroDivisionError()])
except* ZeroDivisionError:
    print(work(1))
    raise
""",
    "a thread": WORK
    + """
thread = threading.Thread(target=work, args=(1,))
thread.start()
thread.join()
print("too late")
""",
    "an open generator made by exec in a local variable": """\
made = {}
exec("def numbers():\\n    yield 1\\n    yield 2", made)


def main():
    source = made["numbers"]()
    next(source)
    for i in range(3):  # checkpoint
        print("too late" if i else "", next(source, None))


main()
""",
    "async": """\
import asyncio


async def main():
    for i in range(3):  # checkpoint
        await asyncio.sleep(0)
    print("too late")


asyncio.run(main())
""",
}


@pytest.mark.parametrize("source", PLACES.values(), ids=PLACES)
def test_a_boundary_in_a_place_that_is_not_supported(source, place, tmp_path):
    check_refused(source, place, tmp_path)


ASYNC = {
    "coroutine": "async def pause():\n    pass\n",
    "asynchronous generator": "async def pause():\n    yield\n",
}


@pytest.mark.parametrize("function", ASYNC.values(), ids=ASYNC)
def test_what_is_asynchronous_is_named(function, place, tmp_path):
    source = f"""\
{function}

def main():
    pending = [pause()]
    for i in range(3):  # checkpoint
        print("too late" if i else "")
    print(pending)


main()
"""
    check_refused(source, place, tmp_path, "main().pending[0]", "it is of pause", "let it finish")


def test_a_generator_that_holds_what_cannot_be_saved(place, tmp_path):
    source = """\
import zlib

streams = [zlib.compressobj()] * 2
names = (stream.flush() for stream in streams)
for i in range(2):  # checkpoint
    print("too late" if i else next(names))
print(list(names))
"""
    check_refused(source, place, tmp_path, "zlib.Compress")


def test_a_yield_in_a_place_that_is_not_known(place, tmp_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "library.py").write_text(
        "def items():\n    try:\n        pass\n    finally:\n        yield 1\n        yield 2\n"
    )
    source = f"""\
import sys

sys.path.append({str(folder)!r})
import library

kept = library.items()
print(next(kept))
for i in range(3):  # checkpoint
    print("too late" if i else "")
print(list(kept))
"""
    check_refused(source, place, tmp_path, "library.py:5", "finally")


def test_a_boundary_below_exec(place, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(WORK + 'exec("print(work(1))")\n')
    outcome = crash.run_tool(script, place, "--every", "1")
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert "<string>:1" in outcome.stderr


def test_a_boundary_while_a_module_is_loaded_again(place, tmp_path):
    (tmp_path / "helper.py").write_text("for i in range(LIMIT):  # checkpoint\n    print(i)\n")
    script = tmp_path / "script.py"
    lines = "import builtins, importlib", "builtins.LIMIT = 0", "import helper"
    script.write_text("\n".join([*lines, "builtins.LIMIT = 3", "importlib.reload(helper)"]))
    outcome = crash.run_tool(script, place, "--every", "1")
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert "Traceback" not in outcome.stderr


UNSAVEABLE = {
    "socket": "import socket\nmake = socket.socket",
    "connection": "import sqlite3\nmake = lambda: sqlite3.connect(':memory:')",
    "process": "import subprocess\nmake = lambda: subprocess.Popen(['true'])",
    "module made by hand": "import sys, types\n"
    "make = lambda: sys.modules.setdefault('made', types.ModuleType('made'))",
}


@pytest.mark.parametrize("setup", UNSAVEABLE.values(), ids=UNSAVEABLE)
@pytest.mark.parametrize("shape", ["{}", "[1, {{'inside': {}}}]"], ids=["plain", "inside"])
def test_a_variable_that_cannot_be_saved_is_named(setup, shape, place, tmp_path):
    value = shape.format("make()")
    source = f"""\
{setup}


def main():
    special = {value}
    for i in range(3):  # checkpoint
        print("too late" if i else "first")
    return special


main()
"""
    check_refused(source, place, tmp_path, "special")


LIBRARY = """\
def minimize(function, start):
    best = start
    for step in range(10):
        best = min(best, step, key=function)
        function(best)
    return best


class Problem:
    def __init__(self, function):
        self.function = function

    def solve(self):
        return minimize(self.function, 5)
"""


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("minimize(work, 1)", "minimize"),
        ("Problem(work).solve()", "minimize"),
        ("[minimize(f, 1) for f in [work]]", "minimize"),
    ],
)
def test_a_library_that_calls_a_function_often_is_named(call, name, place, tmp_path):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "optimizer.py").write_text(LIBRARY)
    source = f"from optimizer import Problem, minimize\n{WORK}\nprint({call})\n"
    path = os.pathsep.join([str(folder), crash.environment().get("PYTHONPATH", "")])
    check_refused(source, place, tmp_path, name, "optimizer.py", PYTHONPATH=path)


def test_the_place_below_an_adopted_library_is_one_of_the_script(place, tmp_path):
    source = f"""\
import click
{WORK}
class Number(click.ParamType):
    name = "number"

    def convert(self, value, param, ctx):
        return work(int(value))


@click.command()
@click.argument("n", type=Number())
def main(n):
    print(n)


main(["3"])
"""
    check_refused(source, place, tmp_path, "script.py:26 in <module>", "ParamType.__call__")


def test_a_profiler_is_named(place, tmp_path):
    source = f"import profile\n{WORK}\nprofile.Profile().runcall(work, 1)\n"
    check_refused(source, place, tmp_path, "runcall")


def test_a_global_that_cannot_be_saved_is_named(place, tmp_path):
    source = """\
import socket

link = socket.socket()
for i in range(3):  # checkpoint
    print("too late" if i else "first")
link.close()
"""
    check_refused(source, place, tmp_path, "link")


def test_an_attribute_that_cannot_be_saved_is_named(place, tmp_path):
    source = """\
import socket


class Client:
    def __init__(self):
        self.link = socket.socket()

    def run(self):
        for i in range(3):  # checkpoint
            print("too late" if i else self.link.fileno() > 0)


Client().run()
"""
    check_refused(source, place, tmp_path, "link")


@pytest.mark.parametrize("setup", UNSAVEABLE.values(), ids=UNSAVEABLE)
def test_a_dead_variable_is_no_matter(setup, place, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(f"""\
{setup}


def main():
    special = make()
    print(type(special).__name__)
    total = 0
    for i in range(4):  # checkpoint
        total += i
        print(i, total)
    special = None
    return total


print(main())
""")
    plain = crash.run_plain(script, place.cwd)
    crash.compare(plain, crash.run_with_crash(script, 2, place), "a dead variable")


def test_a_stack_that_does_not_come_back(place, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("""\
import functools


class Key:
    equal = False

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return Key.equal


@functools.cache
def work(key):
    for i in range(3 if key.long else 0):  # checkpoint
        Key.equal = True  # so that it is found in the cache when it is looked for again
        print(i)


for long in (False, True):
    key = Key()
    key.long = long
    work(key)
""")
    crash.run_tool(script, place, "--every", "1", "--crash-after", "2")
    outcome = crash.run_tool(script, place, "--every", "1")
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert "could not be brought back" in outcome.stderr
