"""What programs set up in libraries with an effect on all that follows, read and written.

Each `read` returns None while its library is not imported.
"""

from __future__ import annotations

import abc
import sys
import time
import warnings
from abc import ABCMeta
from importlib import import_module

from autoresume.exits import is_of_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

JAX = (
    "jax_enable_x64",
    "jax_default_prng_impl",
    "jax_threefry_partitionable",
    "jax_random_seed_offset",
    "jax_enable_custom_prng",
    "jax_default_matmul_precision",
    "jax_softmax_custom_jvp",
    "jax_numpy_rank_promotion",
    "jax_disable_jit",
    "jax_debug_nans",
    "jax_debug_infs",
)
"""How jax computes. Where it computes, and what it logs, is for each process to say."""


def loaded(name: str, attribute: str) -> Any:
    """Return a module that has come as far in its import as to have an attribute, or None."""
    module: Any = sys.modules.get(name)
    return module if hasattr(module, attribute) else None


def read_jax() -> dict[str, Any] | None:
    """Return how jax computes, in values that JSON knows."""
    jax = loaded("jax", "config")
    if jax is None:
        return None
    return {name: jax.config.values[name] for name in JAX if name in jax.config.values}


def write_jax(saved: dict[str, Any]) -> None:
    """Set how jax computes: before any array is loaded, since arrays follow `jax_enable_x64`."""
    config = import_module("jax").config
    for name, value in changed(config.values, saved).items():
        config.update(name, value)


def read_pandas() -> dict[str, Any] | None:
    """Return the options of pandas that are not as it comes."""
    config = loaded("pandas._config.config", "set_option")
    if config is None:
        return None
    found = {}
    for key, option in dict(config._registered_options).items():
        options, name = config._get_root(key)
        if options[name] != option.defval:
            found[key] = options[name]
    return found


