"""Other ways to keep a state: what each is called, what it needs, how it saves and loads."""

import gc
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

Values = Mapping[str, Any]

RAW = "raw"
"""The bytes of the arrays, written and read by system calls."""
MEMCPY = "memcpy"


@dataclass(frozen=True)
class Peer:
    """A way to save named values to a file, and to load them."""

    save: Callable[[Values, Path], None]
    load: Callable[[Path], object] | None
    needs: str = ""
    """The module that has to be installed."""
    is_for_arrays: bool = False
    """Whether it knows nothing but arrays."""

    @property
    def is_there(self) -> bool:
        return not self.needs or find_spec(self.needs) is not None


def _owners(values: Values) -> list[np.ndarray]:
    return [value for value in values.values() if value.base is None]


def _write(values: Values, path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for array in _owners(values):
            rest = memoryview(array).cast("B")
            while rest:
                rest = rest[file.write(rest) :]


def _copy(values: Values, path: Path) -> None:
    """Copy to memory that is there already."""
    for number, array in enumerate(_owners(values)):
        if number not in _TARGETS:
            _TARGETS[number] = np.zeros_like(array)
        np.copyto(_TARGETS[number], array)


_TARGETS: dict[int, np.ndarray] = {}


def _pickle(values: Values, path: Path) -> None:
    with path.open("wb") as file:
        pickle.dump(dict(values), file, 5)


def _unpickle(path: Path) -> object:
    with path.open("rb") as file:
        return pickle.load(file)


def _without_gc(action: Callable[..., Any]) -> Callable[..., Any]:
    def rested(*args: Any) -> Any:
        gc.disable()
        try:
            return action(*args)
        finally:
            gc.enable()

    return rested


def _cloudpickle(values: Values, path: Path) -> None:
    import cloudpickle

    with path.open("wb") as file:
        cloudpickle.dump(dict(values), file)


def _dill(values: Values, path: Path) -> None:
    import dill

    with path.open("wb") as file:
        dill.dump(dict(values), file)


def _undill(path: Path) -> object:
    import dill

    with path.open("rb") as file:
        return dill.load(file)


@contextmanager
def _session(values: Values):
    """A module that has the values for its globals."""
    module = sys.modules["session_of_dill"] = ModuleType("session_of_dill")
    vars(module).update(values)
    try:
        yield module
    finally:
        del sys.modules["session_of_dill"]


def _dump_module(values: Values, path: Path) -> None:
    import dill

    with _session(values) as module:
        dill.dump_module(path, module)


def _load_module(path: Path) -> object:
    import dill

    with _session({}) as module:
        dill.load_module(path, module)
    return module


def _joblib(values: Values, path: Path) -> None:
    import joblib

    joblib.dump(dict(values), path)


def _unjoblib(path: Path) -> object:
    import joblib

    return joblib.load(path)


def _savez(values: Values, path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, **values)


def _unsavez(path: Path) -> object:
    with path.open("rb") as file, np.load(file) as arrays:
        return dict(arrays)


def _torch(values: Values, path: Path) -> None:
    import torch

    torch.save(_tensors(values), path)


def _tensors(values: Values) -> dict[str, Any]:
    """The same memory as tensors, views being views."""
    import torch

    bases = {id(array): torch.from_numpy(array) for array in _owners(values)}

    def tensor(array: np.ndarray) -> Any:
        if array.base is None:
            return bases[id(array)]
        offset = array.ctypes.data - array.base.ctypes.data
        steps = [step // array.itemsize for step in array.strides]
        return bases[id(array.base)].as_strided(array.shape, steps, offset // array.itemsize)

    return {name: tensor(array) for name, array in values.items()}


def _untorch(path: Path) -> object:
    import torch

    return torch.load(path)


def _safetensors(values: Values, path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in values.items()}, path)


def _unsafetensors(path: Path) -> object:
    from safetensors.numpy import load_file

    return load_file(path)


PEERS = {
    MEMCPY: Peer(_copy, None, is_for_arrays=True),
    RAW: Peer(_write, Path.read_bytes, is_for_arrays=True),
    "pickle": Peer(_pickle, _unpickle),
    "pickle, gc off": Peer(_without_gc(_pickle), _without_gc(_unpickle)),
    "cloudpickle": Peer(_cloudpickle, _unpickle, "cloudpickle"),
    "dill": Peer(_dill, _undill, "dill"),
    "dill.dump_module": Peer(_dump_module, _load_module, "dill"),
    "joblib": Peer(_joblib, _unjoblib, "joblib"),
    "numpy.savez": Peer(_savez, _unsavez, is_for_arrays=True),
    "torch.save": Peer(_torch, _untorch, "torch", is_for_arrays=True),
    "safetensors": Peer(_safetensors, _unsafetensors, "safetensors", is_for_arrays=True),
}


def warm_up(way: str, path: Path) -> None:
    """Have what a way to load needs imported."""
    peer = PEERS[way]
    peer.save({"small": np.zeros(8)}, path)
    if peer.load:
        peer.load(path)
    path.unlink()


def make_durable(path: Path) -> None:
    """Wait until what was written to a file is on the disk."""
    if path.exists():
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def warm(path: Path) -> None:
    """Have the contents of a file, or of all in a folder, in the page cache."""
    for file in files(path):
        with file.open("rb", buffering=0) as opened:
            while opened.read(1 << 24):
                pass


def cool(path: Path) -> None:
    """Have them on the disk only."""
    for file in files(path):
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def files(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
