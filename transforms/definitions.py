"""What is evaluated where a definition stands: decorators, defaults, annotations, bases."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T", bound=ast.AST)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def header_parts(node: Definition) -> list[ast.expr | ast.keyword]:
    """Decorators, then defaults and annotations, or bases, in order of evaluation."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    return [*node.decorator_list, *default_values(node.args), *annotations_of(node)]


def default_values(args: ast.arguments) -> list[ast.expr]:
    """The defaults of parameters in order of evaluation."""
    return [*args.defaults, *(default for default in args.kw_defaults if default)]


def with_defaults(args: ast.arguments, parts: Iterator[ast.AST]) -> ast.arguments:
    """The same parameters with other defaults, in that order."""
    changed = copy.copy(args)
    changed.defaults = [next(parts) for _ in args.defaults]  # type: ignore[misc]
    changed.kw_defaults = [default and next(parts) for default in args.kw_defaults]  # type: ignore[misc]
    return changed


def annotations_of(node: Definition) -> list[ast.expr]:
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
    args = with_defaults(node.args, parts)
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
    changed = copied(node)
    set_header_parts(changed, new)
    return changed


def copied(node: T) -> T:
    """A shallow copy of ``node``; what it makes, if it is a definition, is the same as before."""
    changed = copy.copy(node)
    if isinstance(node, Definition | ast.Lambda):
        vars(changed)[_ORIGINAL] = original(node)
    return changed


def original(node: ast.AST) -> ast.AST:
    """The node that `copied` has copied, or ``node`` itself."""
    found: ast.AST = vars(node).get(_ORIGINAL, node)
    return found


_ORIGINAL = "_original"
