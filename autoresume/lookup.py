"""The values that the active node of a frame works on, found without running user code."""

from __future__ import annotations

import ast
import builtins
import re
from types import FrameType

from autoresume.transforms.spill import is_super_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Mismatch(Exception):
    """The next frame was not called by this node in a way that can be done again."""


class Unknown(Exception):
    """The variables of the frame do not tell what this is."""


def value_of(node: ast.AST, frame: FrameType) -> Any:
    """The value of a part of the active node, without running any user code."""
    if isinstance(node, ast.NamedExpr):
        try:
            return value_of(node.target, frame)
        except Unknown:  # the name of a model, whose function runs as it was written
            return value_of(node.value, frame)
    if isinstance(node, ast.Name):
        return _variable(_mangled(node.id, frame), frame)
    if isinstance(node, ast.Attribute):
        return _attribute(node, frame)
    if isinstance(node, ast.Constant):
        return node.value
    raise Unknown


def called_with(node: ast.Call, frame: FrameType) -> Any:
    """The object that a call calls; None if the variables do not tell."""
    try:
        return value_of(node.func, frame)
    except Unknown:
        return None


def _variable(name: str, frame: FrameType) -> Any:
    own_builtins = frame.f_builtins or vars(builtins)
    for names in (frame.f_locals, frame.f_globals, own_builtins):
        if name in names:
            return names[name]
    raise Unknown


def _attribute(node: ast.Attribute, frame: FrameType) -> Any:
    if is_super_call(node.value):
        return _inherited(node.attr, frame)
    owner = value_of(node.value, frame)
    name = _mangled(node.attr, frame)
    found = without_descriptors(owner, name, _MISSING)
    if found is _MISSING or isinstance(found, property):
        raise Unknown
    return found


_MISSING = object()


def _mangled(name: str, frame: FrameType) -> str:
    """A private name as the class body that the frame's function stands in has changed it."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    code = frame.f_code
    known = (*code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars)
    return next((other for other in known if other.endswith(name)), name)


def _inherited(name: str, frame: FrameType) -> Any:
    """What ``super().name`` is."""
    values = frame.f_locals
    cls, instance = values.get("__class__"), _self(frame)
    owner = instance if isinstance(instance, type) else type(instance)
    mro = owner.__mro__
    if cls not in mro:
        raise Unknown
    for base in mro[mro.index(cls) + 1 :]:
        if name in vars(base):
            return vars(base)[name]
    raise Unknown


def _self(frame: FrameType) -> Any:
    """The first argument of the function that ``frame`` runs."""
    name = frame.f_code.co_varnames[0] if frame.f_code.co_argcount else ""
    if name not in frame.f_locals:
        raise Unknown
    return frame.f_locals[name]


def shown(node: ast.AST) -> str:
    """The text of a node in messages; of a call, that of the called object."""
    shortened = node.func if isinstance(node, ast.Call) else node
    if isinstance(node, ast.For):
        return f"for … in {re.sub(_GENERATED, '', ast.unparse(node.iter))}"
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    return re.sub(_GENERATED, "", ast.unparse(shortened))


_GENERATED = r"_ar\d*_(op_\d+_\d+ := |iter(?=\())|(?<=\()_ar\d*_call, "


def without_descriptors(owner: Any, name: str, default: Any = None) -> Any:
    """An attribute as `inspect.getattr_static` finds it."""
    from inspect import getattr_static  # here, because `inspect` takes its time to be imported

    return getattr_static(owner, name, default)


def static(cls: type, name: str) -> Any:
    """A class attribute, without calling descriptors."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
