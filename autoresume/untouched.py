"""Generators whose code was not rewritten: those of libraries, and generator expressions.

Their hidden state is read off the value stack, as `autoresume.transforms.valuestack` says where it
lies. After that they are like all others: the residual program of a generator is made from a
model of its function that has been spilled, so it can be saved again in the ordinary way.
"""

from __future__ import annotations

import ast
import gc
import itertools
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import CellType, CodeType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any, NamedTuple

from autoresume.errors import SourceChanged, Unsaveable
from autoresume.transforms import Function
from autoresume.transforms.positions import Position
from autoresume.transforms.residual import Unresumable
from autoresume.transforms.untouched import (
    Library,
    as_function,
    generator_expressions,
    spilled,
)
from autoresume.transforms.valuestack import Kind, Slot, layout

if TYPE_CHECKING:
    from autoresume.program import UserModule


class ModelName(NamedTuple):
    """The name of the code of a model.

    ``place`` names a function in a module, ``number`` which of its generator expressions is meant,
    if any; ``digest`` tells apart what the functions of libraries do.
    """

    module: str
    place: tuple[Any, ...]
    number: int
    digest: str


class Untouched:
    """Finds and models the functions of generators that were not rewritten."""

    def __init__(self, modules: Mapping[str, UserModule]) -> None:
        self._modules = modules
        self._libraries: dict[str, Library | None] = {}
        self._running: dict[int, tuple[CodeType, Function]] = {}
        self._models: dict[tuple[int, int], Function] = {}
        self._named: dict[int, tuple[ModelName, Function]] = {}

    def model(self, code: CodeType, names: Mapping[str, Any]) -> Function:
        """The model of the function that runs ``code`` with the globals ``names``.

        Raises `Unsaveable`.
        """
        if id(code) not in self._running:
            try:
                model = self._of_user(code) or self._of_library(code, names)
            except Unresumable as error:
                raise Unsaveable(str(error)) from None
            if model is None:
                raise Unsaveable(
                    f"the source of {code.co_qualname} in {code.co_filename} is not found, or is "
                    "not what runs; take its items into a list first"
                )
            self._running[id(code)] = code, model
        return self._running[id(code)][1]

    def _of_user(self, code: CodeType) -> Function | None:
        for module in self._modules.values():
            if code.co_filename == module.filename:
                for function in module.rewritten.functions:
                    model = self._matching(module.name, function, code)
                    if model:
                        return model
        return None

    def _of_library(self, code: CodeType, names: Mapping[str, Any]) -> Function | None:
        module = _module_of(names)
        if module is None:
            return None
        library = self._library(module)
        found = library.at(code.co_firstlineno) if library else []
        models = (self._matching(module, function, code) for function in found)
        return next((model for model in models if model), None)

    def _matching(self, module: str, function: Function, code: CodeType) -> Function | None:
        """The model of ``function``, or of a generator expression in it, that has ``code``."""
        if function.code == code and not (module in self._modules and function.is_rewritten):
            return self._model(module, function, _ITSELF)
        inner = [other for _, other in generator_expressions(function)]
        return self._model(module, function, inner.index(code)) if code in inner else None

    def _library(self, module: str) -> Library | None:
        if module not in self._libraries:
            self._libraries[module] = _read(module)
        return self._libraries[module]

    def _model(self, module: str, around: Function, index: int) -> Function:
        key = id(around.code), index
        if key not in self._models:
            if index == _ITSELF:
                model = spilled(around)
            else:
                model = as_function(*generator_expressions(around)[index], around)
            user = self._modules.get(module)
            if user:
                name = ModelName(module, user.names[id(around.code)], index, "")
            else:
                name = ModelName(module, (around.code.co_qualname,), index, model.digest)
            self._models[key] = model
            self._named[id(model.code)] = name, model
        return self._models[key]

    # -- names -----------------------------------------------------------------------------

    def code_name(self, code: CodeType) -> ModelName | None:
        """The name of the code of a model; None for any other code."""
        found = self._named.get(id(code))
        return found[0] if found else None

    def function(self, code: CodeType) -> Function | None:
        """The model that has this code."""
        found = self._named.get(id(code))
        return found[1] if found else None

    def code_for(self, name: ModelName) -> CodeType:
        """The code of the model of that name; raises `SourceChanged`."""
        module, place, index, digest = name
        qualname = place[1] if len(place) > 1 else place[0]
        for around in self._named_functions(module, place):
            if index == _ITSELF or index < len(generator_expressions(around)):
                model = self._model(module, around, index)
                if digest in ("", model.digest):
                    return model.code
        where = "the script" if module in self._modules else "this version of the library"
        raise SourceChanged(
            f"the snapshot holds a generator of {qualname} in {module}, which {where} has no "
            "longer, or not the same; go back to what it was, or start over with --fresh"
        )

    def _named_functions(self, module: str, place: tuple[Any, ...]) -> list[Function]:
        user = self._modules.get(module)
        if user:
            code = user.codes.get(place[1:])
            return [user.functions[id(code)]] if code else []
        import_module(module)
        library = self._library(module)
        return list(library.named(place[0])) if library else []


