"""Models of the functions of a module, made when they are needed.

What is to be known of a function is found out from an excerpt of the source: the statement at the
top of the module that it stands in, on the lines where it stands, but without the bodies of other
functions. The excerpt goes through the same passes as the module, and has to come out as the code
that runs; else the whole module is taken.
"""

from __future__ import annotations

import ast
import copy
import itertools
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from types import CodeType
from typing import Any

from .additions import top_level_definitions
from .compiled import Body, Compiled, Outline, Place
from .errors import AutoresumeError
from .jumps import as_switched_off
from .pipeline import Function, Parsed, Rewritten, parse_again, rewrite
from .reach import ModuleFacts, Reach
from .scopes import (
    Scope,
    all_codes,
    all_statements,
    body_nodes,
    first_line,
    inner_scopes,
    is_seen_through,
    top_level_parts,
)
from .silence import quiet

_TOP = (0, 0)
"""The place of the module."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def outline(parsed: Parsed, reach: Reach) -> Outline:
    """Describe a module before it is rewritten."""
    tree, lines = parsed.tree, parsed.source.split(b"\n")
    has_globals = b"global" in parsed.source
    numbers = enumerate(parsed.scopes)
    bodies, closed = (
        [_body(scope, lines, has_globals) for scope in _outermost(tree, opened)]
        for opened in (None, reach.scopes)
    )
    return Outline(
        top_level_parts(tree, len(lines)) if _is_excerptible(parsed.source) else [],
        bodies,
        closed,
        *_imports(tree),
        {_place(node) for node in parsed.marked},
        {number: _place(scope) for number, scope in numbers if scope in reach.scopes},
        _plain_attributes(reach),
        _plain_attributes(reach.facts),
        sorted(top_level_definitions(tree)),
    )


def _is_excerptible(source: bytes) -> bool:
    """Whether lines and columns in bytes are those of Python, and no marker concerns all of it."""
    head = b"".join(source.split(b"\n", 2)[:2])
    odd = b"\r" in source or b"\f" in source or source.startswith(b"\xef\xbb\xbf")
    return not (odd or b"coding" in head or b"rebuild" in source or b"exclude" in source)


def _place(node: ast.AST) -> Place:
    if isinstance(node, ast.Module):
        return _TOP
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def _outermost(scope: Scope, opened: set[Scope] | None) -> list[_Definition]:
    """The functions, and classes other than ``opened``, that stand in none; None: all are."""
    found: list[_Definition] = []
    for inner in inner_scopes(scope, has_lambdas=False):
        if isinstance(inner, ast.ClassDef) and (opened is None or inner in opened):
            found += _outermost(inner, opened)
        elif isinstance(inner, _Definition):
            found.append(inner)
    return found


def _body(node: _Definition, lines: list[bytes], has_globals: bool) -> Body:
    start, end = first_line(node.body[0]), node.end_lineno or 0
    behind_header = lines[start - 1][: node.body[0].col_offset].strip()
    can_go = start < end and not behind_header
    declared = _declared_global(node) if has_globals else []
    return first_line(node), start if can_go else 0, end, node.end_col_offset or 0, declared


def _declared_global(scope: _Definition) -> list[str]:
    statements = all_statements(ast.Module(scope.body, []))
    found = (node.names for node in statements if isinstance(node, ast.Global))
    return sorted(set().union(*found))


def _imports(tree: ast.Module) -> tuple[list[str], list[str]]:
    """The names that the module itself imports, and what it imports from `__future__`."""
    names: set[str] = set()
    features: set[str] = set()
    for node in body_nodes(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            features |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return sorted(names - {"*"}), sorted(features)


class Excerpts:
    """The functions of a compiled module."""

    def __init__(self, compiled: Compiled) -> None:
        self.source = compiled.source
        self.filename = compiled.filename
        self.code = compiled.code
        self.outline = compiled.outline
        self._compiled = compiled
        self._functions: dict[int, Function | None] = {}

    def function(self, code: CodeType) -> Function | None:
        """The function that has this code object, which is one of the module's."""
        if id(code) not in self._functions and not is_seen_through(code):
            self._find(code)
        return self._functions.get(id(code))

    def near(self, line: int) -> list[Function]:
        """The module itself, and the functions that may have something on that line."""
        first, last = self._range(line) if self.outline.parts else (1, len(self.source))
        codes = (
            code
            for code in all_codes(self.code)
            if code is self.code or first <= code.co_firstlineno <= last
        )
        return [function for function in map(self.function, codes) if function]

    @cached_property
    def whole(self) -> Rewritten:
        """All of the module after all passes."""
        parsed = self._parsed(self.source)
        model = self._model(parsed, {parsed.scopes[number] for number in self.outline.reached})
        if not _comes_out_alike(model, self.code, lambda function: True):
            raise AutoresumeError(f"{self.filename} does not compile to the same code as before")
        return model

    def _find(self, code: CodeType) -> None:
        found = self._in_excerpt(code) if self.outline.parts else None
        for function in self.whole.functions if found is None else found:
            self._functions.setdefault(id(function.code), function)
        self._functions.setdefault(id(code), None)

    def _in_excerpt(self, code: CodeType) -> list[Function] | None:
        """The functions of the excerpt that ``code`` is in; None if it does not come out alike."""
        first, last = (0, 0) if code is self.code else self._range(code.co_firstlineno)

        def is_chosen(function: Function) -> bool:
            return first <= _place(function.scope)[0] <= last

        try:
            model = self._excerpt(first, last)
        except (AutoresumeError, SyntaxError):
            return None
        if not _comes_out_alike(model, self.code, is_chosen):
            return None
        found = [function for function in model.functions if is_chosen(function)]
        return found if any(function.code is code for function in found) else None

    def _excerpt(self, first: int, last: int) -> Rewritten:
        """The model of what is on those lines, of the module itself if they are 0."""
        places = set(self.outline.reached.values())
        if last:
            reached = {place for place in places if first <= place[0] <= last}
            if places:
                reached.add(_TOP)  # since it matters whether anything can reach a boundary
            prelude = _prelude(self.outline.features, self.outline.imported)
            parsed = self._parsed(self._text(first, last), prelude)
        else:
            inside = (range(body[0], body[2] + 1) for body in self.outline.closed)
            lines = set(itertools.chain.from_iterable(inside))
            reached = {place for place in places if place[0] not in lines}
            parsed = self._parsed(self._text())
        return self._model(parsed, {scope for scope in parsed.scopes if _place(scope) in reached})

    def _range(self, line: int) -> Place:
        """The lines of the outermost function, or of the statement, that ``line`` is in."""
        index = bisect_right(self.outline.bodies, (line, len(self.source))) - 1
        if index >= 0 and line <= self.outline.bodies[index][2]:
            first, _, last, *_ = self.outline.bodies[index]
            return first, last
        return self._part(line)

    def _part(self, line: int) -> Place:
        parts = self.outline.parts
        return parts[bisect_right(parts, (line, len(self.source))) - 1]

    def _text(self, first: int = 0, last: int = 0) -> bytes:
        """The source of the statement around those lines, or else of all, without other bodies."""
        lines = self.source.split(b"\n")
        start, end = self._part(first) if first else (1, len(lines))
        left_out = self.outline.bodies if first else self.outline.closed
        for begins, body, stop, column, declared in left_out:
            if start <= begins <= end and body and not first <= begins <= last:
                indent = lines[body - 1][: -len(lines[body - 1].lstrip())]
                # It ends where the body does, which the code around it shows.
                empty = [b""] * (stop - body - 1)
                names = f"global {', '.join(declared)}; ".encode() if declared else b""
                start_of_body = indent + names + b"raise SystemError("
                lines[body - 1 : stop] = [start_of_body, *empty, b")".rjust(column)]
        return b"\n" * (start - 1) + b"\n".join(lines[start - 1 : end]) + b"\n"

    def _parsed(self, text: bytes, prelude: str = "") -> Parsed:
        return parse_again(text, self.filename, self.outline.marked, self._compiled.own, prelude)

    def _model(self, parsed: Parsed, scopes: set[Scope]) -> Rewritten:
        facts = ModuleFacts(**_copied(self.outline.facts))
        reach = Reach(**{**_copied(self.outline.reach), "facts": facts, "scopes": scopes})
        with quiet():
            return rewrite(
                parsed,
                reach,
                reads_stack=self._compiled.reads_stack,
                switchable=self._compiled.switchable,
                names=self._compiled.names,
            )


