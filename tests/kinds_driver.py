"""Uses objects of all kinds: as they are, after a dump, and after two loads in other processes.

usage: kinds_driver.py plain|dumped|dump|again|use FOLDER
Each folder below FOLDER is a kind: main.py makes the objects, use.py prints what they do. What
each kind printed, or the error that stopped it, is printed as JSON. The processes end as if killed.
"""

import contextlib
import io
import json
import os
import pickle
import sys
import warnings
from itertools import islice
from pathlib import Path

from pickling_driver import Table, prepare

from autoresume.pickling import streams


def rest(iterator, most=40):
    """Print what an iterator still gives, and how it ends, twice."""
    for _ in range(2):
        attempt(lambda: print([show(item) for item in islice(iterator, most)]))


def show(item):
    return list(map(show, item)) if type(item) in (list, tuple) else repr(item)


def attempt(action):
    """Print what an action returns, or its error."""
    try:
        found = action()
    except BaseException as error:
        print(type(error).__name__, error)
    else:
        if found is not None:
            print(show(found))


def make(folder: Path) -> Table:
    table = prepare(folder)
    exec(table.compiled("__main__"), vars(sys.modules["__main__"]))
    return table


def dump(table: Table) -> None:
    modules = {"__main__": dict(vars(sys.modules["__main__"]))}
    saved = streams.dump({"modules": modules, "frames": []}, table)
    buffers = [bytes(buffer.raw()) for buffer in saved.buffers]
    Path("state.bin").write_bytes(pickle.dumps((saved.data, buffers)))


def loaded(folder: Path) -> Table:
    table = prepare(folder)
    data, buffers = pickle.loads(Path("state.bin").read_bytes())
    streams.load(data, [bytearray(buffer) for buffer in buffers], table)
    return table


def use(folder: Path) -> str:
    code = compile((folder / "use.py").read_text(), str(folder / "use.py"), "exec")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, vars(sys.modules["__main__"]) | {"rest": rest, "attempt": attempt})
    return out.getvalue()


def task(name: str, folder: Path) -> str:
    if name == "again":
        return dump(loaded(folder)) or ""
    if name == "use":
        loaded(folder)
        return use(folder)
    table = make(folder)
    if name == "plain":
        return use(folder)
    dump(table)
    return use(folder) if name == "dumped" else ""


def main(name: str, top: Path) -> None:
    told, alive = {}, []
    for folder in sorted(top.iterdir()):
        os.chdir(folder)
        keep = sys.modules["__main__"]
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                told[folder.name] = task(name, folder)
        except BaseException as error:
            told[folder.name] = f"! {type(error).__name__}: {error}"
        alive.append(sys.modules["__main__"])
        sys.modules["__main__"] = keep
    print(json.dumps(told), flush=True)
    os._exit(0)


if __name__ == "__main__":
    warnings.simplefilter("error", DeprecationWarning)
    main(sys.argv[1], Path(sys.argv[2]))
