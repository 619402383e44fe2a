"""The errors that autoresume raises on its own account.

Every one of them reaches the user as one line on stderr, without a traceback of ours.
"""

from __future__ import annotations

from autoresume.transforms.errors import AutoresumeError as AutoresumeError


class UsageError(AutoresumeError):
    """The command, the script or the store given cannot be used."""


class StoreError(AutoresumeError):
    """The store cannot be read or written."""


class RunLocked(StoreError):
    """Another process is working on the same run."""


class Unsaveable(AutoresumeError):
    """The state at a boundary holds something that cannot be brought back exactly.

    The message has a line for each value, ``by_value`` tells that values are all there is to it:
    without them the state could be saved.
    """

    by_value = False


class SourceChanged(AutoresumeError):
    """A snapshot belongs to source that has since changed too much to go on in."""