def _prelude(features: list[str], imported: list[str]) -> str:
    future = f"from __future__ import {', '.join(features)}\n" if features else ""
    return future + (f"import {', '.join(imported)}\n" if imported else "")


def _plain_attributes(record: object) -> dict[str, Any]:
    return _copied({name: value for name, value in vars(record).items() if _is_plain(value)})


def _copied(attributes: dict[str, Any]) -> dict[str, Any]:
    """The same attributes; the passes add to some."""
    return {name: copy.copy(value) for name, value in attributes.items()}


def _is_plain(value: object) -> bool:
    """Whether there is no node in it."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values())) and all(map(_is_plain, value))
    if isinstance(value, set | list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, str | bool | int | None)


# -- what runs and what was compiled again -----------------------------------------------------


def _comes_out_alike(
    model: Rewritten, code: CodeType, is_chosen: Callable[[Function], bool]
) -> bool:
    """Whether the chosen functions of a model are those in ``code``, which it has from then on."""
    compiled = _comparable(model, is_chosen)
    model.run_by(code)
    return compiled == _comparable(model, is_chosen)


def _comparable(
    model: Rewritten, is_chosen: Callable[[Function], bool]
) -> list[tuple[int, CodeType]]:
    chosen = [function for function in model.functions if is_chosen(function)]
    others = {id(function.code) for function in model.functions}
    return [(function.index, _alone(function.code, others)) for function in chosen]


def _alone(code: CodeType, others: set[int]) -> CodeType:
    """The same code whatever is due, with names only of the functions inside of it."""
    constants = tuple(
        _alone(one, others)
        if isinstance(one, CodeType) and id(one) not in others
        else (one.co_name, one.co_firstlineno)
        if isinstance(one, CodeType)
        else one
        for one in code.co_consts
    )
    return code.replace(co_consts=constants, co_code=as_switched_off(code))
