"""Shows what autoresume makes of a script: ``python -m autoresume.show SCRIPT``."""

from __future__ import annotations

import ast
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from autoresume import console
from autoresume.errors import AutoresumeError, UsageError
from autoresume.rawframes import IS_READABLE
from autoresume.transforms import rewrite_module

_BAD_INPUT = 2


def rewritten_source(tree: ast.Module) -> str:
    """Return ``tree`` as source that parses back to the same tree.

    astor breaks long lines where a reader would; ``ast.unparse`` steps in where astor does not
    know the syntax, which is so for much that is newer than Python 3.9.
    """
    text = _astor_source(tree)
    if text is not None and _parses_to(text, tree):
        return text
    return ast.unparse(tree) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the script named on the command line is rewritten to; return the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if len(words) != 1:
            raise UsageError("usage: python -m autoresume.show SCRIPT")
        text = rewritten_source(_rewritten(words[0]))
    except AutoresumeError as error:
        console.error(str(error))
        return _BAD_INPUT
    except SyntaxError as error:
        sys.stderr.writelines(traceback.format_exception_only(error))
        return _BAD_INPUT
    print(text, end="")
    return 0


def _rewritten(script: str) -> ast.Module:
    try:
        source = Path(script).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {script}: {error.strerror}") from error
    return rewrite_module(source, script, reads_stack=IS_READABLE).tree


def _astor_source(tree: ast.Module) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # astor names classes that ast drops
        try:
            text: str = import_module("astor").to_source(tree)
        except Exception:  # astor has no error of its own, and cannot be imported on Python 3.14
            return None
    return text


def _parses_to(text: str, tree: ast.Module) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            return ast.dump(ast.parse(text)) == ast.dump(tree)
        except SyntaxError:
            return False


if __name__ == "__main__":
    sys.exit(main())
