"""Run a program plainly, run it again killed at boundaries and resumed, and compare the two.

This is the heart of the suite. It knows the tool from the outside only: its command line, its
exit status, what it prints and the files it leaves. ``AUTORESUME_TEST_PYTHON`` names another
interpreter for the children, one that has the package installed.
"""

from __future__ import annotations

import difflib
import functools
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
COUNTER = HERE / "count_boundaries.py"
KILLED = -signal.SIGKILL
TIMEOUT = 120.0
"""Seconds that one child may take; far more than any of them needs."""


@dataclass(frozen=True)
class Outcome:
    """What one process left: its output, its exit status, and the files in its folder after it."""

    stdout: bytes
    stderr: str
    status: int
    files: dict[str, bytes]


@dataclass(frozen=True)
class Place:
    """A working directory and a store outside of it, for the processes of one run."""

    cwd: Path
    store: Path

    @classmethod
    def under(cls, folder: Path) -> Place:
        """Make an empty place in a folder of its own below `folder`."""
        root = Path(tempfile.mkdtemp(dir=folder))
        place = cls(root / "cwd", root / "store")
        place.cwd.mkdir()
        return place


def interpreter() -> str:
    """The Python that runs the children."""
    return os.environ.get("AUTORESUME_TEST_PYTHON", sys.executable)


def environment(**changes: str | None) -> dict[str, str]:
    """The environment of a child: a fixed hash seed, one BLAS thread, and nothing of the tool's.

    A value of None in `changes` removes the variable.
    """
    env = {name: text for name, text in os.environ.items() if not name.startswith("AUTORESUME_")}
    env |= {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    if "AUTORESUME_TEST_PYTHON" not in os.environ:
        env["PYTHONPATH"] = str(HERE.parent)
    for name, text in changes.items():
        env.pop(name, None)
        if text is not None:
            env[name] = text
    return env


def files_below(folder: Path) -> dict[str, bytes]:
    """The content of every file below a folder, by its path relative to it.

    Without what is kept for the next start, by Python or by the tool.
    """
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in found
        if path.parent.name != "__pycache__"
    }


def run(
    command: Sequence[str], cwd: Path, env: dict[str, str] | None = None, stdin: bytes = b""
) -> Outcome:
    """Run a command to its end."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env or environment(),
        input=stdin,
        capture_output=True,
        timeout=TIMEOUT,
    )
    stderr = done.stderr.decode(errors="replace")
    return Outcome(done.stdout, stderr, done.returncode, files_below(cwd))


def run_plain(program: Path, cwd: Path, args: Sequence[str] = ()) -> Outcome:
    """Run a program as anybody would, without the tool."""
    return run([interpreter(), str(program), *args], cwd)


def tool_command(place: Place, *options: str) -> list[str]:
    """The command line of the tool up to the script."""
    return [interpreter(), "-m", "autoresume", "--store", str(place.store), *options]


def run_tool(
    program: Path, place: Place, *options: str, args: Sequence[str] = (), **env: str | None
) -> Outcome:
    """Run a program under the tool."""
    command = [*tool_command(place, *options), str(program), *args]
    return run(command, place.cwd, environment(**env))


def run_with_crash(
    program: Path,
    k: int,
    place: Place,
    args: Sequence[str] = (),
    every: int = 1,
    more: Sequence[str] = (),
) -> list[Outcome]:
    """Run a program killed after its `k`-th snapshot, then the same command until it ends.

    The list has one outcome where the program ended before it had `k` snapshots, else two.
    """
    options = ("--every", str(every), *more)
    first = run_tool(program, place, *options, "--crash-after", str(k), args=args)
    if first.status != KILLED:
        return [first]
    return [first, run_tool(program, place, *options, args=args)]


def run_chain(
    program: Path, steps: Iterable[int], place: Place, args: Sequence[str] = ()
) -> list[Outcome]:
    """Run a program killed at its first snapshot, resumed, killed at its first snapshot, and so on.

    `steps` are the values of ``--every`` of the processes; a last process runs to the end.
    """
    outcomes = []
    for every in steps:
        options = ("--every", str(every), "--crash-after", "1")
        outcomes.append(run_tool(program, place, *options, args=args))
        if outcomes[-1].status != KILLED:
            return outcomes
    return [*outcomes, run_tool(program, place, "--every", "1", args=args)]


def count_boundaries(program: Path, args: Sequence[str] = ()) -> int:
    """Count the iterations of marked loops in an uninterrupted run of a program."""
    with tempfile.TemporaryDirectory() as folder:
        cwd, count = Path(folder, "cwd"), Path(folder, "count")
        cwd.mkdir()
        command = [interpreter(), str(COUNTER), str(count), str(program), *args]
        outcome = run(command, cwd, environment(PYTHONDONTWRITEBYTECODE="1"))
        assert count.exists(), outcome.stderr
        return int(count.read_text())


def script_of(name: str) -> Path:
    """The script of a program in the folder of programs."""
    folder = PROGRAMS / name
    return folder / "main.py" if folder.is_dir() else PROGRAMS / f"{name}.py"


def all_programs() -> Iterator[str]:
    """The names of the programs: files, and folders with a ``main.py``."""
    for path in sorted(PROGRAMS.iterdir()):
        if path.suffix == ".py":
            yield path.stem
        elif (path / "main.py").exists():
            yield path.name


def arguments_of(program: Path) -> list[str]:
    """The arguments that a program asks for in a line ``# argv: …``."""
    for line in program.read_text().splitlines():
        if line.startswith("# argv:"):
            return shlex.split(line.removeprefix("# argv:"))
    return []


