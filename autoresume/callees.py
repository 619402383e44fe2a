"""Whether the next frame on the stack is what the active node of this frame called, itself.

`sorted(key=f)` has C code between its caller and ``f``, which no snapshot holds. So the called
object is looked up from the variables of the frame, without running any user code, and its code
is compared with that of the next frame.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import re
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

from autoresume.transforms import Function
from autoresume.transforms.residual import Link, first_parameter
from autoresume.transforms.scopes import body_nodes
from autoresume.transforms.spill import is_super_call


class Mismatch(Exception):
    """The next frame was not called by this node in a way that can be done again."""


def link_to(
    node: ast.AST, frame: FrameType, inner: FrameType, callee: Function
) -> tuple[Link, Any]:
    """How ``inner`` gives ``node`` its value; with the new instance if it is an ``__init__``.

    ``callee`` is the function that ``inner`` runs.

    Raises `Mismatch`.
    """
    try:
        link = _link(node, frame, inner.f_code)
    except _Unknown:
        link = None
    if link is None:
        text = _GENERATED.sub("", ast.unparse(node.func if isinstance(node, ast.Call) else node))
        raise Mismatch(
            f"`{text}` reached {inner.f_code.co_qualname} through C code or a library, which "
            "cannot be resumed in the middle yet; call it directly"
        )
    return link, own_instance(inner, callee) if link is Link.INIT else None


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


_GENERATED = re.compile(r"_ar\d*_op_\d+_\d+ := ")


class _Unknown(Exception):
    """The variables of the frame do not tell what this is."""


def _link(node: ast.AST, frame: FrameType, code: CodeType) -> Link | None:
    if isinstance(node, ast.Attribute):
        getter = inspect.getattr_static(_value(node.value, frame), node.attr, None)
        return Link.RETURN if _property_code(getter) is code else None
    assert isinstance(node, ast.Call)
    return _call_link(_value(node.func, frame), code)


def _property_code(getter: object) -> CodeType | None:
    function = getter.fget if isinstance(getter, property) else None
    return function.__code__ if isinstance(function, FunctionType) else None


def _call_link(called: Any, code: CodeType) -> Link | None:
    """How calling ``called`` enters a function with that code."""
    if isinstance(called, FunctionType):
        return Link.RETURN if called.__code__ is code else None
    if isinstance(called, functools.partial):
        return _call_link(called.func, code)
    if isinstance(called, MethodType | staticmethod | classmethod):
        return _call_link(called.__func__, code)
    own_call = _static(type(called), "__call__")
    if isinstance(own_call, FunctionType):
        return Link.RETURN if own_call.__code__ is code else None
    if isinstance(called, type):
        init = _static(called, "__init__")
        new = _static(called, "__new__")
        is_init = isinstance(init, FunctionType) and init.__code__ is code
        return Link.INIT if is_init and _code(new) is not code else None
    return None


def _code(function: object) -> CodeType | None:
    function = getattr(function, "__func__", function)
    return function.__code__ if isinstance(function, FunctionType) else None


def _static(cls: type, name: str) -> Any:
    """A class attribute, without calling descriptors."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def _value(node: ast.expr, frame: FrameType) -> Any:
    if isinstance(node, ast.NamedExpr):
        return _value(node.target, frame)
    if isinstance(node, ast.Name):
        return _variable(node.id, frame)
    if isinstance(node, ast.Attribute):
        return _attribute(node, frame)
    raise _Unknown


def _variable(name: str, frame: FrameType) -> Any:
    own_builtins = frame.f_builtins or vars(builtins)
    for names in (frame.f_locals, frame.f_globals, own_builtins):
        if name in names:
            return names[name]
    raise _Unknown


def _attribute(node: ast.Attribute, frame: FrameType) -> Any:
    if is_super_call(node.value):
        return _inherited(node.attr, frame)
    owner = _value(node.value, frame)
    name = _mangled(node.attr, frame)
    found = inspect.getattr_static(owner, name, _MISSING)
    if found is _MISSING or isinstance(found, property):
        raise _Unknown
    return found


_MISSING = object()


def _mangled(name: str, frame: FrameType) -> str:
    """A private name as the class body that the frame's function stands in has changed it."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    return next((other for other in frame.f_code.co_names if other.endswith(name)), name)


def _inherited(name: str, frame: FrameType) -> Any:
    """What ``super().name`` is."""
    values = frame.f_locals
    cls, instance = values.get("__class__"), _self(frame)
    owner = instance if isinstance(instance, type) else type(instance)
    mro = owner.__mro__
    if cls not in mro:
        raise _Unknown
    for base in mro[mro.index(cls) + 1 :]:
        if name in vars(base):
            return vars(base)[name]
    raise _Unknown


def _self(frame: FrameType) -> Any:
    """The first argument of the function that ``frame`` runs."""
    name = frame.f_code.co_varnames[0] if frame.f_code.co_argcount else ""
    if name not in frame.f_locals:
        raise _Unknown
    return frame.f_locals[name]
