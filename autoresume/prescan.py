"""Whether a script may have marks, told from the bytes of its files.

What is not marked runs without anything being loaded for it. So this loads nothing either, and is
wrong to one side only: it follows more names than are imported, and takes any mention for a mark.
"""

from __future__ import annotations

import os

_MENTIONS = (b"checkpoint", b"autoresume")
_MOST_ENTRIES = 2000
"""Folders with more entries, and programs of more files, are left to those who look closely."""

_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_SPACED = bytes(byte if byte in _LETTERS else 32 for byte in range(256))


def may_be_marked(script: str) -> bool:
    """Whether a script, or a module by it that it may import, could have a mark."""
    try:
        scan = _Scan(os.path.dirname(os.path.realpath(script)))
        return scan.mentions(script) or scan.follow()
    except (OSError, ValueError, _TooMuch):
        return True


class _TooMuch(Exception):
    pass


class _Scan:
    """The words read so far, and the modules in the folders seen so far.

    ``words`` is None when they may be spelled in more than one way: then every module counts.
    """

    def __init__(self, root: str) -> None:
        self.words: set[str] | None = set()
        self.modules: list[os.DirEntry[str]] = []
        self.seen: set[str] = set()
        self.add(root)

    def add(self, folder: str) -> None:
        """Let the modules of a folder be found."""
        with os.scandir(folder) as entries:
            for entry in entries:
                self.modules.append(entry)
                if len(self.modules) > _MOST_ENTRIES:
                    raise _TooMuch

    def mentions(self, path: str) -> bool:
        """Read a file; whether it mentions a mark."""
        with open(path, "rb", buffering=0) as file:
            source = file.read()
        if any(word in source for word in _MENTIONS):
            return True
        if not source.isascii():
            self.words = None
        elif self.words is not None:
            self.words.update(source.translate(_SPACED).decode("ascii").split())
        return False

    def follow(self) -> bool:
        """Read what may be imported, and what that may; whether any of it mentions a mark."""
        while found := [entry for entry in self.modules if self._is_new(entry)]:
            for entry in found:
                self.seen.add(entry.path)
                if entry.name.endswith(".py"):
                    if self.mentions(entry.path):
                        return True
                elif entry.is_dir():
                    self.add(entry.path)
        return False

    def _is_new(self, entry: os.DirEntry[str]) -> bool:
        name = entry.name.removesuffix(".py")
        named = self.words is None or name in self.words or name == "__init__"
        return named and entry.path not in self.seen
