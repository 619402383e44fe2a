"""Identity, functions, classes and instances through a dump and a load in a fresh process."""

from pickling_driver import refusal, roundtrip


def test_functions_share_cells_and_globals(tmp_path):
    told = roundtrip(
        tmp_path,
        """
        def counter(start, /, step=[1], *, scale=1):
            n = start
            def inc():
                nonlocal n
                n += step[0] * scale
                return n
            def get():
                return n
            return inc, get
        inc, get = counter(2)
        inc.note = "attribute"
        step = counter.__defaults__[0]
        def outer():
            def rec(k):
                return 0 if k == 0 else 1 + rec(k - 1)
            return rec
        rec = outer()
        square = lambda x: x * x
        def empty():
            if False:
                late = 1
            return lambda: late
        unset = empty()
        names = globals()
        """,
        """
        assert (inc(), get(), inc.note) == (3, 3, "attribute")
        assert counter.__defaults__[0] is step and counter.__kwdefaults__ == {"scale": 1}
        assert inc.__closure__[0].cell_contents is get.__closure__[0].cell_contents
        assert rec(4) == 4 and rec.__closure__[0].cell_contents is rec
        assert square(3) == 9 and counter.__globals__ is globals() is names
        assert inc.__qualname__ == "counter.<locals>.inc" and inc.__module__ == "__main__"
        try:
            unset()
        except NameError:
            pass
        else:
            raise AssertionError
        """,
    )
    assert not told["bound"]


def test_modules_of_the_program_come_back_as_they_are(tmp_path):
    roundtrip(
        tmp_path,
        """
        import other
        import os.path as path
        from other import Base, helper
        from random import random, seed
        import random as random_module
        other.T = 7
        class Sub(Base):
            pass
        last = 1
        """,
        """
        import sys, random as fresh
        assert other is sys.modules["other"] and helper(9) == 10.0
        assert helper.__globals__ is vars(other) and other.Base is Base
        assert issubclass(Sub, Base) and random.__self__ is fresh._inst
        assert path is __import__("os").path and random_module is fresh
        assert [name for name in globals() if not name.startswith("__")][:3] == [
            "other", "path", "Base"]
        """,
        other="""
        import math
        T = 5
        def helper(x):
            return math.sqrt(x) + T
        class Base:
            pass
        """,
    )


def test_decorated_and_cached_functions(tmp_path):
    roundtrip(
        tmp_path,
        """
        import contextlib, functools
        calls = []
        def deco(f):
            @functools.wraps(f)
            def wrapper(*args):
                return f(*args) + 1
            return wrapper
        @deco
        def plus(x):
            return x
        @contextlib.contextmanager
        def manager():
            yield 1
        @functools.lru_cache(maxsize=3)
        def bounded(a, b=1, *, c=2):
            calls.append(a)
            return [a, b, c]
        bounded(1); bounded((1, 2)); kept = bounded(1, c=3); bounded("x"); bounded("x")
        @functools.lru_cache(maxsize=None, typed=True)
        def typed(a, c=2):
            calls.append(a)
            return a
        typed(1); typed(1, c=3); typed(1.0)
        @functools.cache
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        fib(20)
        @functools.singledispatch
        def kind(x):
            return "any"
        @kind.register
        def _(x: int):
            return "int"
        part = functools.partial(plus, 4)
        """,
        """
        assert plus(1) == 2 and plus.__wrapped__(1) == 1 and plus.__name__ == "plus"
        with manager() as one:
            assert one == 1
        n = len(calls)
        assert tuple(bounded.cache_info()) == (1, 4, 3, 3)
        assert bounded(1, c=3) is kept and len(calls) == n
        bounded(9)
        assert len(calls) == n + 1
        bounded((1, 2))
        assert len(calls) == n + 2
        assert typed.cache_info().misses == 3 and typed(1.0) == typed(1, c=3) == 1
        assert len(calls) == n + 2
        assert fib.cache_info()[:2] == (18, 21) and fib(25) == 75025
        assert kind(1) == "int" and kind("") == "any" and part() == 5
        """,
    )


