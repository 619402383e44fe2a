"""`autoresume.pickling.dumps` and `loads` in programs that are not run by autoresume."""

import ctypes
import enum
import io
import math
import multiprocessing
import pickle
import random
import subprocess
import sys
import textwrap
import types
import weakref

import numpy as np
import pytest

from autoresume import pickling


def copy(obj, **options):
    return pickling.loads(pickling.dumps(obj, **options))


def in_two_processes(folder, first, second, *names):
    """Run a script that dumps `result` and another one that finds it loaded."""
    dump = (
        "from autoresume import pickling\n"
        + textwrap.dedent(first)
        + textwrap.dedent(
            """
        with open("state", "wb") as file:
            pickling.dump(result, file)
        """
        )
    )
    load = "import pickle\nresult = pickle.load(open('state', 'rb'))\n" + textwrap.dedent(second)
    for name, source in (("first.py", dump), ("second.py", load)):
        (folder / name).write_text(source)
        command = [sys.executable, name]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_script_goes_by_value_with_the_globals_that_it_uses(tmp_path):
    in_two_processes(
        tmp_path,
        """
        import dataclasses, enum, functools, math, os.path, sys, xml.etree
        import xml.dom.minidom
        LIMIT, UNUSED = 3, sys._getframe()
        calls = []
        class Color(enum.Enum):
            RED = 1
        @dataclasses.dataclass
        class Point:
            x: int
            color: Color = Color.RED
            def moved(self):
                return Point(self.x + LIMIT)
        @functools.lru_cache
        def square(n):
            calls.append(n)
            return math.floor(n) ** 2
        def count(n):
            global LIMIT
            LIMIT += n
            return LIMIT if n == 0 else count(n - 1)
        def limit():
            class Local:
                value = LIMIT
            return Local.value
        def parse(text):
            return xml.dom.minidom.parseString(text).documentElement.tagName
        def outer():
            def inner():
                return outer, later
            later = 5
            return inner
        square(3)
        point = Point(1)
        def numbers(n):
            for i in range(n):
                yield i
        result = [count, limit, point, {point.color: [point]}, square, calls, parse, outer(), {}]
        result[-1]["self"] = result
        """,
        """
        count, limit, point, by_color, square, calls, parse, inner, last = result
        assert count(2) == 6 == limit() and count.__globals__ is limit.__globals__
        assert "UNUSED" not in count.__globals__ and count.__module__ == "__main__"
        assert by_color[point.color] == [point] and by_color[point.color][0] is point
        assert point.moved() == type(point)(7) and type(point).__name__ == "Point"
        assert square(3) == 9 and calls == [3] and square.cache_info().hits == 1
        assert parse("<a><b/></a>") == "a" and inner()[1] == 5 and inner()[0]()()[0] is inner()[0]
        assert last["self"] is result
        """,
    )


def test_generators_go_on_where_they_stood(tmp_path):
    source = """
        import itertools, textwrap
        def numbers(n):
            with open(__file__) as file:
                for i in range(n):
                    got = yield i, file.readline()[:4]
        """
    script = textwrap.dedent(source) + textwrap.dedent(
        """
        import os, sys
        from autoresume import pickling
        if os.path.exists("state"):
            with open("state", "rb") as file:
                both, chunks = pickling.load(file)
            assert both[0] is both[1]
            print(list(both[0]), list(chunks))
        else:
            generator, chunks = numbers(4), (x * 2 for x in itertools.count())
            next(generator), next(generator), next(chunks)
            with open("state", "wb") as file:
                pickling.dump([[generator, generator], itertools.islice(chunks, 3)], file)
        """
    )
    (tmp_path / "script.py").write_text(script)
    run = [sys.executable, "script.py"]
    for _ in range(2):
        done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert done.stdout == "[(2, 'def '), (3, '    ')] [2, 4, 6]\n"


def test_what_can_be_imported_goes_by_name_and_plain_data_is_a_plain_pickle():
    assert copy(pickling.dumps) is pickling.dumps and copy(math) is math
    assert copy(io.StringIO) is io.StringIO and copy(test_generators_go_on_where_they_stood)
    data = {"a": [1, 2.5, ("b", None)], "c": b"d"}
    assert pickling.dumps(data) == pickle.dumps(data, 5)
    assert pickling.dumps(data, 2) == pickle.dumps(data, 5)


def test_a_local_class_that_comes_back_is_itself():
    class Local:
        count = 1

        def twice(self):
            return __class__.count * 2

    class Kind(enum.Enum):
        A = "a"

    T = types.SimpleNamespace(one=Local(), kind=Kind.A, cls=Local)
    data = pickling.dumps(T)
    Local.count = 5
    back = pickling.loads(data)
    assert back.cls is Local and type(back.one) is Local and back.kind is Kind.A
    assert Local.count == 5 and back.one.twice() == 10


def test_by_value_is_asked_for_by_the_name_of_a_module_or_package(tmp_path, monkeypatch):
    package = tmp_path / "some_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("K = 2\ndef f(): return K\nclass A: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    import some_package.inner as inner

    by_name = pickling.dumps([inner.f, inner.A(), inner])
    by_value = pickling.dumps([inner.f, inner.A(), inner], by_value=["some_package"])
    monkeypatch.undo()
    for name in ("some_package", "some_package.inner"):
        del sys.modules[name]
    with pytest.raises(ModuleNotFoundError):
        pickling.loads(by_name)
    f, a, module = pickling.loads(by_value)
    assert f() == 2 and type(a).__name__ == "A" and module.f is f and f.__globals__ is vars(module)


