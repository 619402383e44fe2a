"""Chunks made smaller with zstd, by the package zstandard (the extra ``autoresume[zstd]``)."""

from __future__ import annotations

from collections.abc import Callable

from autoresume.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Compress = Callable[[memoryview], bytes]
Expand = Callable[[memoryview, int], bytes]
"""Takes a compressed chunk and its size, in bytes; raises ValueError where that does not fit."""

LEVEL = 1
"""Of zstd's 1 to 22: what is saved often should be saved fast."""


def compressor() -> Compress:
    """Return a function for the use of one thread. Raises: StoreError without zstandard."""
    compress: Compress = _zstandard().ZstdCompressor(level=LEVEL).compress
    return compress


def expander() -> Expand:
    """Return a function for the use of one thread. Raises: StoreError without zstandard."""
    zstandard = _zstandard()
    decompressor = zstandard.ZstdDecompressor()

    def expand(content: memoryview, size: int) -> bytes:
        try:
            expanded: bytes = decompressor.decompress(content, max_output_size=size)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error
        return expanded

    return expand


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError:
        raise StoreError(
            "compressed snapshots need the package zstandard: pip install 'autoresume[zstd]'"
        ) from None
    return zstandard
