"""Variables that markers keep out of a snapshot: ``rebuild`` and ``exclude=``.

`leave_out` looks at the records of a stack and at the globals, and says which values statements of
the program make again. `run_again` runs such a statement in the middle of a load.
"""

from __future__ import annotations

import ast
import builtins
from types import CellType, CodeType

from autoresume.errors import AutoresumeError, SourceChanged
from autoresume.frames import contents_of
from autoresume.pickling.anchors import StandIn
from autoresume.pickling.missing import missing
from autoresume.pickling.rebuilt import Rebuilt, has_no_identity, made_again
from autoresume.places import Record
from autoresume.prepared import Prepared, RebuildFailed
from autoresume.program import Program, UserModule, globals_in_reach, namespace
from autoresume.transforms import Function, Rewritten, quoting
from autoresume.transforms.rebuilds import Rebuild, find_rebuilds, is_current
from autoresume.transforms.scopes import first_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_Key = tuple[str, str]
"""Module and name of a global."""


AT_TOP = ("<module>",)


def leave_out(program: Program, records: list[Record], state: Prepared) -> None:
    """Take excluded variables out of a state, and find the values that are to be rebuilt."""
    for one in state.records:
        _exclude(program, one, state)
    on_stack = {one["code"][0]: one for one in records if _is_module(one)}
    for name in state.modules:
        _rebuild_globals(program.modules[name], on_stack.get(name), program, state)
    for one in state.records:
        if not _is_module(one) and "generator" not in one:
            _rebuild_locals(one, program, state)


def _is_module(record: Record) -> bool:
    return bool(record["function"] == "<module>")


def _function(record: Record, program: Program) -> Function | None:
    return program.function(program.code_for(record["code"]))


# -- excluded variables ------------------------------------------------------------------------


def _exclude(program: Program, record: Record, state: Prepared) -> None:
    function = _function(record, program)
    module = program.modules.get(record["code"][0])
    if function is None or module is None or not module.exclusions:
        return
    for name in function.excluded(record["position"][0]):
        if name in record.get("locals", ()):
            del record["locals"][name]
        elif name in record.get("cells", ()):
            state.known.append(StandIn(record["cells"][name], CellType))
        elif name in state.modules[module.name]:
            _drop(state.modules[module.name], name)


def _drop(values: dict[str, Any], name: str) -> None:
    """Leave a global out; without it, Python would find a built-in function of its name."""
    del values[name]
    if hasattr(builtins, name):
        values[name] = StandIn(None, missing, f"{name} (exclude=)")


# -- values to be rebuilt ----------------------------------------------------------------------


def _rebuild_globals(
    module: UserModule, record: Record | None, program: Program, state: Prepared
) -> None:
    if not module.rebuilds:
        return
    values = state.modules[module.name]
    position = record["position"][0] if record else None
    numbering = module.rewritten.functions[0].as_written
    for rebuild in module.rebuilds:
        targets = {name: values[name] for name in rebuild.targets if name in values}
        at_top = isinstance(rebuild.scope, ast.Module) and len(targets) == len(rebuild.targets)
        if at_top and is_current(rebuild, numbering, position):
            one = _rebuilt(rebuild, module, AT_TOP, program, targets)
            one.own = {(module.name, name) for name in targets}
            values.update(_instead(targets, len(state.rebuilds)))
            state.rebuilds.append(one)


def _rebuild_locals(record: Record, program: Program, state: Prepared) -> None:
    function = _function(record, program)
    module = program.modules.get(record["code"][0])
    if function is None or module is None or "cells" not in record:
        return
    cells: dict[str, CellType] = record["cells"]
    values = record["locals"] | {name: contents_of(cell, _EMPTY) for name, cell in cells.items()}
    values = {name: value for name, value in values.items() if value is not _EMPTY}
    for rebuild in function.module.rebuilds:
        if rebuild.scope is not function.as_written.scope:
            continue
        known = {*rebuild.targets, *(rebuild.reads & {*function.code.co_varnames, *cells})}
        if known <= values.keys() and is_current(
            rebuild, function.as_written, record["position"][0]
        ):
            targets = {name: values[name] for name in rebuild.targets}
            one = _rebuilt(rebuild, module, record["code"], program, targets)
            one.variables = {name: values[name] for name in known.difference(targets)}
            one.cells = {name: cells[name] for name in targets if name in cells}
            plain = {name: value for name, value in targets.items() if name not in cells}
            record["locals"].update(_instead(plain, len(state.rebuilds)))
            state.rebuilds.append(one)


