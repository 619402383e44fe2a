"""The sources of user modules, parsed and compiled unless the cache knows what comes of them."""

from __future__ import annotations

import ast
import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import resolve_name
from typing import TextIO

from autoresume.cache import Cache, Entry, digest_of
from autoresume.rawframes import IS_READABLE
from autoresume.switches import IS_SWITCHABLE
from autoresume.transforms import Parsed, parse, rewrite
from autoresume.transforms.compiled import Compiled, Outline, outline
from autoresume.transforms.every import Every
from autoresume.transforms.reach import Reach
from autoresume.transforms.scopes import all_statements


class Source:
    """One module as it was found, with what comes of it, found out when somebody asks.

    ``package``: the one that its relative imports begin in. ``every_loop``: as for `parse`.
    """

    def __init__(
        self,
        name: str,
        filename: str,
        source: bytes,
        package: str | None,
        every_loop: bool = False,
        cache: Cache | None = None,
        *,
        switchable: bool = IS_SWITCHABLE,
    ) -> None:
        self.name = name
        self.filename = filename
        self.source = source
        self.package = package
        self.digest = digest_of(source)
        self._every_loop = every_loop
        self._cache = cache
        self._switchable = switchable
        self._has_warned = False
        self._parsed: Parsed | None = None
        found = cache.find(name, filename, self.digest) if cache else None
        self._known = found if found is not None and found.package == package else None

    @property
    def parsed(self) -> Parsed:
        """The parsed module; raises as `parse` does."""
        # Not a cached property, whose frame would show in the traceback of a syntax error.
        if self._parsed is None:
            with self._working():
                self._parsed = parse(self.source, self.filename, every_loop=self._every_loop)
        return self._parsed

    def forget_tree(self) -> None:
        """Parse again when somebody asks; trees are many objects for the garbage collector."""
        if self._known is not None:
            self._parsed = None

    @property
    def is_marked(self) -> bool:
        """Whether it has a boundary."""
        return self._about.is_marked

    @property
    def imports(self) -> list[str]:
        """The modules that it may import."""
        return self._about.imports

    @property
    def _about(self) -> Entry:
        if self._known is None:
            imports = list(dict.fromkeys(_imports(self.parsed.tree, self.package)))
            is_marked = bool(self.parsed.marked)
            self._learn(Entry(self.filename, self.digest, self.package, imports, is_marked))
        assert self._known is not None
        return self._known

    def _learn(self, entry: Entry) -> None:
        self._known = entry
        # A warning of Python's has to be given each time.
        if self._cache and not self._has_warned:
            self._cache.keep(self.name, entry)

    def compiled(self, key: bytes, reach: Callable[[], Reach]) -> Compiled:
        """What the module is compiled to, given what can reach a boundary.

        ``key``: a digest of what that depends on.
        """
        about = self._about
        if about.code is None or about.key != key:
            about = self._compiled_now(key, reach())
            self._learn(about)
        assert about.code is not None
        own = {line: Every(*every) for line, every in about.own.items()}
        return Compiled(
            self.source,
            self.filename,
            about.code,
            own,
            Outline(*about.outline),
            reads_stack=IS_READABLE,
            switchable=self._switchable,
        )

    def _compiled_now(self, key: bytes, reach: Reach) -> Entry:
        parsed, about = self.parsed, self._about
        described = tuple(outline(parsed, reach))  # first, because the tree is changed
        with self._working():
            rewritten = rewrite(parsed, reach, reads_stack=IS_READABLE, switchable=self._switchable)
        own = {line: (every.count, every.seconds) for line, every in parsed.own.items()}
        return about._replace(key=key, code=rewritten.code, own=own, outline=described)

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Nothing of what the compiler makes is garbage; and take note of Python's warnings."""
        collects, show = gc.isenabled(), warnings.showwarning

        def noted(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            self._has_warned = True
            show(message, category, filename, lineno, file, line)

        gc.disable()
        # Not by `catch_warnings`, after which the program's own would be given once more.
        warnings.showwarning = noted
        try:
            yield
        finally:
            warnings.showwarning = show
            if collects:
                gc.enable()


def _imports(tree: ast.Module, package: str | None) -> Iterator[str]:
    """The modules that ``tree`` may import, packages around them first."""
    for node in all_statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            if base:
                yield from _with_parents(base)
                yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _base(node: ast.ImportFrom, package: str | None) -> str:
    try:
        return resolve_name("." * node.level + (node.module or ""), package or "")
    except ImportError:
        return ""


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
