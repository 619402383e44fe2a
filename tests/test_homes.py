"""What knows the types of a library is imported when one of them is met, and not before."""

import pkgutil
import subprocess
from importlib import import_module
from importlib.util import find_spec

import cloudpickle
import pytest
from crash import environment, interpreter

from autoresume import pickling
from autoresume.pickling.homes import KNOWN, exact_reducer_of, families_of
from autoresume.pickling.pickler import BY_CLOUDPICKLE

LIBRARIES = ["absl.flags", "decimal", "numpy.ma", "pydantic.main", "rich.progress", "sqlite3"]
LIBRARIES += ["tempfile", "tqdm", "xml.etree.ElementTree"]
NAMES = [module.name for module in pkgutil.iter_modules(pickling.__path__)]
for family, library in (("tensors", "torch"), ("boosters", "lightgbm")):
    if find_spec(library):
        LIBRARIES.append(library)
    else:
        NAMES.remove(family)


def reducers(name):
    """The exact types of a module, and the classes whose subclasses it knows as well."""
    for library in LIBRARIES:
        import_module(library)
    module = import_module(f"autoresume.pickling.{name}")
    families = module.families() if hasattr(module, "families") else []
    return getattr(module, "REDUCERS", {}), [*families, *getattr(module, "FAMILIES", [])]


@pytest.mark.parametrize("name", NAMES)
def test_a_family_is_found_by_its_types(name):
    exact, families = reducers(name)
    assert bool(exact or families) == (name in KNOWN)
    for cls, reducer in exact.items():
        assert exact_reducer_of(cls, frozenset()) is reducer
    for cls, reducer in families:
        assert (cls, reducer) in list(families_of(cls, frozenset()))


def test_a_module_of_the_user_may_have_the_name_of_a_library():
    found = type("Queue", (), {"__module__": "queue"})
    assert exact_reducer_of(found, frozenset({"queue"})) is None
    assert not list(families_of(found, frozenset({"queue"})))


def test_the_types_of_cloudpickle_are_known_by_name():
    table = cloudpickle.Pickler._dispatch_table
    assert {f"{one.__module__}.{one.__qualname__}" for one in table} == BY_CLOUDPICKLE


SHADOWED = """
import sys
import queue

waiting = queue.Queue(3)
for i in range(4):  # checkpoint
    waiting.items.append(i)
print(waiting.items, "gzip" in sys.modules, "autoresume.pickling.queues" in sys.modules)
"""
QUEUE = "class Queue:\n    def __init__(self, size):\n        self.items = [size]\n"


def test_a_script_has_its_own_module_in_place_of_one_of_the_library(tmp_path):
    (tmp_path / "queue.py").write_text(QUEUE)
    (tmp_path / "script.py").write_text(SHADOWED)
    command = [interpreter(), "-m", "autoresume", "--every=1", "script.py"]
    done = subprocess.run(
        [*command[:3], "--crash-after=2", *command[3:]], cwd=tmp_path, env=environment()
    )
    assert done.returncode == -9
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert "resuming" in done.stderr
    assert done.stdout == "[3, 0, 1, 2, 3] False False\n"
