"""What is evaluated where a function or class is defined: decorators, defaults, bases."""

from __future__ import annotations

import ast
import copy

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def header_parts(node: Definition) -> list[ast.expr | ast.keyword]:
    """Decorators, then defaults or bases, in order of evaluation; annotations come later."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    defaults = [default for default in node.args.kw_defaults if default]
    return [*node.decorator_list, *node.args.defaults, *defaults]


def set_header_parts(node: Definition, new: list[ast.AST]) -> None:
    """Put the parts back in the order in which `header_parts` gives them."""
    parts = iter(new)
    node.decorator_list = [next(parts) for _ in node.decorator_list]  # type: ignore[misc]
    if isinstance(node, ast.ClassDef):
        node.bases = [next(parts) for _ in node.bases]  # type: ignore[misc]
        node.keywords = [next(parts) for _ in node.keywords]  # type: ignore[misc]
        return
    args = copy.copy(node.args)
    args.defaults = [next(parts) for _ in args.defaults]  # type: ignore[misc]
    args.kw_defaults = [default and next(parts) for default in args.kw_defaults]  # type: ignore[misc]
    node.args = args


def changed_header(node: Definition, new: list[ast.AST]) -> Definition:
    """A copy of ``node`` with other parts, which makes the same function or class."""
    changed = copy.copy(node)
    vars(changed)[_ORIGINAL] = node
    set_header_parts(changed, new)
    return changed


def original(node: ast.AST) -> ast.AST:
    """The node that `changed_header` has copied, or ``node`` itself."""
    found: ast.AST = vars(node).get(_ORIGINAL, node)
    return found


_ORIGINAL = "_original"
