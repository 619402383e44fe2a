"""Whether the next frame on the stack is what the active node of this frame called, itself.

`sorted(key=f)` has C code between its caller and ``f``, which no snapshot holds. So the called
object is looked up from the variables of the frame, without running any user code, and its code
is compared with that of the next frame.
"""

from __future__ import annotations

import ast
import builtins
import functools
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

from autoresume.iteration import asked_by_loop, next_function
from autoresume.lookup import (
    Mismatch,
    Unknown,
    called_with,
    shown,
    static,
    value_of,
    without_descriptors,
)
from autoresume.marks import WRAPPERS
from autoresume.rawframes import is_called_directly
from autoresume.transforms import Function
from autoresume.transforms.implicit import (
    BUILT_IN,
    binary_methods,
    comparison_methods,
    unary_method,
)
from autoresume.transforms.residual import Link, first_parameter
from autoresume.transforms.scopes import body_nodes


def link_to(
    node: ast.AST, frame: FrameType, inner: FrameType, callee: Function, caller: Function
) -> tuple[Link, Any]:
    """How ``inner`` gives ``node`` its value, and what was called.

    That is the new instance of an ``__init__``, or the function that the node, evaluated again,
    calls first. ``callee`` and ``caller`` are the functions that ``inner`` and ``frame`` run.

    Raises `Mismatch`.
    """
    if isinstance(node, ast.Call) and is_called_directly(inner, frame):
        return Link.RETURN, None
    code = callee.runs
    try:
        link, called = _link(node, frame, caller, code)
    except Unknown:
        link, called = None, None
    if link is None:
        raise Mismatch(
            f"`{shown(node)}` reached {inner.f_code.co_qualname} through C code or a library, "
            "which cannot be resumed in the middle yet; call it directly"
        )
    return link, own_instance(inner, callee) if link is Link.INIT else called


def own_instance(frame: FrameType, function: Function) -> Any:
    """The object that ``frame``, which runs the ``__init__`` ``function``, initializes."""
    name = first_parameter(function.code)
    rebound = any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        for node in body_nodes(function.scope)
    )
    if name not in frame.f_locals or rebound:
        raise Mismatch("an `__init__` that changes or lacks its first parameter cannot be resumed")
    return frame.f_locals[name]


_Entry = tuple[Link | None, FunctionType | None]


def _link(node: ast.AST, frame: FrameType, caller: Function, code: CodeType) -> _Entry:
    if isinstance(node, ast.Attribute):
        getter = without_descriptors(value_of(node.value, frame), node.attr)
        if _property_code(getter) is code:
            return Link.RETURN, None
    elif isinstance(node, ast.Call):
        called = value_of(node.func, frame)
        link = _call_link(called, code)
        if link is not None:
            return link, None
    elif isinstance(node, ast.Name | ast.NamedExpr):  # a decorator
        return _call_link(value_of(node, frame), code), None
    first = first_entered(node, frame, caller, code)
    return (Link.AGAIN, first) if first is not None and first.__code__ is code else (None, None)


def _property_code(getter: object) -> CodeType | None:
    function = getter.fget if isinstance(getter, property) else None
    return function.__code__ if isinstance(function, FunctionType) else None


def _call_link(called: Any, code: CodeType) -> Link | None:
    """How calling ``called`` enters a function with that code."""
    if isinstance(called, FunctionType) and called.__code__ in WRAPPERS:
        from inspect import unwrap  # here, because it takes its time

        called = unwrap(called, stop=lambda found: found.__code__ not in WRAPPERS)
    if isinstance(called, FunctionType):
        return Link.RETURN if called.__code__ is code else None
    if isinstance(called, functools.partial):
        return _call_link(called.func, code)
    if isinstance(called, MethodType | staticmethod | classmethod):
        return _call_link(called.__func__, code)
    own_call = static(type(called), "__call__")
    if isinstance(own_call, FunctionType):
        return Link.RETURN if own_call.__code__ is code else None
    if isinstance(called, type):
        is_dataclass = hasattr(called, "__dataclass_fields__")
        names = ("__init__", "__post_init__") if is_dataclass else ("__init__",)
        is_init = any(_code(static(called, name)) is code for name in names)
        return Link.INIT if is_init and _code(static(called, "__new__")) is not code else None
    return None


def _code(function: object) -> CodeType | None:
    function = getattr(function, "__func__", function)
    return function.__code__ if isinstance(function, FunctionType) else None


# -- what a node calls by itself -----------------------------------------------------------