_EMPTY = object()


def _rebuilt(
    rebuild: Rebuild,
    module: UserModule,
    code: tuple[Any, ...],
    program: Program,
    targets: dict[str, Any],
) -> Rebuilt:
    tree = ast.Module([rebuild.statement], [])
    compiled = compile(tree, module.filename, "exec", dont_inherit=True)
    place = module.name, code, rebuild.targets
    where = (
        f"{module.filename}:{rebuild.statement.lineno} in {code[-1] if len(code) == 1 else code[1]}"
    )
    return Rebuilt(place, where, targets, needed=globals_in_reach(program, compiled)[0])


def _instead(targets: dict[str, Any], index: int) -> dict[str, StandIn]:
    """What stands for values that have no identity, each in its variable only."""
    return {
        name: StandIn(None, made_again, index, name)
        for name, value in targets.items()
        if has_no_identity(value)
    }


# -- running a statement again -------------------------------------------------------------------


def run_again(program: Program, place: Any, variables: dict[str, Any]) -> dict[str, Any]:
    """Run a statement, as it stands in the present source, and return what it assigns.

    Raises SourceChanged if it is not there any more, RebuildFailed with what it raises.
    """
    module_name, code, targets = place
    module = program.modules[module_name]
    rebuild = _in_present_source(module, code, targets, program)
    names = namespace(module_name)
    try:
        if isinstance(rebuild.scope, ast.Module):
            exec(_compiled([rebuild.statement], module.rewritten), names)
            return {name: names[name] for name in targets}
        function = program.function(program.code_for(code))
        assert function is not None
        made = _as_function(rebuild, function, sorted(variables), names)
        return dict(zip(rebuild.targets, made(**variables), strict=True))
    except AutoresumeError:
        raise
    except BaseException as error:
        raise RebuildFailed(error) from None


def _in_present_source(
    module: UserModule, code: tuple[Any, ...], targets: tuple[str, ...], program: Program
) -> Rebuild:
    source, filename = module.compiled.source, module.filename
    line = 0 if code == AT_TOP else program.code_for(code).co_firstlineno
    for rebuild in find_rebuilds(ast.parse(source, filename), source, filename):
        scope = rebuild.scope
        start = 0 if isinstance(scope, ast.Module) else first_line(scope)
        if rebuild.targets == targets and line == start:
            return rebuild
    raise SourceChanged(
        f"{filename}: the snapshot does not hold {', '.join(targets)}, which an assignment with "
        "`# checkpoint: rebuild` made; put it back, or start over with --fresh"
    )


def _as_function(
    rebuild: Rebuild, function: Function, parameters: list[str], names: dict[str, Any]
) -> Any:
    """A function that runs a statement with those variables and returns what it assigns."""
    at, name, outer = rebuild.statement, function.code.co_name, function.enclosing_class
    code = (
        f"def {name}({', '.join(parameters)}):\n    body\n    return {', '.join(rebuild.targets)},"
    )
    made = quoting.statements(code, at, body=[at])
    if outer:  # for its private names
        made = quoting.statements(f"class {outer}:\n    body", at, body=made)
    space: dict[str, Any] = {}
    exec(_compiled(made, function.module), names, space)
    return vars(space[outer])[name] if outer else space[name]


def _compiled(body: list[ast.stmt], module: Rewritten) -> CodeType:
    tree = ast.Module(body, [])
    code = compile(tree, module.filename, "exec", module.future_flags, dont_inherit=True)
    assert isinstance(code, CodeType)
    return code
