"""`autoresume.register`: what a program tells about its types holds in snapshots and pickles."""

import sqlite3
import subprocess
import sys

import pytest
from pickling_driver import refusal, roundtrip

import autoresume
from autoresume import pickling
from autoresume.pickling import registry


class Handle:
    """Holds something that cannot be saved."""

    def __init__(self, name):
        self.name = name
        self.inner = sys._getframe()


class Derived(Handle):
    pass


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    monkeypatch.setattr(registry, "registered", {})


def copy(obj):
    return pickling.loads(pickling.dumps(obj))


def test_a_registered_type_is_one_object_again():
    autoresume.register(Handle, lambda handle: handle.name, Handle)
    one = Handle("one")
    both = copy([one, {"same": one}])
    assert both[0] is both[1]["same"] and both[0].name == "one"
    with pytest.raises(pickling.PicklingError, match=r"obj\.inner: frame cannot be saved"):
        copy(Derived("two"))
    autoresume.register(Handle, lambda handle: (type(handle), handle.name), make, subclasses=True)
    assert type(copy(Derived("two"))) is Derived


def make(saved):
    cls, name = saved
    return cls(name)


def test_an_entry_replaces_what_is_built_in():
    autoresume.register(sqlite3.Connection, lambda one: list(one.iterdump()), load_dump)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (x)")
    connection.execute("INSERT INTO t VALUES (3)")
    assert copy(connection).execute("SELECT x FROM t").fetchall() == [(3,)]


def load_dump(lines):
    connection = sqlite3.connect(":memory:")
    connection.executescript("\n".join(lines))
    return connection


def test_what_save_and_load_do_wrong_is_told():
    autoresume.register(Handle, lambda handle: {"parent": [handle]}, Handle)
    with pytest.raises(
        pickling.PicklingError,
        match=r"^obj\['a'\]\[0\]: .*Handle cannot be saved; what .*lambda.* leads back",
    ):
        pickling.dumps({"a": [Handle(1)]})
    autoresume.register(Handle, lambda handle: handle.missing, Handle)
    with pytest.raises(
        pickling.PicklingError,
        match=r"obj\[0\]: .*lambda.* has failed with AttributeError: .*missing",
    ):
        pickling.dumps([Handle(1)])
    autoresume.register(Handle, lambda handle: {"frame": handle.inner}, Handle)
    with pytest.raises(
        pickling.PicklingError, match=r"^obj\[0\]\.<saved>\['frame'\]: frame cannot be saved"
    ):
        pickling.dumps([Handle(1)])
    autoresume.register(Handle, lambda handle: handle.name, len)
    with pytest.raises(
        autoresume.AutoresumeError, match=r"Handle cannot be loaded: len has failed with TypeError"
    ):
        copy([Handle(1)])


@pytest.mark.parametrize(
    "arguments",
    [("Handle", str, str), (list, list, list), (type, str, str), (Handle, None, Handle)],
)
def test_what_cannot_work_is_refused_at_once(arguments):
    with pytest.raises(autoresume.UsageError):
        autoresume.register(*arguments)


def test_registering_imports_next_to_nothing():
    code = (
        "import autoresume, sys; autoresume.register(slice, str, str); "
        "print({'pickle', 'cloudpickle', 'numpy', 'dill', 'autoresume.run'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_program_goes_on_with_what_it_has_registered(tmp_path):
    roundtrip(
        tmp_path,
        """
        import autoresume, sys
        class Handle:
            made = 0
            def __init__(self, name):
                self.name, self.frame = name, sys._getframe()
                Handle.made += 1
        CONSTANT = "prefix "
        def save(handle):
            return handle.name
        def query(handle=Handle("default")):
            return helper(handle.name)
        def load(name):
            return Handle(helper(name) if name.startswith("x") else name)
        def helper(name):
            return CONSTANT + name
        autoresume.register(Handle, save, load)
        class Holder:
            kept = Handle("class")
        handles = [Handle("a"), Handle("b")]
        """,
        """
        assert [handle.name for handle in handles] == ["a", "b"]
        assert Holder.kept.name == "class" and query() == "prefix default"
        assert autoresume.pickling.registry.registered[Handle].save is save
        """,
    )


def test_a_refusal_names_the_variable(tmp_path):
    message = refusal(
        tmp_path,
        """
        import autoresume
        class Handle: pass
        def save(handle):
            raise ValueError("not now")
        autoresume.register(Handle, save, Handle)
        handles = {"one": [Handle()]}
        """,
    )
    assert message == (
        "handles['one'][0]: __main__.Handle cannot be saved; save has failed with "
        "ValueError: not now"
    )


class Engine:
    """Is rebuilt and then filled."""

    def __init__(self):
        self.inner, self.turns = sys._getframe(), 0


def turns_of(engine):
    return engine.turns


def set_turns(engine, turns):
    engine.turns = turns + 1 // (turns >= 0)


def test_an_object_is_made_and_filled():
    autoresume.register_state(Engine, turns_of, set_turns, make=Engine)
    engine = Engine()
    engine.turns = 3
    both = copy([engine, engine])
    assert both[0].turns == 4 and both[1] is both[0]
    engine.turns = -1
    with pytest.raises(registry.NotLoaded, match=r"Engine cannot be loaded: set_turns has failed"):
        copy(engine)


def test_an_object_that_nobody_makes_is_refused():
    autoresume.register_state(Engine, turns_of, set_turns)
    with pytest.raises(pickling.PicklingError, match=r"obj\[0\].*; it is filled when it has been"):
        copy([Engine()])
    with pytest.raises(autoresume.UsageError, match="are to be functions"):
        autoresume.register_state(Engine, turns_of, None)
