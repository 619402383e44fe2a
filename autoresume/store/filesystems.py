"""The file system that a URL names, by the package fsspec (the extra ``autoresume[remote]``).

The store has one of its own, which shares nothing with what the program does with fsspec: no
instance, no cache and no thread. A process that was forked makes a new one.
"""

from __future__ import annotations

import _thread
import asyncio
import errno
import inspect
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache

from autoresume.errors import AutoresumeError, StoreError
from autoresume.store import threads
from autoresume.store.locations import without_password

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True)
class FileSystem:
    """What the store needs to know of a file system."""

    fs: Any
    root: str
    """The path of the store in there."""
    turn: AbstractContextManager[Any]
    """Keeps threads apart where the file system does not say that it takes several."""
    renames: bool
    """Whether files can be renamed, which is one step. Where they cannot, a put is one step."""
    creates: bool
    """Whether it can be told to put only what is not there."""


@contextmanager
def os_errors() -> Iterator[None]:
    """Let everything that a file system raises be an OSError with a reason in one line."""
    try:
        yield
    except AutoresumeError:
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, _reason(error)) from error
    except FileExistsError as error:
        raise FileExistsError(errno.EEXIST, _reason(error)) from error
    except Exception as error:  # those of botocore, aiohttp, paramiko, …
        number = getattr(error, "errno", None)
        raise OSError(number or errno.EIO, _reason(error)) from error


def file_system(url: str) -> FileSystem:
    """Return the file system of this process for a URL. Raises: StoreError, OSError."""
    return _made(url, os.getpid())


@cache
def _made(url: str, process: int) -> FileSystem:
    with _refusals(url), os_errors():
        made, root = _opened(url)
        put = getattr(made, "_pipe_file", made.pipe_file)
        return FileSystem(
            made,
            root.rstrip("/"),
            nullcontext() if made.async_impl else _thread.allocate_lock(),
            renames=_has_own_move(made),
            creates="mode" in inspect.signature(put).parameters,
        )


def _opened(url: str) -> tuple[Any, str]:
    import fsspec

    if "::" in url:
        raise StoreError(f"cannot use the store {url}: a store cannot lie behind a cache or filter")
    kind = fsspec.get_filesystem_class(url.partition("://")[0])
    options: dict[str, Any] = {"skip_instance_cache": True}
    if kind.async_impl:
        options |= {"loop": _loop(os.getpid()), "use_listings_cache": False}
    with threads.taken_over():
        made, root = fsspec.core.url_to_fs(url, **options)
    return made, root


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = without_password(url)
        cause = error.__cause__
        if isinstance(cause, ImportError):
            raise StoreError(f"cannot use the store {where}: {_missing(cause)}") from error
        raise StoreError(f"cannot use the store {where}: {error.strerror}") from error


def _missing(error: ImportError) -> str:
    """Say which package to install."""
    first = error.__cause__ if isinstance(error.__cause__, ImportError) else error
    name = (first.name or "").partition(".")[0]
    if name == "fsspec":
        return "it needs the package fsspec: pip install 'autoresume[remote]'"
    reason = _reason(error)
    return f"{reason}: pip install {name}" if name in reason else reason


def _has_own_move(made: Any) -> bool:
    from fsspec import AbstractFileSystem

    # That of the base class copies and removes.
    return getattr(made.mv, "__func__", made.mv) is not AbstractFileSystem.mv


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()) or type(error).__name__


# -- the loop of the asynchronous ones -------------------------------------------------------------


class _Loop(asyncio.SelectorEventLoop):
    """Runs in a thread of the process that has made it, and in no other."""

    def __init__(self) -> None:
        self._process = os.getpid()
        super().__init__()
        self.set_default_executor(_Executor())

    def is_running(self) -> bool:
        """Whether it runs: in a forked process it does not, though it was running there."""
        return self._process == os.getpid() and super().is_running()


class _Executor(ThreadPoolExecutor):
    """Runs what would block the loop, such as looking up the name of a machine.

    Also while the interpreter is ending, when those of the base class do not any more.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function in a thread of its own."""
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threads.start(run)
        return future


@cache
def _loop(process: int) -> _Loop:
    made = _Loop()
    threads.start_lasting(made.run_forever)
    return made