def test_classes_run_none_of_the_users_code(tmp_path):
    roundtrip(
        tmp_path,
        """
        class Meta(type):
            made = []
            def __new__(meta, name, *args, **options):
                Meta.made.append(name)
                return super().__new__(meta, name, *args)
            def __init__(cls, *args, **options):
                Meta.made.append("init")
        class Plugin:
            known = {}
            def __init_subclass__(cls, *, tag, **options):
                Plugin.known[tag] = cls
        class A(Plugin, tag="a"):
            pass
        class Named(metaclass=Meta):
            pass
        class Descriptor:
            names = []
            def __set_name__(self, owner, name):
                Descriptor.names.append(name)
        class Slotted(Named):
            "Doc."
            __slots__ = ("a", "__private")
            d = Descriptor()
            def __init__(self):
                self.a, self.__private = 1, 2
            def private(self):
                return self.__private
            b = 3
        Slotted.added = [1]
        class Pair:
            __slots__ = ("x",)
        slotted, pair = Slotted(), Pair()
        orders = {cls: list(vars(cls)) for cls in (Slotted, Named, Pair, A, Plugin)}
        """,
        """
        assert Meta.made == ["Named", "init", "Slotted", "init"], Meta.made
        assert Plugin.known == {"a": A} and Descriptor.names == ["d"]
        class B(Plugin, tag="b"):
            pass
        assert Plugin.known["b"] is B
        assert slotted.private() == 2 and Slotted.__doc__ == "Doc." and Slotted.added == [1]
        assert not hasattr(pair, "__dict__") and not hasattr(pair, "x")
        own = {cls: [n for n in vars(cls) if n != "__slotnames__"] for cls in orders}
        assert own == orders, own
        """,
    )


def test_kinds_of_classes(tmp_path):
    roundtrip(
        tmp_path,
        """
        import abc, collections, dataclasses, enum, functools, typing
        class Color(enum.Enum):
            RED = 1
            BLUE = "b"
            def hot(self):
                return self is Color.RED
        class Number(enum.IntEnum):
            ONE = 1
        class Text(enum.StrEnum):
            X = "x"
        class Flags(enum.Flag):
            A = enum.auto()
            B = enum.auto()
        red, one, both = Color.RED, Number.ONE, Flags.A | Flags.B
        @dataclasses.dataclass
        class Data:
            x: int
            y: list = dataclasses.field(default_factory=list)
        @dataclasses.dataclass(slots=True, frozen=True, order=True)
        class Frozen:
            x: int = 3
        data, frozen = Data(1), Frozen()
        class Point(typing.NamedTuple):
            x: int
            y: str = "y"
        Old = collections.namedtuple("Old", "a b")
        point, old = Point(1), Old(1, 2)
        class Abstract(abc.ABC):
            @abc.abstractmethod
            def f(self): ...
            @functools.cached_property
            def cached(self):
                return 9
            @property
            def prop(self):
                return "prop"
            @staticmethod
            def static():
                return 1
            @classmethod
            def own(cls):
                return cls
        class Concrete(Abstract):
            def f(self):
                return super().static()
        Abstract.register(list)
        concrete = Concrete()
        concrete.cached
        T = typing.TypeVar("T", bound=int)
        class Tree(typing.Generic[T]):
            kids: "list[Tree[T]]"
        class IntTree(Tree[int]):
            pass
        alias = Tree[int]
        class Protocol(typing.Protocol):
            def m(self): ...
        UserId = typing.NewType("UserId", int)
        Typed = typing.TypedDict("Typed", {"a": int})
        def local():
            class Local:
                def me(self):
                    return __class__
            return Local
        Local = local()
        optional = Data | None
        """,
        """
        assert red is Color.RED is Color(1) and Color["BLUE"].value == "b" and red.hot()
        assert list(Color) == [Color.RED, Color.BLUE]
        assert one is Number(1) and one + 1 == 2 and Text("x") is Text.X and Text.X == "x"
        assert both is Flags(3) and Flags.A in both
        assert data == Data(1) and repr(Frozen()) == "Frozen(x=3)" and frozen <= Frozen()
        @dataclasses.dataclass
        class More(Data):
            z: int = 4
        assert More(1).z == 4 and More(1).y == []
        assert point == Point(1) and point.y == "y" and old._replace(a=5) == Old(5, 2)
        try:
            Abstract()
        except TypeError:
            pass
        else:
            raise AssertionError
        assert isinstance([], Abstract) and isinstance(concrete, Abstract)
        assert concrete.f() == 1 and concrete.cached == 9 and concrete.prop == "prop"
        assert Concrete.own() is Concrete
        assert alias == Tree[int] and IntTree.__orig_bases__ == (Tree[int],) and T.__bound__ is int
        assert UserId(3) == 3 and Typed(a=1) == {"a": 1}
        assert Local().me() is Local and isinstance(Data(1), optional)
        """,
    )


