"""What is evaluated where a definition stands: decorators, defaults, annotations, bases."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def header_parts(node: Definition) -> list[ast.expr | ast.keyword]:
    """Decorators, then defaults and annotations, or bases, in order of evaluation."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    defaults = [default for default in node.args.kw_defaults if default]
    return [*node.decorator_list, *node.args.defaults, *defaults, *annotations(node)]


def annotations(node: Definition) -> list[ast.expr]:
    """The annotations of a function in the order in which Python evaluates them, if it does."""
    if isinstance(node, ast.ClassDef):
        return []
    args = node.args
    starred = (args.vararg, *args.kwonlyargs, args.kwarg)
    annotated = (arg for arg in (*args.args, *args.posonlyargs, *starred) if arg)
    found = (*(arg.annotation for arg in annotated), node.returns)
    return [annotation for annotation in found if annotation]


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
    args.args = [_with_annotation(arg, parts) for arg in args.args]
    args.posonlyargs = [_with_annotation(arg, parts) for arg in args.posonlyargs]
    args.vararg = args.vararg and _with_annotation(args.vararg, parts)
    args.kwonlyargs = [_with_annotation(arg, parts) for arg in args.kwonlyargs]
    args.kwarg = args.kwarg and _with_annotation(args.kwarg, parts)
    node.returns = node.returns and next(parts)  # type: ignore[assignment]
    node.args = args


def _with_annotation(arg: ast.arg, parts: Iterator[ast.AST]) -> ast.arg:
    changed = copy.copy(arg)
    changed.annotation = arg.annotation and next(parts)  # type: ignore[assignment]
    return changed


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