def test_buffers_go_out_of_band():
    base = np.arange(1000.0)
    views = [base, base[10:20], np.asfortranarray(base.reshape(10, 100))]
    buffers = []
    data = pickling.dumps(views, buffer_callback=buffers.append)
    assert [buffer.raw().nbytes for buffer in buffers] == [8000, 8000] and len(data) < 2000
    back = pickling.loads(data, buffers=[bytearray(buffer.raw()) for buffer in buffers])
    back[1][0] = -1
    assert back[0][10] == -1 and back[2].flags.f_contiguous
    with pytest.raises(pickle.UnpicklingError):
        pickling.loads(data)
    back = copy(views)
    back[1][0] = -1
    assert back[0][10] == -1


def test_files_and_picklers():
    file = io.BytesIO()
    pickler = pickling.Pickler(file)
    pickler.dump([1])
    pickler.dump(lambda x: x + 1)
    pickling.dump({float("nan")}, file)
    file.seek(0)
    assert pickling.load(file) == [1]
    unpickler = pickling.Unpickler(file)
    assert unpickler.load()(1) == 2
    assert math.isnan(pickling.load(file).pop())


def test_what_pickle_loses_is_kept():
    nan, odd = float("nan"), set(range(1000))
    odd.difference_update(set(range(1000)) - {1, 8, 17})
    one, two, well_known = copy([nan, nan, math.nan])
    assert one is two and well_known is math.nan and list(copy(odd)) == list(odd)
    names = {}
    exec("def f(): return names", {}, names)
    f = types.FunctionType(names["f"].__code__, names)
    names.update(f=f, names=names)
    back = copy([f, names])
    assert back[0].__globals__ is back[1] and back[0]() is back[1] and back[1]["f"] is back[0]
    referred = copy([weakref.ref(f), weakref.proxy(f), f])
    assert referred[0]() is referred[2] and referred[1].__name__ == "f"


def test_a_file_is_left_alone_by_loading(tmp_path):
    with (tmp_path / "log").open("w") as file:
        file.write("one\n")
        data = pickling.dumps(file)
        file.write("two\n")
    with pickling.loads(data) as again:
        assert again.tell() == 4
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_a_refusal_names_the_path_and_is_a_pickling_error():
    with pytest.raises(pickle.PicklingError) as caught:
        pickling.dumps({"a": [types.SimpleNamespace(frame=sys._getframe())]})
    assert str(caught.value).startswith("obj['a'][0].frame: frame cannot be saved")
    assert isinstance(caught.value, pickling.PicklingError)

    class Failing:
        def __reduce__(self):
            raise KeyError("mine")

    with pytest.raises(pickling.PicklingError, match="Failing cannot be saved") as caught:
        pickling.dumps([Failing()])
    assert isinstance(caught.value.__cause__, KeyError)


def work(data):
    function, value = pickle.loads(data)
    return pickling.dumps([function(value), type(value)])


def test_a_task_for_another_process_and_its_result():
    class Task:
        def __init__(self, n):
            self.n = n

    offset = 10
    data = pickling.dumps([lambda task: Task(task.n + offset), Task(1)])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result, cls = pickling.loads(pool.apply(work, [data]))
    assert type(result) is cls is Task and result.n == 11


def test_threads_load_at_the_same_time():
    from concurrent.futures import ThreadPoolExecutor

    def numbers():
        yield from range(5)

    generator = numbers()
    next(generator)
    data = pickling.dumps([generator, lambda: generator])
    with ThreadPoolExecutor(4) as pool:
        for one, function in pool.map(pickling.loads, [data] * 40):
            assert function() is one and list(one) == [1, 2, 3, 4]


class Owner(random.Random):
    """Tells its state by arrays over memory that is its own, as the trees of scikit-learn do."""

    def __init__(self):
        super().__init__(0)
        self.memory = (ctypes.c_uint8 * 8)(*range(8))

    @property
    def __array_interface__(self):
        address = ctypes.addressof(self.memory), False
        return {"shape": (8,), "typestr": "|u1", "data": address, "version": 3}

    def __reduce__(self):
        every = np.asarray(self)
        records = every.view([("a", "i2"), ("b", "u1", 2)])
        return Owner, (), {"every": every, "parts": (every[1::2], records)}

    def __setstate__(self, state):
        self.state = state
        self.memory[:] = state["every"].tolist()


def test_arrays_over_the_memory_of_what_they_are_the_state_of():
    owner = Owner()
    owner.memory[2] = 7
    made, again = copy([owner, owner])
    assert made is again and list(made.memory) == [0, 1, 7, 3, 4, 5, 6, 7]
    odd, records = made.state["parts"]
    assert odd.tolist() == [1, 3, 5, 7] and records["b"].tolist() == [[7, 3], [6, 7]]
    with pytest.raises(pickle.PicklingError, match="the memory of a Owner; use a copy of it"):
        pickling.dumps(np.asarray(owner))


class Lazy(types.ModuleType):
    """Imports a module when it is asked for something, as those of libraries do."""

    def __getattr__(self, name):
        self.asked = True
        raise AttributeError(name)


def test_modules_of_a_class_of_their_own():
    lazy = Lazy("optional")
    lazy.depth = [1]
    made, depth = copy((lazy, lazy.depth))
    assert type(made) is Lazy and made.__name__ == "optional" and made.depth is depth == [1]
    assert "asked" not in vars(made) and "asked" not in vars(lazy)
    exec("def function(): pass", vars(lazy))
    with pytest.raises(pickle.PicklingError, match="whose functions use its names"):
        pickling.dumps(lazy)