def test_instances(tmp_path):
    roundtrip(
        tmp_path,
        """
        KEY = "needed by the hash"
        class Hashed:
            def __init__(self):
                self.key = KEY
                self.me = {}
                self.me[self] = 1
            def __hash__(self):
                return hash(KEY)
        hashed = Hashed()
        class Node:
            pass
        a, b = Node(), Node()
        a.next, b.next = b, a
        class Whole(int):
            def __new__(cls, value, extra):
                whole = super().__new__(cls, value)
                whole.extra = extra
                return whole
            def __getnewargs__(self):
                return int(self), self.extra
        whole = Whole(4, "e")
        class Single:
            def __reduce__(self):
                return "SINGLE"
        SINGLE = Single()
        class Failure(Exception):
            def __init__(self, a, b):
                super().__init__(f"{a}{b}")
                self.a = a
        try:
            try:
                raise KeyError("inner")
            except KeyError as inner:
                raise Failure(1, 2) from inner
        except Failure as caught:
            failure = caught
        missing = FileNotFoundError(2, "No such file", "name")
        class Stateful:
            def __getstate__(self):
                return {"kept": self.kept}
            def __setstate__(self, state):
                self.kept = state["kept"] + [KEY]
        stateful = Stateful()
        stateful.kept = []
        mark = object()
        marks = [mark]
        method = a.__init__
        nan = float("nan")
        """,
        """
        assert hashed.me[hashed] == 1 and a.next.next is a
        assert whole == 4 and whole.extra == "e" and type(SINGLE) is Single
        assert str(failure) == "12" and failure.a == 1
        assert type(failure.__cause__) is KeyError and failure.__suppress_context__
        assert missing.filename == "name" and missing.errno == 2
        assert set(stateful.kept) == {KEY} and marks[0] is mark
        assert method.__self__ is a
        """,
    )


def test_locks_and_weak_references(tmp_path):
    roundtrip(
        tmp_path,
        """
        import queue, threading, weakref
        class Node:
            pass
        lock, rlock = threading.Lock(), threading.RLock()
        lock.acquire()
        rlock.acquire()
        rlock.acquire()
        work, simple = queue.Queue(), queue.SimpleQueue()
        work.put(1)
        simple.put(2)
        event, condition = threading.Event(), threading.Condition()
        event.set()
        local = threading.local()
        local.x = 1
        main = threading.main_thread()
        node = Node()
        ref, dead = weakref.ref(node), weakref.ref(Node())
        values, keys = weakref.WeakValueDictionary(a=node), weakref.WeakKeyDictionary({node: 1})
        both = [lock, {"the same": lock}]
        """,
        """
        assert lock.locked() and both[1]["the same"] is lock is both[0]
        rlock.release()
        rlock.release()
        assert not rlock._is_owned()
        assert work.get() == 1 and simple.get() == 2 and event.is_set() and local.x == 1
        with condition:
            condition.notify_all()
        assert main is threading.main_thread()
        assert ref() is node and dead() is None and values["a"] is node and keys[node] == 1
        """,
    )


def test_values_of_the_standard_library(tmp_path):
    roundtrip(
        tmp_path,
        """
        import array, collections, datetime, decimal, fractions, operator, pathlib, random, re
        import types
        values = {
            "decimal": decimal.Decimal("1.5"), "fraction": fractions.Fraction(1, 3),
            "time": datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
            "pattern": re.compile("a+"), "path": pathlib.Path("x"),
            "array": array.array("d", [1.0]), "counter": collections.Counter("aab"),
            "deque": collections.deque([1], 3), "chain": collections.ChainMap({}, {1: 2}),
            "random": random.Random(4), "ns": types.SimpleNamespace(a=1), "dots": ...,
            "not": NotImplemented, "none": type(None), "int": int, "slice": slice(1, 2),
        }
        default = collections.defaultdict(lambda: 0, a=1)
        builtin, bound, get = len, "abc".upper, operator.itemgetter(1)
        d = {1: 2}
        proxy, keys, memory = types.MappingProxyType(d), d.keys(), bytearray(b"abc")
        window = memoryview(memory)
        expected = values["random"].getstate()
        """,
        """
        assert values["pattern"] == re.compile("a+") and values["deque"].maxlen == 3
        assert values["random"].getstate() == expected and values["none"] is type(None)
        assert values["dots"] is ... and values["int"] is int and values["counter"]["a"] == 2
        assert default["zero"] == 0 and builtin is len and bound() == "ABC" and get("ab") == "b"
        d[3] = 4
        assert proxy[3] == 4 and 3 in keys
        window[0] = 65
        assert memory[0] == 65
        """,
    )


