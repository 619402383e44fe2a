"""The sources of user modules, parsed and compiled unless the cache knows what comes of them."""

from __future__ import annotations

import marshal

from autoresume.cache import Cache, Entry, digest_of
from autoresume.rawframes import IS_READABLE
from autoresume.switches import IS_SWITCHABLE
from autoresume.transforms.compiled import Compiled
from autoresume.transforms.every import Every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from autoresume.transforms import Parsed
    from autoresume.transforms.reach import Reach


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
            from autoresume import compiling  # here, because it loads all passes

            with compiling.noting(self.filename, self._warned):
                self._parsed = compiling.parse(
                    self.source, self.filename, every_loop=self._every_loop
                )
        return self._parsed

    def _warned(self) -> None:
        self._has_warned = True

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
            from autoresume.compiling import imports_of

            imports = list(dict.fromkeys(imports_of(self.parsed.tree, self.package)))
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
            about.outline,
            about.places,
            reads_stack=IS_READABLE,
            switchable=self._switchable,
        )

    def _compiled_now(self, key: bytes, reach: Reach) -> Entry:
        from autoresume import compiling

        parsed, about = self.parsed, self._about
        described = compiling.outline(parsed, reach)  # first, because the tree is changed
        with compiling.noting(self.filename, self._warned):
            rewritten = compiling.rewrite(
                parsed, reach, reads_stack=IS_READABLE, switchable=self._switchable
            )
        own = {line: (every.count, every.seconds) for line, every in parsed.own.items()}
        return about._replace(
            key=key,
            code=rewritten.code,
            own=own,
            outline=marshal.dumps(tuple(described)),
            places={},
        )
