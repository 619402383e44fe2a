"""Signals that ask a run to stop: a snapshot at the next boundary, and the end with `STATUS`.

Batch systems, container runtimes and people send them, see `SIGNALS`. A second one stops the
process at once: by then the default action is in force again, so that it works inside of C code
too. A handler that the program installs itself takes the place of ours, and may call it.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from time import monotonic, sleep
from types import FrameType

from autoresume import console

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

STATUS = 75
"""Exit status of a process whose run goes on when it is started again: EX_TEMPFAIL of sysexits.h,
"the user is invited to retry"."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)

AT_ONCE = 0.1
"""Seconds within which several signals are one: `timeout` sends its signal twice, and from a
terminal one comes to a process directly and through the script that started it."""

_listening: Stop | None = None


def handler(number: int, frame: FrameType | None) -> None:
    """The handler of all `SIGNALS` while a run is listening; snapshots know it by this name."""
    stop = _listening
    if stop is None or os.getpid() != stop.process:
        _as_ever(number, frame)
    else:
        stop.ask(number)


def leave(message: str) -> NoReturn:
    """End the process as a kill would, but for what was printed: the run goes on later."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    _tell(f"{message}; the same command goes on (status {STATUS})")
    os._exit(STATUS)


class Stop:
    """What the signals of a process ask for.

    ``demand`` is called when a snapshot is to be taken at the next boundary. ``has_begun`` has to
    be set when there is anything that a snapshot could save.
    """

    def __init__(self, demand: Callable[[], None]) -> None:
        self.process = os.getpid()
        self.has_begun = False
        self._demand = demand
        self._asked: float | None = None
        self._is_excused = False
        self._before: dict[int, Any] = {}

    @property
    def is_asked(self) -> bool:
        """Whether the process is to end when there is a snapshot."""
        return self._asked is not None

    def listen(self, sources: Iterable[bytes]) -> None:
        """Install the handler for all signals that nobody ignores or handles.

        ``sources``: the modules of the program. If one minds KeyboardInterrupt, SIGINT raises it,
        as ever. Python lets only the main thread do this; in others nothing is done.
        """
        global _listening
        _listening = self
        _mind_forks()
        with suppress(ValueError):  # not in the main thread
            for number in SIGNALS:
                if signal.getsignal(number) == _plain(number):
                    self._before[number] = signal.signal(number, handler)
        if signal.SIGINT in self._before and any(map(minds_interrupt, sources)):
            signal.signal(signal.SIGINT, self._before.pop(signal.SIGINT))

    def end(self) -> None:
        """Let the signals do what they would do without us, in this process."""
        global _listening
        if _listening is self:
            _listening = None
        for number, before in self._before.items():
            if signal.getsignal(number) is handler:
                signal.signal(number, before)
        self._before.clear()

    def ask(self, number: int) -> None:
        """A signal has come."""
        name = signal.Signals(number).name
        if self._asked is not None:
            if monotonic() - self._asked > AT_ONCE:
                _die(number)
        elif not self.has_begun:
            leave(f"{name}: stopped before there was anything to save")
        else:
            self._asked = monotonic()
            self._demand()
            _tell(
                f"{name}: the program stops at the next boundary, with a snapshot; a second "
                "signal stops it at once"
            )
            with suppress(RuntimeError):  # without a thread, `ask` sees to it
                _thread.start_new_thread(_let_the_next_kill, ())

    def delayed(self, reason: str) -> None:
        """There was no snapshot at a boundary: say once why the process is still there."""
        if self.is_asked and not self._is_excused:
            self._is_excused = True
            console.warn(f"not stopped yet, for no snapshot can be taken here: {reason}")


@cache
def _mind_forks() -> None:
    os.register_at_fork(after_in_child=_end_in_child)


def _end_in_child() -> None:
    if _listening is not None:
        _listening.end()


def minds_interrupt(source: bytes) -> bool:
    """Whether a module that parses names KeyboardInterrupt for anything but to raise it."""
    if b"KeyboardInterrupt" not in source:
        return False
    import ast

    def names(node: ast.AST) -> int:
        return sum(
            getattr(inner, "id", None) == "KeyboardInterrupt"
            or getattr(inner, "attr", None) == "KeyboardInterrupt"
            for inner in ast.walk(node)
        )

    tree = ast.parse(source)
    raised = sum(names(node) for node in ast.walk(tree) if isinstance(node, ast.Raise))
    return names(tree) > raised


def _plain(number: int) -> Any:
    return signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL


def _as_ever(number: int, frame: FrameType | None) -> None:
    if number == signal.SIGINT:
        signal.default_int_handler(number, frame)
    _die(number)


def _die(number: int) -> None:
    """Die by a signal, as those who started the process expect."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # the first process of a container does not die of it


def _let_the_next_kill() -> None:
    """Have the kernel act on the next signal: a handler in Python waits for C code to return."""
    import ctypes

    set_action = ctypes.pythonapi.PyOS_setsig
    set_action.argtypes, set_action.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_void_p
    sleep(AT_ONCE)
    # The kernel does not let the first process of a container die of a default action.
    for number in SIGNALS if os.getpid() != 1 else ():
        if _listening is not None and signal.getsignal(number) is handler:
            set_action(number, None)


def _tell(message: str) -> None:
    """Write a line past the stream, which the signal may have interrupted in the middle."""
    with suppress(AttributeError, OSError, ValueError):
        os.write(sys.__stderr__.fileno(), f"{console.PREFIX}{message}\n".encode())  # type: ignore[union-attr]
