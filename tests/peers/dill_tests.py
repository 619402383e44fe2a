"""Runs one file of dill's tests, test by test: `python dill_tests.py FILE`; prints a line of JSON.

dill runs these files as scripts, in which the first failure ends the file.
"""

import ast
import contextlib
import json
import os
import sys
import warnings
from pathlib import Path


def is_main_block(node):
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) and not node.orelse


def outcome(run):
    """Run something, and return what went wrong."""
    try:
        run()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:300]
    return None


def main(path):
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    warnings.simplefilter("ignore")
    names = vars(sys.modules["__main__"])
    source = path.read_text()
    tree = ast.parse(source, str(path))
    tree.body = [node for node in tree.body if not is_main_block(node)]
    own = set(names)
    names.update(__file__=str(path))
    sys.argv = [str(path)]
    found = {"<module>": outcome(lambda: exec(compile(tree, str(path), "exec"), names))}
    tests = [name for name in names if name.startswith("test_") and name not in own]
    for name in tests:
        if callable(names.get(name)):
            found[name] = outcome(names[name])
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        told = json.dumps(main(Path(sys.argv[1])))
    print(told)
    sys.stdout.flush()
    os._exit(0)
