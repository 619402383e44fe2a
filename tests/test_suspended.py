"""Suspended generators whose code was not rewritten: a copy does what the original would do."""

import ast
import calendar
import collections.abc
import difflib
import email.iterators
import glob
import graphlib
import heapq
import importlib
import inspect
import ipaddress
import itertools
import json
import os
import pkgutil
import re
import shlex
import sys
import textwrap
import traceback
import types

import pytest

from autoresume.frames import Frames
from autoresume.generators import Generators
from autoresume.pickling import streams
from autoresume.program import Program
from autoresume.tracebacks import trim

SHAPES = {
    "loops": """
        for x in [1, 2]:
            for y in range(2):
                got = yield x, y
                log.append(got)
            else:
                yield "else"
        while len(log) < 6:
            log.append((yield "while"))
    """,
    "with": """
        with manager(log, 1) as one, manager(log, 2):
            yield one
            with manager(log, 3):
                for x in "ab":
                    with manager(log, x):
                        yield x
                        continue
        raise KeyError("end")
    """,
    "suppressed": """
        with contextlib.suppress(KeyError), manager(log, 1):
            yield 1
            raise KeyError(1)
        yield 2
    """,
    "handlers": """
        try:
            {}["a"]
        except KeyError as error:
            log.append((yield error))
            try:
                1 / 0
            except ZeroDivisionError as inner:
                log.append((yield str(inner)))
                log.append(str(inner.__context__))
                for x in "ab":
                    try:
                        raise IndexError(x)
                    except IndexError:
                        yield x
                        log.append(repr(sys.exception()))
            log.append(repr(sys.exception()))
            yield repr(sys.exception())
        log.append(repr(sys.exception()))
        yield 3
        try:
            yield 4
        finally:
            log.append("finally")
        try:
            pass
        except KeyError:
            pass
        else:
            yield 5
        try:
            raise ValueError("again")
        except ValueError:
            yield 6
            raise
    """,
    "operands": """
        log.append(1 + (yield 1))
        x = [10, log, (yield 2), (yield 3)]
        log.append(x[0] * len(x) - (yield 4))
        log.append((yield 5) < 100 < (yield 6))
        log.append(5 < (yield 7) < (yield 8))
        log.append({1, (yield 9)})
        log.append((x[0], (yield 10), *[1, 2]) if False else (x[0], (yield 11)))
        log.append(f"{x[0]} and {(yield 12)!r:>4}.{x[0]}")
        log.append("%d %d" % (1, 2) + str((yield 13)))
        log.append(x[(yield 14) % 2])
        log.append([0, 1, 2, 3, 4, 5][1 : (yield 15)])
        log.append([0, 1, 2, 3, 4, 5][: (yield 16)])
        log.append(not (yield 17))
        log.append((yield 18) and (yield 19) or (yield 20))
        log.append((yield 21) if (yield 22) else (yield 23))
        assert (yield 24)
        y = z = yield 25
        y += yield 26
        log[0] += yield 27
        x[y % 2] -= yield 28
        holder = Manager(log, "held")
        holder.name += str((yield 29))
        log.append(holder.name + str(z))
        return (yield 30)
    """,
    "calls": """
        log.append(max(1, (yield 1)))
        log.append(max(1, (yield 2), key=abs))
        log.append(divmod((yield 3), (yield 4)))
        log.extend([1, (yield 5)])
        log.append(str.join("-", [str((yield 6)), "x"]))
        log.append(dict(a=1, b=(yield 7), c=(yield 8)))
        log.append(Manager(log, "m").called(1, (yield 9)))
        log.append(Manager.fixed(1, (yield 10)))
        log.append(Manager.of_class(log, (yield 11)).name)
        log.append(os.path.join("a", str((yield 12))))
        log.append("x".replace("x", str((yield 13))))
        log.append(sorted([3, (yield 14)], key=lambda a: -a))
        log.append(int("12", base=3 + (yield 15)))
        log.append([].__add__([(yield 16)]))
        log.append((lambda a, b: (a, b))(1, (yield 17)))
        log.append(log.count((yield 18)) + log.index((yield 19) * 0 + log[0]))
        yield max(1, max(2, max(3, (yield 20))))
    """,
    "delegation": """
        log.append((yield from part(log, 2)))
        for x in "ab":
            yield from [x, x]
        log.append(3 + (yield from part(log, 1)))
        try:
            yield from itertools.chain("cd", part(log, 2))
        finally:
            log.append("end")
    """,
    "match": """
        for item in [(1, 2), [3], {"k": 4}, "s"]:
            match item:
                case (a, b) if a < b:
                    log.append((yield a))
                case [c]:
                    yield c
                case {"k": d}:
                    yield d
                case _:
                    yield "other"
    """,
    "closures": """
        count = 0
        def more(n):
            nonlocal count
            count += n
            return count
        get = lambda: (count, log[-1:])
        for x in range(3):
            more((yield get()))
            yield [x + count for x in range(2)]
            log.append((get(), max(x * count for x in range(3))))
        del count
        yield
        try:
            count
        except NameError as error:
            yield type(error).__mro__[-4].__name__
    """,
    "names": """
        eval = __name = [0]
        iter = None
        for __private in "ab":
            __name.append((yield __private))
            log.append((__name, eval))
    """,
    "imports": """
        import string
        from os import path as p
        for x in "ab":
            yield p.join(x, string.digits)
    """,
    "sentinel": """
        filled = itertools.zip_longest("ab", "c", fillvalue=MISSING)
        for pair in filled:
            yield [x for x in pair if x is not MISSING]
    """,
    "expressions": """
        n = 2
        inner = (x * n for x in range(5) if x)
        yield next(inner)
        n = 3
        both = zip(inner, (y + z for y in "ab" for z in "cd"))
        yield next(both)
        log.append(next(both))
        yield from both
    """,
}

