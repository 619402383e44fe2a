"""State of the interpreter outside of the program's objects, and back.

What can differ from one process to the next without the program's doing, such as the search path,
is saved only where the program has changed it since `baseline`.

Not saved, since Python does not let it be read: running timers.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # `signal` makes enums of it all
import gc
import os
import signal
import sys
import warnings
from _locale import LC_ALL, setlocale
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from autoresume import exits, libraries, libsettings, recursion, signals, torchstate
from autoresume.errors import AutoresumeError
from autoresume.pickling.files import go_on_with_input, input_place
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Setting(NamedTuple):
    """Something of the process that can be read and written; None: nothing there to be saved."""

    read: Callable[[], Any]
    write: Callable[[Any], Any]


def read_umask() -> int:
    """Return the mask of the process, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_list(target: list[Any]) -> Callable[[Any], None]:
    """Return a function that replaces the items of a list that others know."""

    def write(items: list[Any]) -> None:
        target[:] = items

    return write


def write_filters(filters: list[Any]) -> None:
    """Replace the filters of `warnings`, and have them looked up anew."""
    warnings.filters[:] = filters  # type: ignore[index]
    with warnings.catch_warnings():  # its end tells the module that the filters have changed
        pass


def attribute(owner: Any, name: str) -> Setting:
    """Return the setting that is an attribute of a module."""
    return Setting(lambda: getattr(owner, name), lambda value: setattr(owner, name, value))


def read_numpy() -> dict[str, Any] | None:
    """Return how numpy prints and what it does about errors in arithmetic."""
    np = sys.modules.get("numpy")
    if np is None:
        return None
    return {"print": np.get_printoptions(), "errors": np.geterr(), "call": np.geterrcall()}


def write_numpy(saved: dict[str, Any]) -> None:
    """Set how numpy prints and what it does about errors in arithmetic."""
    import numpy as np

    options = {name: value for name, value in saved["print"].items() if name != "override_repr"}
    np.set_printoptions(**options, override_repr=saved["print"].get("override_repr"))
    np.seterr(**saved["errors"])
    np.seterrcall(saved["call"])


_SIGNALS = sorted(map(int, signal.valid_signals()))


def read_signals() -> dict[int, Any]:
    """Return the handlers that were set by Python code, by the number of the signal."""
    handlers = {number: _signal.getsignal(number) for number in _SIGNALS}
    return {number: handler for number, handler in handlers.items() if handler is not None}


def changed_handlers() -> dict[int, Any]:
    """Return the handlers that differ from the baseline; ours is for each process to install."""
    changed = changed_items("signals", read_signals())
    return {number: one for number, one in changed.items() if one is not signals.handler}


def write_signals(handlers: dict[int, Any]) -> None:
    """Set handlers; the numbers of the ones that cannot be set are skipped."""
    for number, handler in handlers.items():
        with suppress(OSError, ValueError):
            signal.signal(number, handler)


def write_environment(changes: dict[str, str | None]) -> None:
    """Set and remove variables."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def changed_items(name: str, now: dict[Any, Any]) -> Any:
    """Return the items of `now` that differ from the baseline, None for those that are gone."""
    before: dict[Any, Any] = _start[name]
    changes = {key: value for key, value in now.items() if before.get(key) != value}
    return changes | {key: None for key in before if key not in now}


SETTINGS: dict[str, Setting] = {
    "umask": Setting(read_umask, os.umask),
    "recursion limit": Setting(recursion.limit, sys.setrecursionlimit),
    "digits of int": Setting(sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    "switch interval": Setting(sys.getswitchinterval, sys.setswitchinterval),
    "gc": Setting(gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    "gc threshold": Setting(gc.get_threshold, lambda threshold: gc.set_threshold(*threshold)),
    "locale": Setting(lambda: setlocale(LC_ALL), lambda name: setlocale(LC_ALL, name)),
    "input": Setting(input_place, go_on_with_input),
    "path": Setting(lambda: list(sys.path), write_list(sys.path)),
    "arguments": Setting(lambda: list(sys.argv), write_list(sys.argv)),
    "warnings": Setting(lambda: list(warnings.filters), write_filters),
    "warnings told": attribute(warnings, "showwarning"),
    "warnings shown": attribute(warnings, "_showwarnmsg_impl"),
    "warnings formatted": attribute(warnings, "formatwarning"),
    "stdin": attribute(sys, "stdin"),
    "stdout": attribute(sys, "stdout"),
    "stderr": attribute(sys, "stderr"),
    "excepthook": attribute(sys, "excepthook"),
    "displayhook": attribute(sys, "displayhook"),
    "numpy": Setting(read_numpy, write_numpy),
    "torch": Setting(torchstate.settings, torchstate.set_settings),
    "time zone": Setting(libsettings.read_time_zone, libsettings.write_time_zone),
    "csv": Setting(libsettings.read_csv, libsettings.write_csv),
    "virtual subclasses": Setting(libsettings.read_virtual, libsettings.write_virtual),
    "socket timeout": Setting(libsettings.read_timeout, libsettings.write_timeout),
    "first weekday": Setting(libsettings.read_first_weekday, libsettings.write_first_weekday),
    "temporary folder": Setting(*libsettings.of_module("tempfile", "tempdir")),
    "XML names": Setting(*libsettings.of_module("xml.etree.ElementTree", "_namespace_map")),
    "pandas": Setting(libsettings.read_pandas, libsettings.write_pandas),
    "sklearn": Setting(libsettings.read_sklearn, libsettings.write_sklearn),
    "xarray": Setting(libsettings.read_xarray, libsettings.write_xarray),
    "matplotlib": Setting(libsettings.read_matplotlib, libsettings.write_matplotlib),
}
"""What is saved if it differs from the baseline."""

NUMBERS: dict[str, Setting] = {
    "jax": Setting(libsettings.read_jax, libsettings.write_jax),
    "mpmath": Setting(libsettings.read_mpmath, libsettings.write_mpmath),
    "gmpy2": Setting(libsettings.read_gmpy2, libsettings.write_gmpy2),
}
"""Libraries that make their numbers as exact as they are set to, also when these are loaded."""

_start: dict[str, Any] = {}


def baseline() -> None:
    """Note how the process is before the program starts."""
    _start.update({name: setting.read() for name, setting in SETTINGS.items()})
    _start.update(signals=read_signals(), environment=dict(os.environ), folder=Path.cwd())


def capture() -> dict[str, Any]:
    """Return the state of the interpreter, to be pickled along with the program's objects."""
    now = {name: setting.read() for name, setting in SETTINGS.items()}
    state = capture_numbers() | {
        **surroundings(),
        "settings": {name: value for name, value in now.items() if value != _start[name]},
        "signals": changed_handlers(),
        "libraries": libraries.capture(),
    }
    if "logging" in sys.modules:
        state["logging"] = capture_logging()
    if at_exit := exits.capture():
        state["at exit"] = at_exit
    return state