def first_entered(
    node: ast.AST, frame: FrameType, caller: Function, code: CodeType
) -> FunctionType | None:
    """The first function of the user's that ``node`` enters when it is evaluated again."""
    if isinstance(node, ast.For):
        iterator = asked_by_loop(node, frame, caller)
        return next_function(iterator, lambda function: function.__code__ is code)
    if isinstance(node, ast.Call):
        return _entered_by_call(node, frame)
    return _first(_methods(node, frame))


_Methods = list[tuple[Any, str]]
"""Objects and the names of their special methods, in the order in which Python calls them."""


def _first(methods: _Methods) -> FunctionType | None:
    for owner, name in methods:
        found = static(type(owner), name)
        if isinstance(found, FunctionType):
            return found
    return None


def _methods(node: ast.AST, frame: FrameType) -> _Methods:
    match node:
        case ast.BinOp(left=left, op=operator, right=right):
            return _binary(operator, value_of(left, frame), value_of(right, frame))
        case ast.AugAssign(target=target, op=operator, value=value):
            owner = value_of(_loaded(target), frame)
            in_place = binary_methods(operator, in_place=True)[2] or ""
            return [(owner, in_place), *_binary(operator, owner, value_of(value, frame))]
        case ast.UnaryOp(op=operator, operand=operand):
            return [(value_of(operand, frame), unary_method(operator) or "")]
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _comparison(operator, value_of(left, frame), value_of(right, frame))
        case ast.Subscript(value=value):
            owner = value_of(value, frame)
            return [(owner, "__getitem__"), (owner, "__missing__")]
        case ast.Attribute(value=value):
            return _attribute_methods(node, value_of(value, frame))
        case ast.FormattedValue(value=value, conversion=conversion):
            owner, names = value_of(value, frame), _CONVERSIONS[conversion]
            return [(owner, name) for name in names]
    raise Unknown


_CONVERSIONS = {
    -1: ("__format__", "__str__", "__repr__"),
    ord("a"): ("__repr__",),
    ord("r"): ("__repr__",),
    ord("s"): ("__str__", "__repr__"),
}


def _loaded(target: ast.expr) -> ast.expr:
    if not isinstance(target, ast.Name):
        raise Unknown
    return target


def _binary(operator: ast.operator, left: Any, right: Any) -> _Methods:
    name, reflected, _ = binary_methods(operator)
    return _ordered((left, name), (right, reflected))


def _comparison(operator: ast.cmpop, left: Any, right: Any) -> _Methods:
    name, reflected = comparison_methods(operator)
    if not name:
        return [(right, reflected)]
    if isinstance(operator, ast.NotEq):  # by default it is the contrary of the other
        return [(left, name), (left, "__eq__"), (right, name), (right, "__eq__")]
    return _ordered((left, name), (right, reflected))


def _ordered(left: tuple[Any, str], right: tuple[Any, str]) -> _Methods:
    """The right side comes first if its class is derived from that of the left side."""
    left_type, right_type = type(left[0]), type(right[0])
    if left_type is not right_type and issubclass(right_type, left_type):
        return [right, left]
    return [left] if left_type is right_type and left[1] != right[1] else [left, right]


def _attribute_methods(node: ast.Attribute, owner: Any) -> _Methods:
    found = without_descriptors(owner, node.attr)
    getter = [(found, "__get__")] if hasattr(type(found), "__get__") else []
    return [(owner, "__getattribute__"), *getter, (owner, "__getattr__")]


def _entered_by_call(node: ast.Call, frame: FrameType) -> FunctionType | None:
    called = value_of(node.func, frame)
    called = getattr(called, "__func__", called)
    if isinstance(called, functools._lru_cache_wrapper):
        wrapped = called.__wrapped__
        return wrapped if isinstance(wrapped, FunctionType) else None
    if isinstance(called, type) and called not in _TYPES_AS_FUNCTIONS:
        new = getattr(static(called, "__new__"), "__func__", None)
        return new if isinstance(new, FunctionType) else None
    name = getattr(called, "__name__", "")
    if name not in BUILT_IN or called is not vars(builtins).get(name) or not node.args:
        raise Unknown
    owner = value_of(node.args[0], frame)
    if name == "next":
        return next_function(owner, lambda function: True)
    return _first([(owner, method) for method in BUILT_IN[name]])


_TYPES_AS_FUNCTIONS = frozenset(
    found for name in BUILT_IN if isinstance(found := vars(builtins)[name], type)
)


def cached_function(node: ast.AST, frame: FrameType) -> Any:
    """The function of `functools.lru_cache` that a call calls; None for any other call."""
    called = called_with(node, frame) if isinstance(node, ast.Call) else None
    called = getattr(called, "__func__", called)
    return called if isinstance(called, functools._lru_cache_wrapper) else None