def test_generated_code_and_code_of_libraries_is_stored_by_what_it_was_made_from(tmp_path):
    told = roundtrip(
        tmp_path,
        """
        import collections, contextlib, dataclasses, json, linecache, reprlib
        from dataclasses import dataclass, field

        @dataclass(frozen=True, order=True)
        class Item:
            key: str
            tags: list = field(default_factory=list, compare=False)

        @dataclass(slots=True)
        class Slots:
            a: int
            b: int = field(default=2, init=False)

        init, plain_repr = Item.__init__, Item.__repr__.__wrapped__
        Pair = collections.namedtuple("Pair", "a b", defaults=[5])
        make, new = Pair._make, Pair.__new__
        opened = contextlib.contextmanager(lambda: iter(()))
        tilde = reprlib.recursive_repr("~")(lambda self: repr(self))

        text = "def made(x):\\n    return x, factor\\n"
        name = "<generated here>"
        linecache.cache[name] = len(text), None, text.splitlines(True), name
        space = {"factor": 3}
        exec(compile(text, name, "exec", 1 << 24), space)  # with the feature "annotations"
        made = space["made"]
        """,
        """
        assert Item("a") < Item("b") and Item("a").tags is not Item("a").tags and hash(Item("a"))
        assert init is Item.__init__ and plain_repr(Item("k")) == repr(Item("k"))
        assert repr(Item("k")) == "Item(key='k', tags=[])"
        assert Slots(1).b == 2 and not hasattr(Slots(1), "__dict__") and Slots(1) == Slots(1)
        try:
            Item("a").key = 1
        except dataclasses.FrozenInstanceError:
            pass
        else:
            raise AssertionError
        assert Pair(1) == (1, 5) and make([1, 2])._replace(b=3) == (1, 3) and new is Pair.__new__
        assert opened.__wrapped__ and isinstance(opened(), contextlib._GeneratorContextManager)
        assert tilde(3) == "3"
        assert made(1) == (1, 3) and made.__globals__ is space
        space["factor"] = 4
        assert made(1) == (1, 4) and linecache.getline("<generated here>", 1) == "def made(x):\\n"
        """,
    )
    assert not told["bound"]


def test_modules_constants_and_definitions_go_by_reference(tmp_path):
    """A definition costs its name and little more, however long it is."""
    definitions = [
        f'''
        import json, os.path as path_{number}
        def function_{number}(a, b: int = 3):
            """The documentation of a function."""
            return a + b + len({"x" * 5000!r}) + {10**300 + number}
        class Class_{number}:
            def method(self, a):
                return [{", ".join(map(str, range(1000)))}, a]
        '''
        for number in range(40)
    ]
    sizes = []
    for count in (0, 40):
        roundtrip(tmp_path, "".join(definitions[:count]), "", other="TABLE = tuple(range(3))")
        sizes.append((tmp_path / "state.bin").stat().st_size)
    data = (tmp_path / "state.bin").read_bytes()
    assert (sizes[1] - sizes[0]) / 40 < 600, sizes
    assert b"documentation" not in data and b"xxx" not in data


def test_code_that_is_in_no_source_file_binds_to_the_python_version(tmp_path):
    told = roundtrip(
        tmp_path,
        """
        space = {}
        exec("x = 1\\ndef made(): return x", space)
        """,
        """
        assert space["made"]() == 1
        space["x"] = 2
        assert space["made"]() == 2 and space["made"].__globals__ is space
        """,
    )
    assert told["bound"]


def test_a_nesting_too_deep_is_named(tmp_path):
    message = refusal(
        tmp_path,
        """
        deep = None
        for _ in range(1_200_000):
            deep = [deep]
        fine = 1
        """,
    )
    assert message == "deep is nested too deeply; keep its parts in a flat list"


def test_deep_objects_come_back(tmp_path):
    roundtrip(
        tmp_path,
        """
        import threading
        class Node:
            pass
        class Slotted:
            __slots__ = ("next", "previous")
        def chain(rest):
            return lambda: rest
        linked = doubly = closed = nested = None
        for number in range(100_000):
            node = Node()
            node.next, linked, nested = linked, node, [({1: nested},)]
        for number in range(20_000):
            slotted = Slotted()
            slotted.next, slotted.previous = doubly, None
            if doubly is not None:
                doubly.previous = slotted
            doubly, closed = slotted, chain(closed)
        mine, held, nan = threading.local(), threading.RLock(), float("nan")
        mine.value = 1
        held.acquire()
        """,
        """
        def depth(value, step):
            steps = 0
            while value is not None:
                value, steps = step(value), steps + 1
            return steps
        assert depth(linked, lambda one: one.next) == 100_000
        assert depth(nested, lambda one: one[0][0][1]) == 100_000
        assert depth(doubly, lambda one: one.next) == depth(closed, lambda one: one()) == 20_000
        assert doubly.next.previous is doubly
        assert mine.value == 1 and held._is_owned()
        """,
    )