def surroundings() -> dict[str, Any]:
    """Return the part of the state that the rest may need while it is being loaded, for JSON."""
    folder = Path.cwd()
    return {
        "folder": (str(folder), folder != _start["folder"]),
        "environment": changed_items("environment", dict(os.environ)),
        "numbers": {name: value for name, one in NUMBERS.items() if (value := one.read())},
    }


def restore_libraries_of_numbers(saved: dict[str, Any]) -> None:
    """Set how libraries compute, of those that the program has imported."""
    for name, value in saved.get("numbers", {}).items():
        NUMBERS[name].write(value)


def capture_numbers() -> dict[str, Any]:
    """Return what arithmetic depends on: the random generators and the decimal context."""
    state: dict[str, Any] = {}
    if random := sys.modules.get("random"):
        state["random"] = random.getstate()
    if numpy_random := sys.modules.get("numpy.random.mtrand"):
        state["numpy.random.mtrand"] = numpy_random.get_state(legacy=False)
    if decimal := sys.modules.get("decimal"):
        state["decimal"] = decimal.getcontext()
    if numbers := torchstate.numbers():
        state["torch"] = numbers
    return state


def restore_numbers(saved: dict[str, Any]) -> None:
    """Set what `capture_numbers` returned."""
    if "decimal" in saved:
        import_module("decimal").setcontext(saved["decimal"])
    if "random" in saved:
        import_module("random").setstate(saved["random"])
    if "numpy.random.mtrand" in saved:
        import_module("numpy.random.mtrand").set_state(saved["numpy.random.mtrand"])
    if "torch" in saved:
        torchstate.set_numbers(saved["torch"])


def restore(saved: dict[str, Any]) -> None:
    """Bring the interpreter into a state that `capture` returned.

    Raises AutoresumeError if the folder that the program had changed to is gone.
    """
    restore_folder(*saved["folder"])
    write_environment(saved["environment"])
    restore_libraries_of_numbers(saved)
    for name, value in saved["settings"].items():
        SETTINGS[name].write(value)
    if "logging" in saved:
        restore_logging(saved["logging"])
    libraries.restore(saved["libraries"])
    write_signals(saved["signals"])
    exits.restore(saved.get("at exit", []))
    restore_numbers(saved)


def restore_folder(folder: str, changed: bool) -> None:
    """Change to the folder; one where the program was only started may be gone."""
    try:
        os.chdir(folder)
    except OSError as error:
        if changed:
            raise AutoresumeError(f"the program worked in {folder}: {error.strerror}") from None


LEVELS = ("_levelToName", "_nameToLevel")
LOGGER = ("level", "handlers", "filters", "propagate", "disabled")


def capture_logging() -> dict[str, Any]:
    """Return the loggers that are set up in any way, and what holds for all of them."""
    import logging

    named = [one for one in logging.root.manager.loggerDict.values() if hasattr(one, "handlers")]
    loggers = {one: {name: getattr(one, name) for name in LOGGER} for one in (logging.root, *named)}
    plain = {"level": 0, "handlers": [], "filters": [], "propagate": True, "disabled": False}
    return {
        "loggers": {one: state for one, state in loggers.items() if state != plain},
        "disable": logging.root.manager.disable,
        "levels": [dict(getattr(logging, name)) for name in LEVELS],
    }


def restore_logging(saved: dict[str, Any]) -> None:
    """Set the loggers up, and tell `logging` of their handlers, which it flushes at the end."""
    import logging

    for logger, state in saved["loggers"].items():
        vars(logger).update(state)
        for handler in state["handlers"]:
            logging._addHandlerRef(handler)  # type: ignore[attr-defined]
            if handler.name:
                handler.set_name(handler.name)
    for name, level in zip(LEVELS, saved["levels"], strict=True):
        getattr(logging, name).update(level)
    logging.disable(saved["disable"])


baseline()
