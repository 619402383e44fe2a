"""The state of a whole program as one pickle stream, and back."""

from autoresume.pickling.streams import Pickled, dump, load
from autoresume.pickling.tables import CodeTable

__all__ = ["CodeTable", "Pickled", "dump", "load"]
