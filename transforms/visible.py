"""What a function shows of itself: ``locals()`` has the user's variables only."""

from __future__ import annotations

import ast
import copy
import re

from . import quoting
from .names import Names
from .scopes import Scope, body_nodes

_SHOWS = frozenset({"dir", "locals", "vars"})
_MENTIONS = re.compile(rb"\b(dir|locals|vars)\b")


def may_show(source: bytes) -> bool:
    """Whether a function in that source may show its variables."""
    # Other letters may be other forms of these.
    return not source.isascii() or _MENTIONS.search(source) is not None


# locals()   =>   visible(locals())
def hide_generated(scope: Scope, shadowed: set[str], names: Names) -> None:
    """Take generated names out of what ``scope`` asks for its own variables.

    In a module and in a class body, ``locals()`` is no copy, so there it stays what it is.
    ``shadowed`` are built-in names that mean something else in the program.
    """
    if isinstance(scope, ast.Module):
        return
    shows = frozenset({"dir"}) if isinstance(scope, ast.ClassDef) else _SHOWS
    for node in [node for node in body_nodes(scope) if type(node) is ast.Call]:
        match node:
            case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
                if name in shows and name not in shadowed:
                    node.args = [copy.copy(node)]
                    node.func = quoting.name(names.visible, node.func)