PRELUDE = """
import contextlib
import itertools
import os
import sys


MISSING = object()


class Manager:
    def __init__(self, log, name):
        self.log, self.name = log, str(name)

    def called(self, a, b):
        return self.name, a, b

    @staticmethod
    def fixed(a, b):
        return a, b

    @classmethod
    def of_class(cls, log, b):
        return cls(log, b)


@contextlib.contextmanager
def manager(log, name):
    log.append("enter")
    try:
        yield name
    except BaseException as error:
        log.append(repr(error))
        raise
    finally:
        log.append(("exit", name))


def part(log, n):
    for i in range(n):
        log.append((yield ("part", i)))
    return n
"""


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    functions = [f"def {name}(log):{body}" for name, body in renamed(SHAPES)]
    text = PRELUDE + "\n\n".join(functions) + METHODS
    (folder / "shapes_of_generators.py").write_text(text)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("shapes_of_generators")
    sys.path.remove(str(folder))
    del sys.modules["shapes_of_generators"]


def renamed(named):
    return [
        (f"shape_{name}", textwrap.indent(textwrap.dedent(b), "    ")) for name, b in named.items()
    ]


METHODS = """


class Base:
    def items(self, log):
        for x in "ab":
            log.append((yield x, self.name))


class Derived(Base):
    name = "derived"

    def items(self, log):
        yield from super().items(log)
        yield __class__
        yield super().name if hasattr(super(), "name") else type(super())

    def shared(self, log):
        me = lambda: self
        yield 1
        log.append(super().items(log) is not None)
        yield me() is self
        yield super().__self__ is self

    def rebound(self, log):
        yield 1
        self = Derived()
        yield super().__self__ is self
        self = None
        yield 2
        try:
            super()
        except RuntimeError as error:
            log.append(str(error))
        except TypeError as error:
            log.append(str(error))
        yield 3

    @classmethod
    def of_class(cls, log):
        yield 1
        yield super().__self_class__ is cls
"""


@pytest.fixture
def program(tmp_path):
    program = Program(lambda filename: False, tmp_path)
    program.generators = Generators(Frames(program))
    return program


def copied(state, program):
    pickled = streams.dump({"modules": {}, "state": state}, program)
    copy = streams.load(pickled.data, pickled.buffers, program)
    program.generators.finish()
    return copy["state"]


def advance(generator, value):
    try:
        # What is no generator takes no values.
        inner = getattr(generator.gi_yieldfrom, "__name__", "delegated")
        takes_values = generator.gi_yieldfrom is None or inner != "delegated"
        item = generator.send(value if takes_values else None)
    except StopIteration as end:
        return "return", repr(end.value)
    except Exception as error:
        return "raise", repr(error), depth(error)
    return "yield", item if isinstance(item, int | str) else _ADDRESS.sub("", repr(item))


_ADDRESS = re.compile(" at 0x[0-9a-f]+")


def depth(error):
    trim(error)
    return len(list(traceback.walk_tb(error.__traceback__)))


def rest(generator, step):
    done = []
    while not done or done[-1][0] == "yield":
        step += 1
        done.append(advance(generator, step))
    return done


def started(make, steps):
    log = []
    generator = make(log)
    for step in range(steps):
        if advance(generator, step or None)[0] != "yield":
            return None
    return log, generator


