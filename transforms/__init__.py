"""The compiler: Python source in, syntax trees and code out.

Standard library only. Nothing here imports the runtime. The passes are loaded when one of the
names below is first used: the errors alone must stay cheap to import.
"""

from __future__ import annotations

from importlib import import_module

from .errors import AutoresumeError as AutoresumeError
from .errors import SourceError as SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .pipeline import Function as Function
    from .pipeline import Parsed as Parsed
    from .pipeline import Rewritten as Rewritten
    from .pipeline import find_reach as find_reach
    from .pipeline import parse as parse
    from .pipeline import rewrite as rewrite
    from .pipeline import rewrite_module as rewrite_module

_IN_PIPELINE = frozenset(
    {"Function", "Parsed", "Rewritten", "find_reach", "parse", "rewrite", "rewrite_module"}
)


def __getattr__(name: str) -> object:
    if name in _IN_PIPELINE:
        return getattr(import_module(f"{__name__}.pipeline"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
