"""Puts our pickler in the place of a peer's, in every process of a run of the peer's tests.

PEER: the package; PEER_MODE: "own" for its own pickler, "ours" for ours, "none" for one that does
nothing but fail, by which tests of something else than pickling are told.
"""

import importlib
import os
import pickle
import sys
import types

MODE = os.environ.get("PEER_MODE")
sys.path += os.environ.get("PEER_PATH", "").split(os.pathsep)


class NoPickler:
    def __init__(self, *args, **options):
        raise RuntimeError("nothing is pickled here")


def pickler():
    """Return `dumps` and `Pickler` of the mode."""
    if MODE == "none":
        return NoPickler, NoPickler
    pickling = importlib.import_module("autoresume.pickling")
    return pickling.dumps, pickling.Pickler


def swap_dill():
    dill = importlib.import_module("dill")
    own_dumps, own_pickler = pickler()
    meant = {"byref", "fmode", "recurse", "ignore", "strictio", "main", "protocol"}

    def dumps(obj, *args, **options):
        return own_dumps(obj, **{name: options[name] for name in options.keys() - meant})

    def dump(obj, file, *args, **options):
        file.write(dumps(obj, **options))

    def loads(data, ignore=None, **options):
        return pickle.loads(data, **options)

    def load(file, ignore=None, **options):
        return pickle.load(file, **options)

    ours = {"dumps": dumps, "dump": dump, "loads": loads, "load": load}
    vars(dill._dill).update(ours)
    vars(dill).update(ours, Pickler=own_pickler, Unpickler=pickle.Unpickler)


def swap_cloudpickle():
    cloudpickle = importlib.import_module("cloudpickle")
    inner = importlib.import_module("cloudpickle.cloudpickle")
    own_dumps, own_pickler = pickler()
    own_pickler._dispatch_table = inner.Pickler._dispatch_table  # we look into it ourselves

    def by_value():
        return {"__main__", *cloudpickle.list_registry_pickle_by_value()}

    def dumps(obj, protocol=None, buffer_callback=None):
        return own_dumps(obj, buffer_callback=buffer_callback, by_value=by_value())

    def dump(obj, file, protocol=None, buffer_callback=None):
        file.write(dumps(obj, buffer_callback=buffer_callback))

    ours = {"dumps": dumps, "dump": dump, "Pickler": own_pickler, "CloudPickler": own_pickler}
    for module in (cloudpickle, inner):
        vars(module).update(ours)


def add_compat():
    """The tests are of the last source distribution that has some, 2.2.1."""
    compat = types.ModuleType("cloudpickle.compat")
    compat.pickle, compat.Pickler = pickle, pickle.Pickler
    cloudpickle = importlib.import_module("cloudpickle")
    sys.modules["cloudpickle.compat"] = cloudpickle.compat = compat
    cloudpickle.cloudpickle.cell_set = lambda cell, value: setattr(cell, "cell_contents", value)


if os.environ.get("PEER") == "cloudpickle":
    add_compat()
    if MODE != "own":
        swap_cloudpickle()
elif os.environ.get("PEER") == "dill" and MODE != "own":
    swap_dill()
