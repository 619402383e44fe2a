"""One hash seed for a run, over all of its processes.

The order of a set of strings depends on the seed that Python draws when it starts. ``pin`` starts
the interpreter again, in the same process, with a seed of our choice. The environment that the
program and its children see is then put back to what the user gave.
"""

from __future__ import annotations

import os
import sys

from autoresume import console

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_VARIABLE = "PYTHONHASHSEED"
_USERS_OWN = "_AUTORESUME_USERS_PYTHONHASHSEED"
_LARGEST = 2**32 - 1


def current() -> int | None:
    """Return the hash seed of this process if it is fixed, by the user or by ``pin``.

    The first call puts the environment back to what it was before ``pin`` started the
    interpreter again.
    """
    return _started_with()[0]


def derive(words: Sequence[str]) -> None:
    """Take the hash seed from a program's words, if this process has none that is fixed.

    Does not return then: the interpreter starts again. The next start of the same program takes
    the same seed, so that it need not read a snapshot to have the one of the run.
    """
    now, users_own = _started_with()
    if now is None and not _ignored() and sys.executable:
        _start_again(_derived(words), users_own)


def pin(seed: int | None = None) -> int | None:
    """Make the hash seed of this process `seed`; with None, fix the one it has or draw one.

    Does not return when the interpreter has to start again: call it before there is anything to
    lose, such as a lock. Returns the seed. Where the interpreter ignores it (its options -E, -I
    and -R), warns and returns None: orders of sets and hashes can then change at a resume.
    """
    now, users_own = _started_with()
    if now is not None and seed in (None, now):
        return now
    if _ignored() or not sys.executable:
        console.warn(
            "the hash seed cannot be fixed under the interpreter's options -E, -I and -R: the "
            "order of sets may differ after a resume"
        )
        return None
    _start_again(_draw() if seed is None else seed, users_own)
    raise AssertionError("execve returned")


_found: list[tuple[int | None, str | None]] = []


def _started_with() -> tuple[int | None, str | None]:
    """Return the seed in force and the user's own PYTHONHASHSEED, which is put back."""
    if not _found:
        _found.append(_put_back())
    return _found[0]


def _put_back() -> tuple[int | None, str | None]:
    in_force = os.environ.get(_VARIABLE)
    pid, _, users_own = os.environ.pop(_USERS_OWN, "").partition(":")
    # The number tells the interpreter that started again from a child that inherited the variable.
    if pid != str(os.getpid()):
        return _fixed(in_force), in_force
    if users_own.startswith("="):
        os.environ[_VARIABLE] = users_own[1:]
        return _fixed(in_force), users_own[1:]
    os.environ.pop(_VARIABLE, None)
    return _fixed(in_force), None


def _fixed(text: str | None) -> int | None:
    return None if not text or text == "random" or _ignored() else int(text)


def _draw() -> int:
    """Draw a seed as Python does; 0 would turn the randomization off."""
    return int.from_bytes(os.urandom(8)) % _LARGEST + 1


def _derived(words: Sequence[str]) -> int:
    """Return the FNV-1a hash of the words, which takes no import, as a seed other than 0."""
    found = 0x811C9DC5
    for octet in os.fsencode("\0".join(words)):
        found = (found ^ octet) * 0x01000193 % 2**32
    return found % _LARGEST + 1


def _start_again(seed: int, users_own: str | None) -> None:
    """Execute the interpreter again with `seed`, remembering the user's own variable."""
    env = dict(os.environ)
    env[_VARIABLE] = str(seed)
    env[_USERS_OWN] = f"{os.getpid()}:" + ("" if users_own is None else f"={users_own}")
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], env)


def _ignored() -> bool:
    """Tell whether the interpreter takes no seed from the environment."""
    return bool(sys.flags.ignore_environment) or any("R" in flags for flags in _letters())


def _letters() -> list[str]:
    """Return the interpreter's own one-letter options, up to the script, -m or -c."""
    found: list[str] = []
    words = iter(sys.orig_argv[1:])
    for word in words:
        if word.startswith("--"):
            next(words, None)
            continue
        if not word.startswith("-") or word[:2] in ("-m", "-c") or word == "-":
            break
        flags, argument = _without_argument(word[1:])
        found.append(flags)
        if argument == "":
            next(words, None)
    return found


def _without_argument(flags: str) -> tuple[str, str | None]:
    """Split the argument of -W and -X off; None where the options take none."""
    for i, letter in enumerate(flags):
        if letter in "WX":
            return flags[:i], flags[i + 1 :]
    return flags, None
