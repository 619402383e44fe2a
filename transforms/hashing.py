"""The hash function for names; that of `hashlib` brings OpenSSL with it, which takes its time."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # a Python that was built without its own
    from hashlib import blake2b

__all__ = ["blake2b"]
