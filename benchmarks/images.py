"""Images of whole processes by CRIU, where it is installed and may do so."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import peers
from measure import BYTES, SECONDS, Results, Unable, alternate, settle, timed
from peers import PEERS, RAW
from processes import PROGRAMS, environment
from scale import Scale

CRIU = "CRIU"


def measure(results: Results, scale: Scale, folder: Path) -> None:
    """Dump a process that has one array, and restore it, next to writing and reading the array."""
    case = f"one array of {scale.array} MiB"
    try:
        _criu("check")
    except (OSError, RuntimeError) as error:
        results.unable.append(Unable("images", CRIU, str(error).splitlines()[-1]))
        return
    for what in ("pause", "bytes", "load, warm"):
        results.refer("images", case, what, RAW)
    ways = {RAW: lambda: _raw(scale.array, folder), CRIU: lambda: _image(scale.array, folder)}
    for way, taken in alternate(ways, scale.repetitions):
        results.add("images", case, "pause", way, SECONDS, taken.saving)
        results.add("images", case, "bytes", way, BYTES, taken.size)
        results.add("images", case, "load, warm", way, SECONDS, taken.loading)


@dataclass(frozen=True)
class Taken:
    """Seconds until a file or an image is durable, and until it is back; its size in bytes."""

    saving: float
    loading: float
    size: int


def _raw(mib: int, folder: Path) -> Taken:
    path, array = folder / "raw", np.random.default_rng(1).random((mib << 20) // 8)

    def save() -> None:
        PEERS[RAW].save({"array": array}, path)
        peers.make_durable(path)

    return _taken(save, lambda: PEERS[RAW].load(path), path)


def _taken(save: Callable[[], None], load: Callable[[], object], path: Path) -> Taken:
    settle()
    saving = timed(save)
    size = sum(file.stat().st_size for file in peers.files(path))
    peers.warm(path)
    loading = timed(load)
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Taken(saving, loading, size)


def _image(mib: int, folder: Path) -> Taken:
    """The process goes on from where it was when it has counted one round more."""
    path = folder / "image"
    path.mkdir()
    rounds = folder / "rounds"
    rounds.unlink(missing_ok=True)
    # CRIU restores a process with its identity, which its parent must have let go of.
    child = subprocess.Popen(
        [sys.executable, PROGRAMS / "image.py", str(mib)], cwd=folder, env=environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    _wait(lambda: _read(rounds) > 1)

    def save() -> None:
        _criu("dump", "--images-dir", str(path), "--tree", str(child.pid))
        for file in peers.files(path):
            peers.make_durable(file)
        child.wait()

    def load() -> None:
        before = _read(rounds)
        _criu("restore", "--images-dir", str(path), "--restore-detached")
        _wait(lambda: _read(rounds) > before)

    try:
        return _taken(save, load, path)
    finally:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)


def _criu(*arguments: str) -> None:
    command = ["criu", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")


def _read(path: Path) -> int:
    try:
        return int(path.read_text() or 0)
    except OSError:
        return 0


def _wait(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError("a process does not count on")
        time.sleep(0.001)
