"""Operands: the parts of an expression that wait on the value stack for later parts.

Both the spilling of operands and the residual program need one and the same order of evaluation;
it is written down here.
"""

from __future__ import annotations

import ast

from .definitions import default_values, with_defaults

_ORDER: dict[type[ast.AST], tuple[str, ...]] = {
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.Call: ("func", "args", "keywords"),
    ast.keyword: ("value",),
    ast.Attribute: ("value",),
    ast.Subscript: ("value", "slice"),
    ast.Slice: ("lower", "upper", "step"),
    ast.Starred: ("value",),
    ast.FormattedValue: ("value", "format_spec"),
    ast.NamedExpr: ("value",),
    ast.Yield: ("value",),
    ast.YieldFrom: ("value",),
    ast.JoinedStr: ("values",),
    ast.Tuple: ("elts",),
    ast.List: ("elts",),
    ast.Set: ("elts",),
    ast.Compare: ("left", "comparators"),
    ast.BoolOp: ("values",),
}


def operands(node: ast.AST) -> list[ast.AST] | None:
    """The operands of ``node`` in order of evaluation; None for a kind not covered.

    ``**mapping`` in a dict display is given as a ``keyword`` without a name, as in a call.
    """
    if isinstance(node, ast.Dict):
        return _dict_operands(node)
    if isinstance(node, ast.Lambda):
        return [*default_values(node.args)]
    if type(node) not in _ORDER:
        return None
    found: list[ast.AST] = []
    for name in _ORDER[type(node)]:
        value = getattr(node, name)
        found += value if isinstance(value, list) else [value] if value is not None else []
    return found


def _dict_operands(node: ast.Dict) -> list[ast.AST]:
    found: list[ast.AST] = []
    for key, value in zip(node.keys, node.values, strict=True):
        found += [ast.keyword(None, value)] if key is None else [key, value]
    return found


def set_operands(node: ast.AST, new: list[ast.AST]) -> None:
    """Put operands back in the order in which `operands` gives them."""
    if isinstance(node, ast.Dict):
        _set_dict_operands(node, new)
        return
    rest = iter(new)
    if isinstance(node, ast.Lambda):
        node.args = with_defaults(node.args, rest)
        return
    for name in _ORDER[type(node)]:
        value = getattr(node, name)
        if isinstance(value, list):
            setattr(node, name, [next(rest) for _ in value])
        elif value is not None:
            setattr(node, name, next(rest))


def _set_dict_operands(node: ast.Dict, new: list[ast.AST]) -> None:
    node.keys, node.values = [], []
    for item in new:
        if isinstance(item, ast.keyword):
            node.keys.append(None)
            node.values.append(item.value)
            continue
        assert isinstance(item, ast.expr)
        if len(node.keys) == len(node.values):
            node.keys.append(item)
        else:
            node.values.append(item)


def is_stable(node: ast.AST, unstable: set[str]) -> bool:
    """Whether evaluating ``node`` again, after a call, surely gives the same object.

    ``unstable``: variables that a call in the same expression could rebind.
    """
    if isinstance(node, ast.Name):
        return node.id not in unstable
    if isinstance(node, ast.keyword):
        return node.arg is not None and is_stable(node.value, unstable)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    if isinstance(node, ast.JoinedStr):
        return all(isinstance(value, ast.Constant) for value in node.values)
    if isinstance(node, ast.Starred | ast.FormattedValue):
        return isinstance(node.value, ast.Constant) and not getattr(node, "format_spec", None)
    return isinstance(node, ast.Constant)
