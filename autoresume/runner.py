"""Runs a script or a module as ``__main__``, exactly as ``python`` would.

``prepare_script`` and ``prepare_module`` set up what the program can see (``sys.argv``,
``sys.path``, ``__main__``) and hand back its source; ``supervise`` runs it and reports what it
raises; ``leave`` ends the process the way it ended.
"""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from types import ModuleType

from autoresume import console, tracebacks
from autoresume.errors import AutoresumeError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import TracebackType
    from typing import NoReturn

INTERRUPTED = -2
"""The status of a program that died of KeyboardInterrupt; ``leave`` dies by SIGINT for it."""

_BAD_INPUT = 2
_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages"})
_LIBRARY = os.path.dirname(os.__file__)
_STDLIB = (f"{_LIBRARY}/", f"{os.path.realpath(_LIBRARY)}/")


class Target:
    """A program that is ready to run.

    `name` is how the user called it, for messages: ``script.py`` or ``-m pkg.mod``. `filename`
    is what plain ``python`` has in ``__main__.__file__`` and in ``co_filename``: absolute.
    `source` is the file's content, not decoded. `module` is the new ``__main__``, in
    ``sys.modules``, with the globals that plain ``python`` gives it and nothing run in it yet.
    `root` is the folder (or, for an installed module, the file) that holds the user's modules.
    """

    def __init__(
        self, name: str, filename: str, source: bytes, module: ModuleType, root: str | Path
    ) -> None:
        self.name = name
        self.filename = filename
        self.source = source
        self.module = module
        self._root = root

    @property
    def root(self) -> Path:
        """The folder, or the file, of the user's modules."""
        from pathlib import Path

        if not isinstance(self._root, Path):
            self._root = Path(self._root)
        return self._root

    def owns(self, filename: str) -> bool:
        """Tell whether an imported source file is the user's: at or below `root`, of no library.

        A virtual environment, the standard library or autoresume itself may lie below the
        script's folder without being part of the program.
        """
        return is_users(filename, self.root)


def is_users(filename: str, root: Path) -> bool:
    """Tell whether a source file is at or below `root`, and of no library that lies there too."""
    odd = "//" in filename or "/./" in filename
    if not odd and not filename.startswith(str(root)):
        return False  # as most are
    from pathlib import Path

    path = Path(filename)
    if not path.is_relative_to(root) or filename.startswith(tracebacks.OURS):
        return False
    libraries = [folder for folder in _STDLIB if Path(folder).is_relative_to(root)]
    if filename.startswith(tuple(libraries)):
        return False
    return _LIBRARY_FOLDERS.isdisjoint(path.relative_to(root).parts)


def prepare_script(path: str, args: Sequence[str]) -> Target:
    """Set the process up to run the script at `path` with `args`, as ``python path args``.

    Raises UsageError when there is no such script, or when it is a folder, an archive or
    bytecode, which have no source to work on.
    """
    filename = path if path.startswith("/") else f"{os.getcwd()}/{path}"
    source = _read(path, filename)
    folder = os.path.dirname(os.path.realpath(path))
    sys.argv[:] = [path, *args]
    _put_first(folder)
    module = _main_module(filename, SourceFileLoader("__main__", filename))
    return Target(path, filename, source, module, folder)


def prepare_module(name: str, args: Sequence[str]) -> Target:
    """Set the process up to run the module `name` with `args`, as ``python -m name args``.

    A package stands for its ``__main__``. The packages around the module are found but not
    imported; see ``import_parents``. Raises UsageError when there is no such module or it has no
    source.
    """
    _put_first(os.getcwd())
    spec, top = _find(name)
    filename, source = _source(spec)
    sys.argv[:] = [filename, *args]
    module = _main_module(filename, spec.loader, spec)
    return Target(f"-m {name}", filename, source, module, _root(top))


def run_plainly(target: Target, mark: str = "`# checkpoint`") -> int:
    """Run a program in which there is no ``mark``, and say so; returns its exit status."""

    def body() -> None:
        import_parents(target)
        code = compile(target.source, target.filename, "exec", dont_inherit=True)
        console.warn(f"no {mark} in {target.name} or its modules: nothing will be saved")
        exec(code, vars(target.module))

    return supervise(body)