def check(make, program, *, twice=True):
    """Compare a generator with its copy, after any number of steps."""
    for steps in itertools.count():
        if started(make, steps) is None:
            return steps
        plain_log, plain = started(make, steps)
        log, generator = copied(started(make, steps), program)
        if twice:
            log, generator = copied((log, generator), program)
        assert generator.__qualname__ == plain.__qualname__
        assert generator.__name__ == plain.__name__
        assert inspect.getgeneratorstate(generator) == inspect.getgeneratorstate(plain)
        if isinstance(plain.gi_yieldfrom, types.GeneratorType):
            assert generator.gi_yieldfrom.__qualname__ == plain.gi_yieldfrom.__qualname__
        if generator.gi_frame is not None:
            assert generator.gi_frame.f_lineno == plain.gi_frame.f_lineno
        first = max(steps, 0)
        if steps:
            assert rest(generator, first) == rest(plain, first)
        else:
            assert [advance(generator, None), *rest(generator, 0)] == [
                advance(plain, None),
                *rest(plain, 0),
            ]
        assert repr(log) == repr(plain_log)
    raise AssertionError


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name, twice, shapes, program):
    assert check(getattr(shapes, f"shape_{name}"), program, twice=twice) > 2


@pytest.mark.parametrize("name", ["items", "shared", "rebound", "of_class"])
def test_methods_that_call_super(name, shapes, program):
    assert check(lambda log: getattr(shapes.Derived(), name)(log), program) > 2


TREE = ast.parse("def f(a, b=1):\n    return [a + b for c in d]\nx = f(2)")
LINES = ["one\n", "two\n", "three\n"], ["ore\n", "tree\n", "emu\n"]
GRAPH = {"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}


OF_THE_LIBRARY = {
    "ast.walk": lambda log: ast.walk(TREE),
    "iter_fields": lambda log: ast.iter_fields(TREE.body[0]),
    "iter_child_nodes": lambda log: ast.iter_child_nodes(TREE.body[0].args),
    "merge": lambda log: heapq.merge([1, 4], [2, 5], [3, 6], [0]),
    "merge by key": lambda log: heapq.merge("acE", "Bd", key=str.lower),
    "merge reversed": lambda log: heapq.merge([7, 4], [5, 2], reverse=True),
    "merge reversed by key": lambda log: heapq.merge("Eca", "dB", key=str.lower, reverse=True),
    "unified_diff": lambda log: difflib.unified_diff(*LINES),
    "context_diff": lambda log: difflib.context_diff(*LINES),
    "ndiff": lambda log: difflib.ndiff(*LINES),
    "restore": lambda log: difflib.restore(list(difflib.ndiff(*LINES)), 1),
    "grouped": lambda log: difflib.SequenceMatcher(None, *LINES).get_grouped_opcodes(),
    "mdiff": lambda log: difflib._mdiff(*LINES),
    "iterencode": lambda log: json.JSONEncoder(indent=1).iterencode({"a": [1, {"b": 2.5}, []]}),
    "indexed": lambda log: collections.abc.Sequence.__iter__(collections.UserList("abc")),
    "reversed": lambda log: collections.abc.Sequence.__reversed__(collections.UserList("abc")),
    "values": lambda log: iter(collections.abc.ValuesView({"a": 1, "b": 2})),
    "items": lambda log: iter(collections.abc.ItemsView({"a": 1, "b": 2})),
    "chain map": lambda log: (x for x in collections.ChainMap({"a": 1}, {"b": 2})),
    "topological": lambda log: graphlib.TopologicalSorter(GRAPH).static_order(),
    "email walk": lambda log: email.message_from_string("a: b\n\nbody").walk(),
    "email lines": lambda log: email.iterators.body_line_iterator(
        email.message_from_string("a: b\n\nbody\nmore\n")
    ),
    "hosts": lambda log: ipaddress.ip_network("10.0.0.0/29").hosts(),
    "subnets": lambda log: ipaddress.ip_network("10.0.0.0/29").subnets(new_prefix=31),
    "summarize": lambda log: ipaddress.summarize_address_range(
        ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("10.0.0.9")
    ),
    "exclude": lambda log: ipaddress.ip_network("10.0.0.0/29").address_exclude(
        ipaddress.ip_network("10.0.0.4/31")
    ),
    "weeks": lambda log: calendar.Calendar().itermonthdates(2024, 2),
    "days": lambda log: calendar.Calendar().itermonthdays2(2024, 2),
    "walk files": lambda log: os.walk(os.path.dirname(json.__file__)),
    "walk files up": lambda log: os.walk(os.path.dirname(json.__file__), topdown=False),
    "packages": lambda log: pkgutil.iter_modules([os.path.dirname(json.__file__)]),
    "iglob": lambda log: glob.iglob(os.path.dirname(json.__file__) + "/**", recursive=True),
    "formats": lambda log: traceback.TracebackException.from_exception(
        ExceptionGroup("all", [KeyError("k"), ValueError("v")])
    ).format(),
    "chars": lambda log: (c for c in shlex.shlex("a 'b c' d")),
}


@pytest.mark.parametrize("name", OF_THE_LIBRARY)
def test_the_standard_library(name, program):
    assert check(OF_THE_LIBRARY[name], program) > 1
