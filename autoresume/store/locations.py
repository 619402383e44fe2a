"""Where a store lies: in a folder of this machine, or at a URL that fsspec knows."""

from __future__ import annotations

import os
import re
from pathlib import Path

from autoresume.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autoresume.store.places import Place

Location = Path | str
"""An absolute path, or a URL."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(://|::)")


def location(given: str | os.PathLike[str] | None = None) -> Location:
    """Return where the store lies: as given, or as $AUTORESUME_STORE says, or `.autoresume`.

    A path is bound to the present working directory: the script may go elsewhere.

    Raises: UsageError where the working directory is gone.
    """
    text = os.fspath(given or os.environ.get("AUTORESUME_STORE") or ".autoresume")
    if _URL.match(text):
        return text.rstrip("/")
    try:
        return Path(text).expanduser().absolute()
    except FileNotFoundError:
        raise UsageError("the working directory does not exist any more") from None


def beside(store: Location) -> str:
    """Return the folder from which the name of a run tells where its script is.

    It is that of the store, so that the two can be moved together. For a URL it is the working
    directory: so a store at `.autoresume` there and its copy elsewhere name their runs alike.
    """
    return str(store.parent) if isinstance(store, Path) else str(Path.cwd())


def place_at(store: Location, *, private: bool = True) -> Place:
    """Return the place of a store; a folder has to be `private`, or others may write to it.

    Raises: StoreError where a package is missing.
    """
    if isinstance(store, Path):
        from autoresume.store.local import LocalPlace

        return LocalPlace(store, private=private)
    from autoresume.store.remote import RemotePlace

    return RemotePlace(store)


def without_password(url: str) -> str:
    """Return a URL as it can be shown."""
    from urllib.parse import urlsplit  # here, because few stores have a URL

    password = urlsplit(url).password
    return url.replace(f":{password}@", ":***@") if password else url