def import_parents(target: Target) -> None:
    """Import the packages around a module that runs as ``-m``; nothing for a script.

    They see ``sys.argv[0] == "-m"``, as under plain ``python``.
    """
    spec = target.module.__spec__
    if spec is None or not spec.parent:
        return
    sys.argv[0], path = "-m", sys.argv[0]
    importlib.import_module(spec.parent)
    sys.argv[0] = path
    if spec.name in sys.modules:
        message = (
            f"{spec.name!r} found in sys.modules after import of package {spec.parent!r}, but "
            f"prior to execution of {spec.name!r}; this may result in unpredictable behaviour"
        )
        import warnings

        warnings.warn_explicit(message, RuntimeWarning, "<frozen runpy>", 1)


def supervise(body: Callable[[], object]) -> int:
    """Run `body` and return the exit status that plain ``python`` would end with.

    What it raises is printed as ``python`` prints it, through ``sys.excepthook``, without frames
    of autoresume. Errors of autoresume become one line and status 2; so does a syntax error that
    kept the program from starting, as ``python`` prints it. ``INTERRUPTED`` stands for a
    KeyboardInterrupt.
    """
    error = _failure(body)
    _flush()
    if error is None:
        return 0
    # Outside of any except block: a hook that fails is not chained to the error it reports.
    return _report(error)


def leave(status: int) -> NoReturn:
    """End the process with a status from ``supervise``, by SIGINT if it is ``INTERRUPTED``."""
    if status != INTERRUPTED:
        sys.exit(status)
    # Python exits by SIGINT after an orderly shutdown when a KeyboardInterrupt reaches the top.
    # The traceback has been printed, so this one is silent.
    hook = sys.excepthook

    def silent(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        sys.excepthook = hook

    sys.excepthook = silent
    raise KeyboardInterrupt


def _read(path: str, filename: str) -> bytes:
    """Return the source of a script, or say in Python's words why it cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            source = file.read()
    except IsADirectoryError:
        raise UsageError(f"{path!r} is a folder: name a script in it, or use -m") from None
    except (OSError, ValueError) as error:
        reason = f"[Errno {error.errno}] {error.strerror}" if isinstance(error, OSError) else error
        raise UsageError(f"can't open file {filename!r}: {reason}") from None
    if path.endswith(".pyc") or source.startswith(b"PK\x03\x04"):
        raise UsageError(f"{path!r} is not Python source")
    return source


def _put_first(folder: str) -> None:
    """Make `folder` the first place to import from, where ``python`` put the one it started in."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


def _main_module(filename: str, loader: object, spec: ModuleSpec | None = None) -> ModuleType:
    """Make the ``__main__`` that ``python`` makes for a script, or with `spec` for ``-m``."""
    module = ModuleType("__main__")
    names = vars(module)
    names["__package__"] = None if spec is None else spec.parent
    names["__loader__"] = loader
    names["__spec__"] = spec
    # Newer versions of Python give only some of these.
    first = vars(sys.modules["__main__"])
    if "__annotations__" in first:
        names["__annotations__"] = {}
    names["__builtins__"] = builtins
    names["__file__"] = filename
    if sys.version_info < (3, 15):
        names["__cached__"] = None if spec is None else spec.cached
    sys.modules["__main__"] = module
    return module


def _find(name: str) -> tuple[ModuleSpec, ModuleSpec]:
    """Find the module that ``-m name`` runs and the top-level one it belongs to.

    ``importlib.util.find_spec`` would import the packages on the way.
    """
    if name.startswith("."):
        raise UsageError("Relative module names not supported")
    top, *rest = name.split(".")
    found = spec = _top_level(top, name)
    for part in rest:
        found = _below(found, part, name)
    if found.submodule_search_locations is not None:
        if name == "__main__" or name.endswith(".__main__"):
            raise UsageError("Cannot use package as __main__ module")
        found = _main_of(found, name)
    return found, spec


def _top_level(top: str, name: str) -> ModuleSpec:
    from importlib.util import find_spec

    try:
        spec = find_spec(top)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            f"Error while finding module specification for {name!r} ({type(error).__name__}: "
            f"{error})"
        ) from None
    if spec is None:
        raise UsageError(f"No module named {top if top == name else name}")
    return spec


