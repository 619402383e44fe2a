"""A state as it goes to the pickler, without what markers keep out of it."""

from __future__ import annotations

from autoresume.transforms.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from autoresume.pickling.anchors import StandIn
    from autoresume.pickling.rebuilt import Rebuilt
    from autoresume.places import Record
    from autoresume.program import Program


class RebuildFailed(BaseException):
    """A statement that runs again has raised ``error``."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


@record
class Prepared:
    """A state without what markers keep out of it, and what `pickling.dump` has to know."""

    modules: dict[str, dict[str, Any]]
    records: list[Record]
    interpreter: dict[str, Any]
    known: list[StandIn] = field(default_factory=list)
    rebuilds: list[Rebuilt] = field(default_factory=list)

    @property
    def all(self) -> dict[str, Any]:
        """What is to be pickled."""
        parts = {"modules": self.modules, "frames": self.records}
        return parts | {"interpreter": self.interpreter}


def prepared(
    program: Program,
    modules: Mapping[str, Mapping[str, Any]],
    records: list[Record],
    interpreter: dict[str, Any],
) -> Prepared:
    """Take excluded variables out of a state, and find the values that are to be rebuilt."""
    plain = {name: dict(values) for name, values in modules.items()}
    state = Prepared(plain, [_copied(one) for one in records], interpreter)
    if any(module.rebuilds or module.exclusions for module in program.modules.values()):
        from autoresume.rebuild import leave_out  # here, because few need it

        leave_out(program, records, state)
    return state


def _copied(record: Record) -> Record:
    parts = {key: dict(record[key]) for key in ("locals", "cells") if key in record}
    return record | parts
