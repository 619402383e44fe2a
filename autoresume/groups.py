"""What Python keeps while the `except*` blocks of one `try` run, and what it raises after them.

A plain run only notes here what happens. A residual program, which is in the middle of one of the
blocks, has no such state of Python's own, and does the rest by these rules.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator

from autoresume.errors import Unsaveable
from autoresume.reentry import handle_again, remember_handled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Handling:
    """The exception that a `try` raised, the parts that were handled, and what came of them."""

    def __init__(self) -> None:
        self.raised: Any = None
        self.parts: dict[int, BaseExceptionGroup[Any]] = {}
        self.results: list[tuple[BaseException, bool]] = []
        self.part: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """The state, and which parts have the traceback of the whole."""
        if getattr(type(self.raised), "split", _SPLIT) is not _SPLIT:
            name = type(self.raised).__qualname__
            raise Unsaveable(f"{name} has a split() of its own; move the loop out of `except*`")
        shares = [index for index, part in self.parts.items() if _is_same(part, self.raised)]
        return vars(self) | {"part": None, "shares": shares}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for index in state.pop("shares"):
            state["parts"][index].__traceback__ = state["raised"].__traceback__
        vars(self).update(state)

    def begin(self) -> None:
        """The body of the `try` has raised what is being handled."""
        self.raised = sys.exception()

    def enter(self, index: int) -> None:
        """The `except*` block with that number begins."""
        part: Any = sys.exception()
        self.parts[index] = part

    def caught(self) -> None:
        """An `except*` block has raised what is being handled."""
        error: Any = sys.exception()
        self.results.append((error, _is_same(error, self.raised)))

    # -- in a residual program -------------------------------------------------------------

    def matches(self, index: int, kind: Any) -> bool:
        """Whether there is something for ``except* kind``; it becomes the `part`."""
        _check(kind)
        rest = self._rest(index)
        self.part = rest.split(kind)[0] if rest is not None else None
        if self.part is not None:
            remember_handled(self.part)
        return self.part is not None

    def handle(self) -> None:
        """The `part`, or what is `left`, has been raised to be handled: make it what it was."""
        handle_again(self.part)

    def left(self) -> bool:
        """Whether there is something to raise at the end; it becomes the `part`."""
        self.part = self._left()
        remember_handled(self.part)
        return self.part is not None

    def _rest(self, count: int) -> Any:
        """What the first ``count`` blocks have not handled; each divides what the last has left."""
        if not isinstance(self.raised, BaseExceptionGroup):
            return None  # Python has made a group of it, which one block has handled
        rest: BaseExceptionGroup[Any] | None = self.raised
        for index in range(count):
            handled = {id(leaf) for leaf in _leaves(self.parts.get(index))}
            rest = _those(rest, {id(leaf) for leaf in _leaves(rest)} - handled)
        return rest

    def _left(self) -> BaseException | None:
        if not isinstance(self.raised, BaseExceptionGroup):
            return self.results[0][0] if self.results else None
        new: list[BaseException] = [error for error, is_part in self.results if not is_part]
        again = [error for error, is_part in self.results if is_part]
        again += [self._rest(max(self.parts) + 1)]
        unhandled: BaseException | None = _those(
            self.raised, {id(leaf) for part in again for leaf in _leaves(part)}
        )
        if unhandled is not None and not new:
            return unhandled
        new += [unhandled] if unhandled is not None else []
        if len(new) > 1 or (new and _wraps_one()):
            return BaseExceptionGroup("", new)
        return new[0] if new else None


def _leaves(error: BaseException | None) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    elif error is not None:
        yield error


def _those(group: BaseExceptionGroup[Any] | None, chosen: set[int]) -> Any:
    """``group`` with the chosen exceptions only; None if it has none of them."""
    if group is None:
        return None
    return BaseExceptionGroup.subgroup(group, lambda error: id(error) in chosen)


def _is_same(error: BaseException, whole: BaseException) -> bool:
    """Whether ``error`` is a part of ``whole`` that has been raised by nobody."""
    groups = isinstance(error, BaseExceptionGroup) and isinstance(whole, BaseExceptionGroup)
    return groups and all(
        getattr(error, name) is getattr(whole, name)
        for name in ("__traceback__", "__cause__", "__context__")
    )


def _check(kind: Any) -> None:
    """Raise ``TypeError`` as Python does for what cannot stand behind `except*`."""
    try:
        raise ExceptionGroup("", [_Probe()])
    except* _Probe:
        pass
    except* kind:
        pass


_SPLIT = BaseExceptionGroup.split


class _Probe(Exception):
    pass


@functools.cache
def _wraps_one() -> bool:
    """Whether this Python makes a group of the only exception that the blocks have raised."""
    try:
        try:
            raise ExceptionGroup("", [_Probe()])
        except* _Probe:
            raise KeyError from None
    except KeyError:
        return False
    except BaseExceptionGroup:
        return True
    raise AssertionError
