"""The compiler: Python source in, syntax trees and code out.

Standard library only. Nothing here imports the runtime.
"""

from .errors import AutoresumeError as AutoresumeError
from .errors import SourceError as SourceError
from .pipeline import Function as Function
from .pipeline import Parsed as Parsed
from .pipeline import Rewritten as Rewritten
from .pipeline import find_reach as find_reach
from .pipeline import parse as parse
from .pipeline import rewrite as rewrite
from .pipeline import rewrite_module as rewrite_module
