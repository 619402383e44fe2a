"""Stores that nobody else can write to: what is in them is code, when it is loaded.

Folders above the store are not looked at; see docs/security.md for what that means.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from autoresume.errors import StoreError

OTHERS = stat.S_IWGRP | stat.S_IWOTH
"""What the mode of a file has that others than its owner can write to."""
_ROOT = 0


def key_file(given: str | None = None) -> Path | None:
    """Return the path of the file with the key for signatures: as given, or in the environment."""
    name = given or os.environ.get("AUTORESUME_SIGN_KEY")
    return Path(name).expanduser().absolute() if name else None


def check_folder(folder: Path) -> None:
    """Refuse a folder of a store that another user owns, may write to, or has put a link to.

    Raises: StoreError naming it, and what can be done; OSError.
    """
    link, status = folder.lstat(), folder.stat()
    if stat.S_ISLNK(link.st_mode) and link.st_uid not in (os.geteuid(), _ROOT):
        raise _refused(folder, f"is a link of another user (uid {link.st_uid})", "remove it")
    if status.st_uid != os.geteuid():
        raise _refused(folder, f"belongs to another user (uid {status.st_uid})", "chown it")
    if status.st_mode & OTHERS:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise _refused(folder, f"can be written by others (mode {mode})", "chmod go-w it")


def _refused(folder: Path, reason: str, remedy: str) -> StoreError:
    return StoreError(
        f"{folder} {reason}, who could have code run by what is loaded from there: {remedy}, "
        "choose another --store, or sign the snapshots with --sign-key (docs/security.md)"
    )


def check_owner(descriptor: int) -> None:
    """Refuse an open file that another user owns: it may be from before the folder was private.

    Raises: PermissionError.
    """
    owner = os.fstat(descriptor).st_uid
    if owner != os.geteuid():
        raise PermissionError(errno.EPERM, f"it belongs to another user (uid {owner})")
