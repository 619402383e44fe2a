"""Reading what the files of a store say, without the state itself."""

from __future__ import annotations

import re

from autoresume.store.format import (
    WITHOUT_MANIFEST,
    DamagedError,
    Header,
    Manifest,
    decoded,
    read_header,
)
from autoresume.store.places import Files

PACKS = "packs"
SNAPSHOT = re.compile(r"(\d+)-(\d+)\.snapshot")


def header_of(files: Files, name: str, size: int) -> Header:
    """Read the header of a snapshot. Raises: DamagedError; StoreError for a newer one; OSError."""
    with files.open(name) as file:
        return read_header(file, size, f"{files}/{name}")


def manifest_of(files: Files, name: str, size: int) -> Manifest:
    """Read a snapshot but for its chunks.

    Raises: DamagedError, also for one of version 1; StoreError for a newer one; OSError.
    """
    with files.open(name) as file:
        header = read_header(file, size, f"{files}/{name}")
        if header.version == WITHOUT_MANIFEST:
            raise DamagedError("it has no manifest")
        return decoded(header, memoryview(file.read()))
