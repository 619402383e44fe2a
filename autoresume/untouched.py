"""The code of generators that was not rewritten: those of libraries, and generator expressions.

Their hidden state is read off the value stack, see `autoresume.valuestack`. After that they are
like all others: the residual program of a generator is made from a model of its function that has
been spilled, so it can be saved again in the ordinary way.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import CodeType

from autoresume.errors import SourceChanged, Unsaveable
from autoresume.transforms import Function
from autoresume.transforms.records import NamedTuple
from autoresume.transforms.residual import Unresumable
from autoresume.transforms.untouched import (
    Library,
    as_function,
    generator_expressions,
    spilled,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
                for function in module.compiled.functions_near(code.co_firstlineno):
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
            function = user.function(code) if code else None
            return [function] if function else []
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
