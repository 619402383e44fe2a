"""How the commands read their options; apart, since argparse takes long to load."""

from __future__ import annotations

import argparse
from typing import NoReturn

from autoresume.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser whose errors are those of the tool."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message} (see autoresume --help)")
