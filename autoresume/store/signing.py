"""Signed snapshots, for places that others can write to.

Each manifest ends with an HMAC-SHA256 (RFC 2104) of its name and of all that stands before; it
names the chunks by a keyed hash that can be relied on. So whoever does not have the key can remove
snapshots and put old ones back, and that is all.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from autoresume.errors import UsageError
from autoresume.store.digests import Hashing
from autoresume.store.format import DamagedError
from autoresume.store.places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

SIZE = 32
"""Bytes of a signature."""
_SHORTEST = 16
"""Bytes of a key file, at least."""


class Signer:
    """What a secret is good for: a keyed hash for chunks, and signatures for manifests."""

    def __init__(self, secret: bytes) -> None:
        # Keys for different purposes are derived, so that none says anything about another.
        self._key = _derived(secret, b"manifests")
        chunk_key = _derived(secret, b"chunks")

        def digest(content: memoryview) -> bytes:
            return hashlib.blake2b(content, digest_size=16, key=chunk_key).digest()

        self.hashing = Hashing("blake2b_128_keyed", digest)

    def signature(self, name: str, pieces: Sequence[bytes | memoryview]) -> bytes:
        """Return what signs a file of this name, which includes the run and the number."""
        signature = hmac.new(self._key, name.encode() + b"\0", hashlib.sha256)
        for piece in pieces:
            signature.update(piece)
        return signature.digest()


class SignedFiles:
    """The manifests of a place: they are signed when written, and checked before they are read."""

    def __init__(self, place: Place, signer: Signer) -> None:
        self._place = place
        self._signer = signer

    def __str__(self) -> str:
        return str(self._place)

    def open(self, name: str) -> BinaryIO:
        """Open a manifest that is signed with our key. Raises: DamagedError, OSError."""
        with self._place.open(name) as file:
            content = memoryview(file.read())
        expected = self._signer.signature(name, [content[:-SIZE]])
        if not hmac.compare_digest(expected, content[-SIZE:]):
            raise DamagedError("it is not signed with this key, or was changed")
        return io.BytesIO(content)

    def create(self, name: str, pieces: Sequence[bytes]) -> None:
        """Write a manifest, and its signature. Raises: FileExistsError, OSError."""
        self._place.create(name, [*pieces, self._signer.signature(name, pieces)])


def signer_from(path: Path) -> Signer:
    """Return the signer for the secret in a file, all bytes of which count.

    Raises: UsageError for one that is too short, or that others can read.
    """
    try:
        with path.open("rb") as file:
            _check_private(path, os.fstat(file.fileno()))
            secret = file.read()
    except OSError as error:
        raise UsageError(f"cannot read the key {path}: {error.strerror}") from error
    if len(secret) < _SHORTEST:
        raise UsageError(
            f"the key {path} has {len(secret)} bytes and needs {_SHORTEST}: make one with "
            f"(umask 077; head -c 32 /dev/urandom > FILE)"
        )
    return Signer(secret)


def _check_private(path: Path, status: os.stat_result) -> None:
    # What belongs to somebody else may be given to us through a group: containers do that.
    is_ours = status.st_uid == os.geteuid()
    if status.st_mode & (0o077 if is_ours else 0o027):
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise UsageError(f"the key {path} is open to others (mode {mode}): chmod 600 {path}")


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"autoresume " + purpose, "sha256")