def write_pandas(saved: dict[str, Any]) -> None:
    """Set options of pandas, and the others to what they are as it comes."""
    config = import_module("pandas._config.config")
    defaults = {key: config._registered_options[key].defval for key in read_pandas() or ()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the program was warned when it set them
        for key, value in (defaults | saved).items():
            if key in config._registered_options:
                config.set_option(key, value)


def read_sklearn() -> dict[str, Any] | None:
    """Return how scikit-learn is set up."""
    sklearn = loaded("sklearn", "get_config")
    return sklearn.get_config() if sklearn is not None else None


def write_sklearn(saved: dict[str, Any]) -> None:
    """Set scikit-learn up."""
    sklearn = import_module("sklearn")
    sklearn.set_config(**changed(sklearn.get_config(), saved))


def read_xarray() -> dict[str, Any] | None:
    """Return the options of xarray."""
    xarray = loaded("xarray", "get_options")
    return dict(xarray.get_options()) if xarray is not None else None


def write_xarray(saved: dict[str, Any]) -> None:
    """Set options of xarray."""
    xarray = import_module("xarray")
    xarray.set_options(**changed(xarray.get_options(), saved))


def read_matplotlib() -> dict[str, Any] | None:
    """Return the parameters of matplotlib that the program has changed, but for the backend."""
    matplotlib = loaded("matplotlib", "rcParamsOrig")
    if matplotlib is None:
        return None
    start = dict(dict.items(matplotlib.rcParamsOrig))  # its own methods warn of old names
    return {
        name: value
        for name, value in dict.items(matplotlib.rcParams)
        if not name.startswith("backend") and start.get(name) != value
    }


def write_matplotlib(saved: dict[str, Any]) -> None:
    """Set parameters of matplotlib, and the others to what they are at its start."""
    matplotlib = import_module("matplotlib")
    start = {name: matplotlib.rcParamsOrig[name] for name in read_matplotlib() or ()}
    matplotlib.rcParams.update(changed(matplotlib.rcParams, start | saved))


MPMATH = "dps", "prec", "pretty"
GMPY2 = (
    *("precision", "round", "real_prec", "imag_prec", "real_round", "imag_round", "emax", "emin"),
    *("subnormalize", "allow_complex", "rational_division", "trap_underflow", "underflow"),
    *("trap_overflow", "overflow", "trap_inexact", "inexact", "trap_invalid", "invalid"),
    *("trap_erange", "erange", "trap_divzero", "divzero"),
)
"""Those first that others follow."""


def read_mpmath() -> dict[str, dict[str, Any]] | None:
    """Return the precision of mpmath's numbers and intervals, and how they are printed."""
    mpmath = loaded("mpmath", "iv")
    if mpmath is None:
        return None
    return {name: attributes(getattr(mpmath, name), MPMATH) for name in ("mp", "iv")}


def write_mpmath(saved: dict[str, dict[str, Any]]) -> None:
    """Set the precision of mpmath, which rounds decimal places up to bits of its own."""
    mpmath = import_module("mpmath")
    for name, parts in saved.items():
        set_attributes(getattr(mpmath, name), parts)


def read_gmpy2() -> dict[str, Any] | None:
    """Return the context of gmpy2: precision, rounding, traps and flags."""
    gmpy2 = loaded("gmpy2", "get_context")
    return attributes(gmpy2.get_context(), GMPY2) if gmpy2 is not None else None


def write_gmpy2(saved: dict[str, Any]) -> None:
    """Set the context of gmpy2."""
    set_attributes(import_module("gmpy2").get_context(), saved)


def read_time_zone() -> tuple[str, str]:
    """Return the names of the time zone that the C library computes with."""
    return time.tzname


def write_time_zone(saved: tuple[str, str]) -> None:
    """Have the C library look at the environment, if the program had it look."""
    if time.tzname != tuple(saved):
        time.tzset()


def read_csv() -> dict[str, Any] | None:
    """Return the dialects of csv by their names, and the largest field."""
    csv = loaded("csv", "DictWriter")
    if csv is None:
        return None
    dialects = {name: attributes(csv.get_dialect(name), DIALECT) for name in csv.list_dialects()}
    return {"dialects": dialects, "largest": csv.field_size_limit()}


def write_csv(saved: dict[str, Any]) -> None:
    """Register dialects of csv, and set the largest field."""
    csv = import_module("csv")
    csv.field_size_limit(saved["largest"])
    for name in {*csv.list_dialects()} - saved["dialects"].keys():
        csv.unregister_dialect(name)
    for name, dialect in saved["dialects"].items():
        csv.register_dialect(name, **dialect)


DIALECT = (
    *("delimiter", "doublequote", "escapechar", "lineterminator"),
    *("quotechar", "quoting", "skipinitialspace", "strict"),
)


def read_virtual() -> list[tuple[type, type]]:
    """Return the classes that the program has registered with abstract ones of Python."""
    found = [
        (base, cls)
        for name in ABSTRACT
        for base in vars(sys.modules.get(name, object)).values()
        if isinstance(base, ABCMeta)
        for registered in abc._get_dump(base)[0]  # type: ignore[attr-defined]
        if (cls := registered()) is not None and is_of_program(cls.__module__)
    ]
    return sorted(found, key=lambda pair: [(one.__module__, one.__qualname__) for one in pair])


def write_virtual(saved: list[tuple[type, type]]) -> None:
    """Register classes with abstract ones."""
    there = read_virtual()
    for base, cls in saved:
        if (base, cls) not in there:
            ABCMeta.register(base, cls)  # type: ignore[arg-type]


ABSTRACT = "_collections_abc", "numbers", "io", "contextlib", "importlib.abc"
"""Where the abstract classes are that programs register classes with."""


def of_module(name: str, attribute: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """Return what reads and what sets a plain value of a module."""

    def read() -> Any:
        module = loaded(name, attribute)
        value = getattr(module, attribute, None)
        return dict(value) if isinstance(value, dict) else value

    def write(value: Any) -> None:
        module = import_module(name)
        if isinstance(value, dict):
            getattr(module, attribute).update(value)
        else:
            setattr(module, attribute, value)

    return read, write


def read_timeout() -> float | None:
    """Return the seconds that a new socket waits."""
    socket = loaded("socket", "getdefaulttimeout")
    return socket.getdefaulttimeout() if socket is not None else None


def write_timeout(seconds: float | None) -> None:
    """Set the seconds that a new socket waits."""
    import_module("socket").setdefaulttimeout(seconds)


def read_first_weekday() -> int | None:
    """Return the first day of the week of the module calendar."""
    calendar = loaded("calendar", "firstweekday")
    return int(calendar.firstweekday()) if calendar is not None else None


def write_first_weekday(day: int) -> None:
    """Set the first day of the week of the module calendar."""
    import_module("calendar").setfirstweekday(day)


def attributes(obj: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return some attributes of an object by their names, as far as it has them."""
    return {name: getattr(obj, name) for name in names if hasattr(obj, name)}


def set_attributes(obj: Any, saved: dict[str, Any]) -> None:
    """Set those attributes that are not as they were saved."""
    for name, value in saved.items():
        if getattr(obj, name, value) != value:
            setattr(obj, name, value)


def changed(now: Any, saved: dict[str, Any]) -> dict[str, Any]:
    """Return the items of `saved` that are others now; those of another version are left out."""
    return {key: value for key, value in saved.items() if key in now and now[key] != value}
