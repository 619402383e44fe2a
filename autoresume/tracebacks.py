"""Tracebacks as the user knows them: the frames of the program, none of autoresume's."""

from __future__ import annotations

import os

from autoresume.transforms import errors as _compiler_errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

# The second is another folder where the package is installed in place.
OURS = tuple(
    {
        os.path.dirname(os.path.abspath(file)) + "/"
        for file in (__file__, str(_compiler_errors.__file__))
    }
)
_IMPORTLIB = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")
# Raised inside our frames on behalf of the program; anything else raised there is a fault of ours.
_ON_BEHALF = (SyntaxError, RecursionError, KeyboardInterrupt)


def trim(error: BaseException) -> None:
    """Take the frames of autoresume out of `error` and of all that it is chained to or groups.

    The frames of importlib next to them go too, as Python hides them for its own imports. An
    error that autoresume itself made by mistake keeps its frames.
    """
    for each in _related(error):
        frames = list(_links(each.__traceback__))
        if not frames or (_ours(frames[-1]) and not isinstance(each, _ON_BEHALF)):
            continue
        each.__traceback__ = _joined([tb for tb, own in _marked(frames) if not own])


def _related(error: BaseException) -> Iterator[BaseException]:
    """Yield `error`, its causes and contexts and the members of groups, each once."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        todo += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            todo += each.exceptions


def _links(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _joined(frames: list[TracebackType]) -> TracebackType | None:
    following = None
    for frame in reversed(frames):
        frame.tb_next = following
        following = frame
    return following


def _file(traceback: TracebackType) -> str:
    return traceback.tb_frame.f_code.co_filename


def _ours(traceback: TracebackType) -> bool:
    return _file(traceback).startswith(OURS)


def _marked(frames: list[TracebackType]) -> list[tuple[TracebackType, bool]]:
    """Pair each entry with whether it is machinery: ours, or a library's between or beside ours.

    Machinery spreads over importlib in both directions, and to the end over `ast`, which parses
    for us.
    """
    own = [_ours(frame) for frame in frames]
    order = range(len(frames))
    for i in order[1:]:
        own[i] |= own[i - 1] and (_file(frames[i]) in _IMPORTLIB or _parses(frames[i]))
    for i in reversed(order[:-1]):
        own[i] |= own[i + 1] and _file(frames[i]) in _IMPORTLIB
    return list(zip(frames, own, strict=True))


def _parses(traceback: TracebackType) -> bool:
    code = traceback.tb_frame.f_code
    return code.co_name == "parse" and code.co_filename.endswith("/ast.py")
