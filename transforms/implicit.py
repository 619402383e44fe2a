"""Implicit calls: what operators, built-in functions and iteration call in user code."""

from __future__ import annotations

import ast
import itertools

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
_UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "__neg__",
    ast.UAdd: "__pos__",
    ast.Invert: "__invert__",
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("__eq__", "__eq__"),
    ast.NotEq: ("__ne__", "__ne__"),
    ast.Lt: ("__lt__", "__gt__"),
    ast.LtE: ("__le__", "__ge__"),
    ast.Gt: ("__gt__", "__lt__"),
    ast.GtE: ("__ge__", "__le__"),
}

BUILT_IN: dict[str, tuple[str, ...]] = {
    "abs": ("__abs__",),
    "bool": ("__bool__", "__len__"),
    "bytes": ("__bytes__",),
    "complex": ("__complex__", "__float__"),
    "divmod": ("__divmod__",),
    "float": ("__float__", "__index__"),
    "format": ("__format__", "__str__", "__repr__"),
    "getattr": ("__getattribute__", "__getattr__"),
    "hasattr": ("__getattribute__", "__getattr__"),
    "hash": ("__hash__",),
    "int": ("__int__", "__index__", "__trunc__"),
    "iter": ("__iter__",),
    "len": ("__len__",),
    "next": ("__next__",),
    "pow": ("__pow__",),
    "print": ("__str__", "__repr__"),
    "repr": ("__repr__",),
    "reversed": ("__reversed__",),
    "round": ("__round__",),
    "str": ("__str__", "__repr__"),
}
"""Built-in functions that call a special method of their first argument, and the methods in the
order in which they are looked for."""

LAZY = frozenset(
    {"accumulate", "chain", "cycle", "dropwhile", "enumerate", "filter", "filterfalse", "islice"}
    | {"iter", "map", "pairwise", "starmap", "takewhile", "zip", "zip_longest", "reversed"}
)
"""Functions whose result takes items of their arguments when it is asked for items itself."""

CALLS_LATER = frozenset({"filter", "filterfalse", "map", "starmap", "iter"})
"""Those of them whose result calls their first argument."""

CONSUMERS = frozenset(
    {"all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"}
    | {"deque", "OrderedDict", "fsum", "prod", "reduce", "map", "filter", "zip"}
    | {"difference", "extend", "fromkeys", "intersection", "join", "sort", "union", "update"}
    | {"writelines"}
)
"""Functions and methods that may take items of their arguments, or call them, for which the
runtime has a twin in Python."""

CALLS_ARGUMENT = frozenset({"filter", "map", "max", "min", "reduce", "sort", "sorted"})
"""Those of them that may call an argument."""

OPERATES: dict[str, tuple[str, ...]] = {
    "max": ("__gt__", "__lt__"),
    "min": ("__gt__", "__lt__"),
    "sum": ("__add__", "__radd__"),
}
"""The special methods of items that some of them call."""

GIVES_COLLECTION = frozenset(
    {"bytes", "dict", "frozenset", "input", "list", "open", "range", "set", "sorted", "str"}
    | {"tuple", "bytearray", "dir", "vars"}
)
"""Built-in functions that return what is iterated over without calling user code."""

COLLECTION_METHODS = frozenset(
    {"copy", "items", "keys", "values", "split", "rsplit", "splitlines", "readlines", "tolist"}
)
"""Methods of built-in types of which the same is true."""

ADVANCE = frozenset({"__next__", "close", "send", "throw"})
"""Methods that run a generator."""


SPECIAL_METHODS = frozenset(
    {f"__{kind}{name}__" for kind in ("", "r", "i") for name in _BINARY.values()}
    | {*_UNARY.values(), *itertools.chain(*_COMPARISONS.values(), *BUILT_IN.values())}
    | {"__getitem__", "__missing__", "__getattr__", "__getattribute__", "__get__", "__contains__"}
    | {"__enter__", "__exit__"}
)
"""All that can be called without its name in the source."""


def binary_methods(
    operator: ast.operator, *, in_place: bool = False
) -> tuple[str, str, str | None]:
    """The special methods of an operator: of its left side, its right side, and in place."""
    name = _BINARY[type(operator)]
    return f"__{name}__", f"__r{name}__", f"__i{name}__" if in_place else None


def unary_method(operator: ast.unaryop) -> str | None:
    """The special method of an operator; None for ``not``."""
    return _UNARY.get(type(operator))


def comparison_methods(operator: ast.cmpop) -> tuple[str, str]:
    """The special methods of a comparison: of its left side, and of its right side."""
    if isinstance(operator, ast.In | ast.NotIn):
        return "", "__contains__"
    return _COMPARISONS.get(type(operator), ("", ""))


CALL_SPECIAL_METHODS = frozenset(
    {ast.BinOp, ast.AugAssign, ast.UnaryOp, ast.Compare, ast.Subscript, ast.Attribute}
    | {ast.FormattedValue, ast.Call}
)
"""The kinds of nodes that may call special methods."""


def special_methods(node: ast.AST) -> tuple[str, ...]:
    """The special methods that evaluating this one node may call, its operands aside."""
    if type(node) not in CALL_SPECIAL_METHODS:
        return ()
    match node:
        case ast.BinOp(op=operator):
            return binary_methods(operator)[:2]
        case ast.AugAssign(op=operator):
            return tuple(name for name in binary_methods(operator, in_place=True) if name)
        case ast.UnaryOp(op=operator):
            return (unary_method(operator) or "",)
        case ast.Compare(ops=operators):
            return tuple(name for each in operators for name in comparison_methods(each))
        case ast.Subscript(ctx=ast.Load()):
            return ("__getitem__", "__missing__")
        case ast.Attribute(ctx=ast.Load()):
            return ("__getattr__", "__getattribute__", "__get__")
        case ast.FormattedValue():
            return ("__format__", "__str__", "__repr__")
        case ast.Call(func=ast.Name(id=name)):
            return BUILT_IN.get(name, ())
    return ()