@functools.cache
def reference(program: Path) -> tuple[Outcome, int]:
    """The plain outcome of a program, and its number of boundaries."""
    args = arguments_of(program)
    with tempfile.TemporaryDirectory() as folder:
        plain = run_plain(program, Path(folder), args)
    return plain, count_boundaries(program, args)


def sample(program: Path, boundaries: int, size: int | None, seed: str = "") -> list[int]:
    """Choose boundaries to be killed at: the first, the last, and `size` of those between.

    With `size` None it is all of them. The choice depends on the program and the seed only.
    """
    if size is None:
        return list(range(1, boundaries + 1))
    between = range(2, boundaries)
    chosen = random.Random(f"{program.stem}{program.parent.name}{seed}").sample(
        between, min(size, len(between))
    )
    return sorted({1, boundaries, *chosen} - {0})


def traceback_of(stderr: str) -> list[str]:
    """The lines of a traceback in `stderr`, without the marks below the source lines."""
    _, found, text = stderr.rpartition("Traceback (most recent call last):\n")
    return [line for line in text.splitlines() if found and line.strip(" ~^")]


def compare(plain: Outcome, outcomes: Sequence[Outcome], what: str) -> None:
    """Check that processes of one run together did what the plain run did."""
    after = outcomes[-1]
    told = f"{what}\n" + "".join(f"--- process {n}\n{o.stderr}" for n, o in enumerate(outcomes, 1))
    assert after.status == plain.status, f"status {after.status}, not {plain.status}: {told}"
    stdout = b"".join(outcome.stdout for outcome in outcomes)
    assert stdout == plain.stdout, f"stdout differs: {told}{difference(plain.stdout, stdout)}"
    assert sorted(after.files) == sorted(plain.files), f"other files: {told}"
    for name, content in plain.files.items():
        found = after.files[name]
        assert found == content, f"{name} differs: {told}{difference(content, found)}"
    assert traceback_of(after.stderr) == traceback_of(plain.stderr), f"traceback differs: {told}"


def difference(expected: bytes, found: bytes) -> str:
    """A readable difference of two outputs."""
    before, after = (text.decode(errors="replace").splitlines() for text in (expected, found))
    return "\n" + "\n".join(difflib.unified_diff(before, after, "plain", "resumed", lineterm=""))


def check(
    program: Path,
    folder: Path,
    size: int | None = 2,
    seed: str = "",
    options: Sequence[str] = (),
) -> None:
    """Kill a program at a sample of its boundaries, resume it, and compare with the plain run.

    A last run is to be killed after one snapshot more than the program has boundaries, which
    never happens: it runs through, with a snapshot at every boundary.
    """
    plain, boundaries = reference(program)
    args = arguments_of(program)
    assert boundaries, f"{program} never comes to a marked loop"
    for k in sample(program, boundaries, size, seed):
        outcomes = run_with_crash(program, k, Place.under(folder), args, more=options)
        what = f"{program} killed at boundary {k} of {boundaries}"
        assert outcomes[0].status == KILLED, f"not {what}: {outcomes[0].stderr}"
        compare(plain, outcomes, what)
    through = run_with_crash(program, boundaries + 1, Place.under(folder), args, more=options)
    compare(plain, through[:1], f"{program} run through")


def check_chain(program: Path, folder: Path) -> None:
    """Kill every process of a run at its first snapshot; compare all of it with the plain run."""
    plain, boundaries = reference(program)
    steps = [1, 1] + [max(1, boundaries // 3)] * 3
    outcomes = run_chain(program, steps, Place.under(folder), arguments_of(program))
    compare(plain, outcomes, f"{program} killed in {len(outcomes) - 1} processes, one by one")


@contextmanager
def started(command: Sequence[str], cwd: Path, **env: str | None) -> Iterator[subprocess.Popen]:
    """A running child, killed when the block ends if it is still there."""
    child = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()
