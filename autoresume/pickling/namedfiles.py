"""The type of `tempfile.NamedTemporaryFile`; what becomes of it is in `files`."""

from __future__ import annotations

import tempfile

from autoresume.pickling.files import reduce_named
from autoresume.pickling.tables import Reducer

REDUCERS: dict[type, Reducer] = {tempfile._TemporaryFileWrapper: reduce_named}
