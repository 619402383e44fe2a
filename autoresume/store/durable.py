"""Files and folders that survive a crash, readable by their owner only."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autoresume.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

TEMPORARY = ".tmp"

# Small pieces are gathered up to this size; a larger one goes to the kernel from where it lies.
_GATHER = 1 << 18

_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})


@contextmanager
def store_errors(doing: str) -> Iterator[None]:
    """Turn what the operating system refuses into one line that says what was tried.

    Raises: StoreError.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot {doing}: {error.strerror or error}") from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` in one step, durably, when the block ends well.

    Until then, and when the block or the machine fails, `path` is what it was before.

    Raises: OSError.
    """
    with _temporary(path) as (temporary, file):
        yield file
        _sync(file)
        temporary.replace(path)
    sync_folder(path.parent)


@contextmanager
def creating(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` in one step, when the block ends well.

    Raises: FileExistsError when there is something at `path` by then; OSError.
    """
    with _temporary(path) as (temporary, file):
        yield file
        file.flush()
        if durable:
            _sync(file)
        _link(temporary, path)
        with suppress(OSError):
            temporary.unlink()
    if durable:
        sync_folder(path.parent)


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    # No other process has the same: one that has slept too long may write when it wakes up.
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}{TEMPORARY}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=_GATHER) as file:
            yield temporary, file
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _link(temporary: Path, path: Path) -> None:
    """Have a file at `path`, too, if there is none."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        # Over NFS an answer may be lost and the call made twice: `man 2 open`, O_EXCL.
        if temporary.stat().st_nlink != 2:
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises: OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot sync a folder and say so with EINVAL; PostgreSQL
        # (fsync_fname_ext) lets that pass too. A real failure has another number.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Make `folder`, for its owner only, unless it is there; durable on return. Raises: OSError."""
    if not folder.parent.is_dir():
        make_private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    # Also of one that is there: whoever made it may have died over this.
    sync_folder(folder.parent)