def _below(package: ModuleSpec, part: str, name: str) -> ModuleSpec:
    if package.submodule_search_locations is None:
        hint = ""
        if name.endswith(".py"):
            hint = f". Try using '{name[:-3]}' instead of '{name}' as the module name."
        raise UsageError(f"No module named {name}: {package.name!r} is not a package{hint}")
    spec = PathFinder.find_spec(f"{package.name}.{part}", package.submodule_search_locations)
    if spec is None:
        raise UsageError(f"No module named {name}")
    return spec


def _main_of(package: ModuleSpec, name: str) -> ModuleSpec:
    main = f"{package.name}.__main__"
    spec = PathFinder.find_spec(main, package.submodule_search_locations)
    if spec is None:
        raise UsageError(
            f"No module named {main}; {name!r} is a package and cannot be directly executed"
        )
    return spec


def _source(spec: ModuleSpec) -> tuple[str, bytes]:
    """Return the file and the source of the module with that spec."""
    read = getattr(spec.loader, "get_data", None)
    if read is None or spec.origin is None or not spec.origin.endswith(".py"):
        raise UsageError(f"No source available for {spec.name}")
    try:
        return spec.origin, bytes(read(spec.origin))
    except OSError as error:
        raise UsageError(f"can't open file {spec.origin!r}: {error}") from None


def _root(top: ModuleSpec) -> Path:
    """Return the folder that holds a top-level module, or the module itself if installed.

    The folder of an installed module holds everybody's.
    """
    from pathlib import Path

    if top.origin is None:
        own = Path(next(iter(top.submodule_search_locations or ())))
    elif top.submodule_search_locations is None:
        own = Path(top.origin)
    else:
        own = Path(top.origin).parent
    library = str(own).startswith(_STDLIB) or own.parent.name in _LIBRARY_FOLDERS
    return own if library else own.parent


def _failure(body: Callable[[], object]) -> BaseException | None:
    try:
        body()
    except BaseException as error:
        tracebacks.trim(error)
        return error
    return None


def _report(error: BaseException) -> int:
    """Tell the user about `error` and return the exit status."""
    if isinstance(error, SystemExit):
        return _exit_status(error)
    if isinstance(error, AutoresumeError):
        console.error(str(error))
        return _BAD_INPUT
    if (status := _call_excepthook(error)) is not None:
        return status
    if type(error) is KeyboardInterrupt:
        return INTERRUPTED
    return _BAD_INPUT if _never_started(error) else 1


def _never_started(error: BaseException) -> bool:
    return isinstance(error, SyntaxError) and error.__traceback__ is None


def _exit_status(error: SystemExit) -> int:
    """Return the status of ``sys.exit``, as ``Py_Exit`` cuts it to a byte."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -(2**63) <= code < 2**63 else 0xFF
    try:
        _print_raw(str(code))
    except Exception:  # its __str__ fails
        pass
    _print_raw("\n")
    return 1


def _call_excepthook(error: BaseException) -> int | None:
    """Report `error` as the interpreter does; return a status if the hook asks for one."""
    traceback = error.__traceback__
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    hook = getattr(sys, "excepthook", None)
    if hook is None:
        _print_raw("sys.excepthook is missing\n")
        hook = sys.__excepthook__
    sys.audit("sys.excepthook", hook, type(error), error, traceback)
    failure = _failure(lambda: hook(type(error), error, traceback))
    if isinstance(failure, SystemExit):
        return _exit_status(failure)
    if failure is not None:
        _print_raw("Error in sys.excepthook:\n")
        sys.__excepthook__(type(failure), failure, failure.__traceback__)
        _print_raw("\nOriginal exception was:\n")
        sys.__excepthook__(type(error), error, traceback)
    _flush()
    return None


def _print_raw(text: str) -> None:
    """Write to ``sys.stderr``, or past it if the program has taken it away."""
    stream = getattr(sys, "stderr", None)
    try:
        if stream is None:
            os.write(2, text.encode(errors="backslashreplace"))
        else:
            stream.write(text)
    except Exception:  # there is nowhere left to say so
        pass


def _flush() -> None:
    """Flush as the interpreter does when a program has ended; errors are left to its exit."""
    for name in ("stderr", "stdout"):
        try:
            getattr(sys, name).flush()
        except Exception:
            continue
