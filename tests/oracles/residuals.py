"""The residual programs of all places in a module that was not written for this project.

``python residuals.py [MODULE…]`` counts those of Python's own test modules.
"""

import ast
import collections
import importlib.util
import sys
from pathlib import Path

from autoresume.transforms.residual import Link, Unresumable, residual
from oracles.compare import is_there
from oracles.modules import ALWAYS, LANGUAGE, LIBRARY
from oracles.rewriting import Loop, rewritten_strictly


def make_all(source, filename):
    """Make the residual at every place; returns how many there are, and why some are refused."""
    counts = collections.Counter()
    for function in rewritten_strictly(source, filename, everywhere=True).functions:
        if isinstance(function.scope, ast.ClassDef | ast.AsyncFunctionDef):
            continue
        for node, position in function.numbering.places.items():
            link = link_at(node, function)
            if link is None:
                continue
            counts["places"] += 1
            try:
                residual(function, position, link)
            except Unresumable as error:
                counts[str(error)] += 1
            except Exception as error:
                error.add_note(f"{filename}:{node.lineno}: {ast.unparse(node)}")
                raise
    return counts


def link_at(node, function):
    """How a frame below gives ``node`` its value; None if there can be none."""
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return Link.YIELD if isinstance(node, ast.Yield) else Link.DELEGATE
    if isinstance(node, ast.Call | Loop):
        return Link.RETURN
    return None


def main(modules):
    """Print how many residuals were made, and why some were not."""
    total = collections.Counter()
    for module in filter(is_there, modules or [*ALWAYS, *LANGUAGE, *LIBRARY]):
        filename = importlib.util.find_spec(f"test.{module}").origin
        total += make_all(Path(filename).read_bytes(), filename)
        print(module, total["places"], flush=True)
    for reason, count in total.most_common():
        print(count, reason)


if __name__ == "__main__":
    main(sys.argv[1:])
