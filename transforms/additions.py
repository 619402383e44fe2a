"""Definitions that an edit has added to a module since a snapshot was taken.

The module's own code is not run again when a run resumes, so a function, class or import that is
new in the source would be missing.
"""

from __future__ import annotations

import ast
import copy
from types import CodeType

from .pipeline import Rewritten
from .residual import with_clean_codes

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom


def added_definitions(module: Rewritten, present: set[str]) -> tuple[list[str], CodeType] | None:
    """The names that top-level definitions bind but ``present`` lacks, and code that makes them.

    ``present``: the names that the module has, or had definitions of when the snapshot was taken,
    which it may not have come to. None if nothing is added.
    """
    definitions = (node for node in module.tree.body if isinstance(node, _Definition))
    added = [(new, node) for node in definitions if (new := _bound(node) - present)]
    if not added:
        return None
    tree = ast.Module([_only(names, node) for names, node in added], [])
    function = next(function for function in module.functions if function.is_module)
    code = compile(tree, module.filename, "exec", module.future_flags, dont_inherit=True)
    return sorted(set().union(*(names for names, _ in added))), with_clean_codes(
        code, tree, function
    )


def top_level_definitions(tree: ast.Module) -> set[str]:
    """The names that functions, classes and imports at the top of a module bind."""
    return {name for node in tree.body if isinstance(node, _Definition) for name in _bound(node)}


def _bound(node: _Definition) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = {_name(alias) for alias in node.names}
        return names - {"*"} if getattr(node, "module", "") != "__future__" else set()
    return {node.name}


def _name(alias: ast.alias) -> str:
    return (alias.asname or alias.name).partition(".")[0]


def _only(names: set[str], node: _Definition) -> ast.stmt:
    """The part of a definition that binds ``names``; an import may bind others too."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return node
    part = copy.copy(node)
    part.names = [alias for alias in node.names if _name(alias) in names]
    return part