_ITSELF = -1
"""The index of a model of a function itself, not of a generator expression in it."""


def _module_of(names: Mapping[str, Any]) -> str | None:
    """The name that the module with these globals is imported by, whatever it calls itself."""
    own = names.get("__name__")
    candidates = [own, *sys.modules] if isinstance(own, str) else list(sys.modules)
    for name in candidates:
        if getattr(sys.modules.get(name), "__dict__", None) is names:
            return name
    return None


def _read(module: str) -> Library | None:
    """The source of a module that has been imported; None where there is none."""
    loaded = sys.modules[module]
    filename = getattr(loaded, "__file__", None)
    try:
        if filename is not None and filename.endswith(".py") and Path(filename).is_file():
            return Library(Path(filename).read_bytes(), filename)
        text = loaded.__spec__.loader.get_source(module)  # type: ignore[union-attr]
        return Library(text.encode(), filename or f"<{module}>")
    except (AttributeError, ImportError, OSError, SyntaxError, TypeError, ValueError):
        return None


# -- the value stack -------------------------------------------------------------------------


def state_of(
    generator: GeneratorType[Any, Any, Any],
    shown: dict[str, Any],
    function: Function,
    position: Position,
) -> tuple[dict[str, Any], dict[str, CellType]]:
    """The variables of a generator that runs as written, by the names that its model has for them.

    ``shown``: its local variables as its frame shows them. Returns these and the hidden ones, and
    the cells. Raises `Unsaveable`.
    """
    code = generator.gi_code
    objects = _below_frame(generator, code)
    local = {name: value for name, value in shown.items() if name.isidentifier()}
    cells: dict[str, CellType] = {}
    for name in _fast_names(code):
        is_cell = name in code.co_cellvars or name in code.co_freevars
        if is_cell or name in shown:
            value = next(objects, None)
            if is_cell and isinstance(value, CellType):
                cells[name] = value
            elif is_cell or value is not shown[name]:
                raise Unsaveable(
                    f"the variables of {code.co_qualname} are not where they should be"
                )
    return local | _hidden(generator, list(objects), local, function, position), cells


def _below_frame(generator: GeneratorType[Any, Any, Any], code: CodeType) -> Iterator[Any]:
    """What the frame of a generator holds: variables in order, then the value stack.

    Places that hold nothing are left out.
    """
    found = gc.get_referents(generator)
    for index, (one, other) in enumerate(itertools.pairwise(found)):
        if isinstance(one, FunctionType) and other is code:
            return iter(found[index + 2 :])
    raise Unsaveable(f"the frame of {code.co_qualname} is not known")


def _fast_names(code: CodeType) -> list[str]:
    """The names of the variables of a frame in the order in which it holds them."""
    own_cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    return [*code.co_varnames, *own_cells, *code.co_freevars]


def _hidden(
    generator: GeneratorType[Any, Any, Any],
    objects: list[Any],
    local: dict[str, Any],
    function: Function,
    position: Position,
) -> dict[str, Any]:
    written = function.as_written
    node = next(
        node
        for node, place in written.places.items()
        if place == position and isinstance(node, ast.Yield | ast.YieldFrom)
    )
    try:
        slots = layout(written.scope, node)
    except Unresumable as error:
        line = getattr(error.node, "lineno", 0)
        raise Unsaveable(f"{function.module.filename}:{line}: {error}") from None
    readings = [
        found
        for found in _readings(slots, objects)
        if all(_fits(slot, value, local) for slot, value in found)
    ]
    if len(readings) != 1:
        raise Unsaveable(
            f"{function.module.filename}:{node.lineno}: what Python keeps for this `yield` is not "
            "understood; take the items of the generator into a list first"
        )
    return _named(readings[0], function)


