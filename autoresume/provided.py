"""What rewritten code and residual programs call by generated names."""

from __future__ import annotations

import atexit
import builtins
import functools
import gc
import sys

from autoresume import twins
from autoresume.classbodies import class_again, is_plain, tidy
from autoresume.groups import Handling
from autoresume.reentry import (
    enter_of,
    entered,
    handle_again,
    leave_of,
    visible,
    yields_from,
)
from autoresume.transforms.names import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_LEFT: dict[str, Any] = {}
"""What the built-in names are left with when Python ends."""


def provide(names: Names) -> None:
    """Make it known to all modules: the program's globals stay the program's."""
    provided = {
        names.iter: builtins.iter,
        names.step: builtins.next,
        names.yields_from: yields_from,
        names.visible: functools.partial(visible, names.prefix),
        names.call: twins.call,
        names.items: twins.items,
        names.entered: entered,
        names.enter_of: enter_of,
        names.leave_of: leave_of,
        names.handled: sys.exception,
        names.handle_again: handle_again,
        names.details: sys.exc_info,
        names.handling: Handling,
        names.plain: is_plain,
        names.tidy: functools.partial(tidy, names.prefix),
        names.class_again: class_again,
    }
    vars(builtins).update(provided)
    if not _LEFT:
        atexit.register(_leave)
    _LEFT.update(provided)
    _LEFT[names.boundary] = nothing


def nothing() -> None:
    """The boundary when the run is over."""


def _leave() -> None:
    """Put the names into what Python makes the built-in names from once more when it ends.

    The program's last generators and objects end after that, and their code needs the names. Only
    here, since finding those copies walks the whole heap.
    """
    own = vars(builtins)
    for found in gc.get_referrers(builtins.len):
        if type(found) is dict and found.get("__name__") == "builtins" and found is not own:
            found.update(_LEFT)
