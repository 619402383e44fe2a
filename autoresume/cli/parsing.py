"""How the commands read their options; apart, since argparse takes long to load."""

from __future__ import annotations

import argparse

from autoresume.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose errors are those of the tool."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message} (see autoresume --help)")