_Reading = list[tuple[Slot, Any]]


def _readings(slots: list[Slot], objects: list[Any]) -> Iterator[_Reading]:
    """The ways in which ``objects`` may fill ``slots``.

    Under a called method lies its object. Above all lies the exception that is being handled, and
    after the first one that was, None.
    """
    handlers = [slot for slot in slots if slot.kind is Kind.HANDLED]
    if handlers:
        slots = [*slots, handlers[-1]]
    elif objects and objects[-1] is None:
        yield from _assigned(slots, objects[:-1])
    yield from _assigned(slots, objects)


def _assigned(slots: list[Slot], objects: list[Any]) -> Iterator[_Reading]:
    if not slots or not objects:
        if not slots and not objects:
            yield []
        return
    slot, rest = slots[0], slots[1:]
    is_method = slot.kind is Kind.CALLEE and len(objects) > 1 and _is_method(objects[0])
    for following in _assigned(rest, objects[1:]):
        yield [(slot, objects[0]), *following]
    if is_method:
        for following in _assigned(rest, objects[2:]):
            yield [(slot, objects[0].__get__(objects[1])), *following]


def _is_method(value: object) -> bool:
    """Whether Python calls this with an object put before the arguments."""
    return bool(type(value).__flags__ & _METHOD_DESCRIPTOR)


_METHOD_DESCRIPTOR = 1 << 17
"""``Py_TPFLAGS_METHOD_DESCRIPTOR``."""


def _fits(slot: Slot, value: Any, local: dict[str, Any]) -> bool:
    match slot.kind:
        case Kind.ITERATOR:
            return hasattr(type(value), "__next__")
        case Kind.EXIT:
            return getattr(value, "__name__", "") == "__exit__" and hasattr(value, "__self__")
        case Kind.HANDLED:
            return value is None or isinstance(value, BaseException)
        case Kind.CALLEE:
            return callable(value)
        case Kind.UNUSED:
            return value is None
    return _may_be(slot.node, value, local)


def _may_be(node: ast.AST, value: Any, local: dict[str, Any]) -> bool:
    """Whether ``value`` may be that of an expression."""
    match node:
        case ast.Name(id=name) if name in local:
            return value is local[name]
        case ast.Constant(value=constant):
            return type(value) is type(constant) and bool(value == constant)
    kind = _DISPLAYS.get(type(node))
    return kind is None or type(value) is kind


_DISPLAYS: dict[type[ast.AST], type] = {
    ast.Dict: dict,
    ast.DictComp: dict,
    ast.FormattedValue: str,
    ast.JoinedStr: str,
    ast.List: list,
    ast.ListComp: list,
    ast.Set: set,
    ast.SetComp: set,
    ast.Tuple: tuple,
}


def _named(reading: _Reading, function: Function) -> dict[str, Any]:
    """The values of a reading by the names of the model."""
    names, written = function.module.names, function.as_written
    hidden: dict[str, Any] = {}
    handlers: list[str] = []
    for slot, value in reading:
        place = written.places.get(slot.node)
        if place is None:
            continue
        if slot.kind is Kind.ITERATOR:
            hidden[names.iterator(place.statement)] = value
        elif slot.kind is Kind.EXIT:
            statement = written.statements[place.statement]
            assert isinstance(statement, ast.With)
            items = [item.context_expr for item in statement.items]
            index = next(index for index, item in enumerate(items) if item is slot.node)
            hidden[names.manager(place.statement, index)] = value.__self__
        elif slot.kind is Kind.HANDLED:
            # Each block keeps the exception of the block around it.
            for outer in handlers[-1:]:
                hidden[outer] = value
            handlers.append(names.exception(place))
        elif place.expression is not None:
            hidden[names.operand(place.statement, place.expression)] = value
    return hidden
