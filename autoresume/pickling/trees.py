"""Iterators over trees of `xml.etree.ElementTree`, found again by walking the tree as far."""

from __future__ import annotations

import sys

from autoresume.errors import Unsaveable
from autoresume.pickling.structs import Sample, Struct, become, items_at, object_at
from autoresume.pickling.tables import Reducer, at_the_end
from autoresume.pickling.watchers import advance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autoresume.pickling.pickler import Pickler

State = tuple[list[int], bool]
"""Where an iterator stands: the elements around with the next child of each; whether it begins."""


def families() -> list[tuple[type, Reducer]]:
    """Return the reducers for iterators over trees; empty while the module is not imported."""
    found = sys.modules.get("xml.etree.ElementTree")
    return [(type(found.Element("a").iter()), reduce_walk)] if found else []


def sample() -> Sample:
    """Return an iterator over the texts of a tree."""
    from xml.etree.ElementTree import Element

    root = Element("a")
    return root.itertext(), {"used": 0, "root": root, "tag": None, "text": 1}


WALK = Struct("pointer stack, size used, size room, object root, object tag, int text", sample)


def state_of(walk: Any) -> State:
    """Return where an iterator stands."""
    raw = WALK.checked(walk)
    return list(items_at(raw.stack, 2 * raw.used)), raw.root is not None


def started(root: Any, tag: Any, text: bool) -> Any:
    """Return a new iterator over a tree."""
    return root.itertext() if text else root.iter(tag)


def reduce_walk(walk: Any, pickler: Pickler) -> Any:
    """Reduce an iterator to its tree and how far it has come."""
    state, fields = state_of(walk), WALK.read(walk)
    if state == ([], False):
        return ended_walk, ()
    root = fields["root"] if state[1] else root_of(walk)
    found, steps = started(root, fields["tag"], fields["text"]), 0
    while state_of(found) != state:
        if next(found, found) is found:
            raise Unsaveable("its tree has changed; go over a list of its elements, by `list()`")
        steps += 1
    args = root, fields["tag"], bool(fields["text"]), steps
    return ended_walk, (), args, None, None, go_on


def root_of(walk: Any) -> Any:
    """Return the element that an iterator has begun with."""
    return object_at(items_at(WALK.raw(walk).stack, 1)[0])


def ended_walk() -> Any:
    """Make an iterator over a tree that has come to its end."""
    from xml.etree.ElementTree import Element

    walk = Element("a").iter("b")
    next(walk, None)
    return walk


def go_on(walk: Any, state: tuple[Any, ...]) -> None:
    """Give an iterator its place in a tree, when that is there."""
    at_the_end(place, walk, *state)


def place(walk: Any, root: Any, tag: Any, text: bool, steps: int) -> None:
    """Let an iterator be in a tree, so many steps from its root."""
    found = started(root, tag, text)
    advance(found, steps)
    become(walk, found)
