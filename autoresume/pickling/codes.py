"""Code that is not the user's, named by where it stands in the source of a library.

Bytecode is bound to one version of Python. What is written somewhere is compiled again: the code
of functions that libraries make, such as those of `functools.wraps`, and of source that was made
at run time and given to `linecache`, as attrs does for its methods.
"""

from __future__ import annotations
import __future__

import functools
import linecache
import sys
from collections.abc import Collection
from types import CodeType, ModuleType

from autoresume.errors import SourceChanged
from autoresume.pickling.anchors import module_named
from autoresume.transforms.codes import all_codes, in_source_order, plain_qualname
from autoresume.transforms.records import NamedTuple


class LibraryCode(NamedTuple):
    """The name of code of a library.

    ``number``: which of those with that qualified name; ``variables``: what it takes and what it
    has from the functions around it; ``digest``: what it does, for libraries that are installed.
    """

    module: str
    qualname: str
    number: int
    variables: tuple[tuple[str, ...], tuple[str, ...]]
    digest: str


class TextCode(NamedTuple):
    """The name of code of source that was made at run time, and compiled with those features."""

    filename: str
    text: str
    features: tuple[str, ...]
    qualname: str
    number: int


_names: dict[int, tuple[CodeType, LibraryCode | TextCode | None]] = {}
"""What is known about code objects, by their ``id``."""


def stable_name(code: CodeType, user_modules: Collection[str]) -> LibraryCode | TextCode | None:
    """Return what `code_of` finds equal code by, on any Python; None: this is only bytecode."""
    known = _names.get(id(code))
    if known is None:
        found = _library_name(code, user_modules) or _text_name(code)
        known = _names[id(code)] = code, found
    return known[1]


def code_of(name: LibraryCode | TextCode) -> CodeType:
    """Return the code of that name; raises SourceChanged if the library has other code there."""
    if isinstance(name, TextCode):
        return _text_code(name)
    codes = _codes_of(name.module).get(name.qualname, [])
    code = codes[name.number] if name.number < len(codes) else None
    if code is None or variables(code) != name.variables or name.digest not in ("", _digest(code)):
        raise SourceChanged(
            f"the snapshot uses {name.qualname} of {name.module}, which this version of the "
            "library has no longer, or not the same; go back to what it was, or start over with "
            "--fresh"
        )
    return code


def variables(code: CodeType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the parameters of a function and of its variables from outside."""
    count = code.co_argcount + code.co_kwonlyargcount
    return code.co_varnames[:count], code.co_freevars


# -- libraries -------------------------------------------------------------------------------


def _library_name(code: CodeType, user_modules: Collection[str]) -> LibraryCode | None:
    module = _module_with(code.co_filename)
    if module is None or module in user_modules:
        return None
    for number, other in enumerate(_codes_of(module).get(plain_qualname(code), [])):
        if other == code:
            digest = "" if module.partition(".")[0] in sys.stdlib_module_names else _digest(code)
            return LibraryCode(module, plain_qualname(code), number, variables(code), digest)
    return None


def _module_with(filename: str) -> str | None:
    """Return the name of a module that was imported from that file."""
    if filename.startswith("<frozen "):
        return filename.removeprefix("<frozen ").removesuffix(">")
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) == filename and name != "__main__":
            return name
    return None


_compiled: dict[str, tuple[ModuleType, dict[str, list[CodeType]]]] = {}


def _codes_of(name: str) -> dict[str, list[CodeType]]:
    """Return the code objects of a module as it was compiled, by qualified name, in order."""
    module = module_named(name)
    if name not in _compiled or _compiled[name][0] is not module:
        code = _code_of_module(module)
        _compiled[name] = module, _by_qualname(code) if code else {}
    return _compiled[name][1]


def _by_qualname(whole: CodeType) -> dict[str, list[CodeType]]:
    found: dict[str, list[CodeType]] = {}
    for code in all_codes(whole):
        found.setdefault(plain_qualname(code), []).append(code)
    return {name: in_source_order(group) for name, group in found.items()}


def _code_of_module(module: ModuleType) -> CodeType | None:
    """Return the code of a module, which Python has in its cache."""
    spec = module.__spec__
    try:
        code = spec.loader.get_code(spec.name)  # type: ignore[union-attr]
    except (AttributeError, ImportError, OSError, SyntaxError):
        return None
    return code if isinstance(code, CodeType) else None


def _digest(code: CodeType) -> str:
    """Return what changes when the source of a function of a library does."""
    module = _module_with(code.co_filename)
    return _digests(module).get(code, "") if module else ""


@functools.cache
def _digests(name: str) -> dict[CodeType, str]:
    import ast

    from autoresume.transforms.positions import function_digest
    from autoresume.transforms.scopes import match_codes

    module = module_named(name)
    code = _code_of_module(module)
    try:
        source = module.__spec__.loader.get_source(name)  # type: ignore[union-attr]
    except (AttributeError, ImportError, OSError):
        source = None
    if code is None or source is None:
        return {}
    scopes = match_codes(code, ast.parse(source))
    return {other: function_digest(scope) for scope, other in scopes}


# -- source made at run time -----------------------------------------------------------------


def _text_name(code: CodeType) -> TextCode | None:
    text = _text_of(code.co_filename)
    if text is None:
        return None
    features = tuple(name for name in _FEATURES if code.co_flags & _flag(name))
    qualname = plain_qualname(code)
    for number, other in enumerate(_codes_in(text, code.co_filename, features).get(qualname, [])):
        if other == code:
            return TextCode(code.co_filename, text, features, qualname, number)
    return None


def _text_of(filename: str) -> str | None:
    """Return the source that somebody has given to `linecache` for a file that does not exist."""
    entry = linecache.cache.get(filename)
    if entry is None or len(entry) != 4 or entry[1] is not None:
        return None
    return _joined(filename, "".join(entry[2]))


@functools.cache
def _joined(filename: str, text: str) -> str:
    """One and the same string each time, so that it is stored once."""
    return text


@functools.cache
def _codes_in(text: str, filename: str, features: tuple[str, ...]) -> dict[str, list[CodeType]]:
    flags = sum(map(_flag, features))
    try:
        code = compile(text, filename, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError):
        return {}
    return _by_qualname(code)


_FEATURES = ("annotations", "barry_as_FLUFL")
"""What only those modules have that import it from `__future__`, and what they compile."""


def _flag(feature: str) -> int:
    flag: int = getattr(__future__, feature).compiler_flag
    return flag


def _text_code(name: TextCode) -> CodeType:
    if name.filename not in linecache.cache:
        lines = name.text.splitlines(True)
        linecache.cache[name.filename] = len(name.text), None, lines, name.filename
    return _codes_in(name.text, name.filename, name.features)[name.qualname][name.number]
