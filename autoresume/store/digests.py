"""What the content of a chunk is known by."""

from __future__ import annotations

from collections.abc import Callable

from xxhash import xxh3_128_digest

from autoresume.transforms.records import NamedTuple


class Hashing(NamedTuple):
    """A hash function: its name in manifests, and 16 bytes for any content."""

    name: str
    digest: Callable[[memoryview], bytes]


XXH3 = Hashing("xxh3_128", xxh3_128_digest)
"""Finds damage at the speed of memory; it is no protection against an attacker."""
