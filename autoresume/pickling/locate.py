"""Finds the value that stopped the pickler, and says how the program reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoresume.pickling.tables import CodeTable


def explain(state: Mapping[str, Any], table: CodeTable, error: BaseException) -> str:
    """Return the message about the value that stopped the pickler."""
    return str(error)
