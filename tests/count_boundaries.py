"""Run a script plainly and write how many boundaries it came to.

``python count_boundaries.py OUTPUT SCRIPT [ARGS…]``. Marked loops are found in the script and in
every module it imports; marks that are calls count themselves. It is a second opinion about where
boundaries are: nothing of the tool's code decides here.
"""

import ast
import atexit
import builtins
import importlib.machinery
import importlib.util
import io
import sys
import tokenize
from pathlib import Path

import autoresume

COUNT = "__count_boundary__"


def marked_lines(source):
    """The lines with a marker; one that stands alone counts for the line below it."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = (token for token in tokens if token.type == tokenize.COMMENT)
    return {
        token.start[0] + token.line.strip().startswith("#")
        for token in comments
        if token.string.lstrip("# ").split(":")[0].strip() == "checkpoint"
    }


def with_counter(source, filename):
    """Compile a source with a call of the counter at the top of every marked loop."""
    tree = ast.parse(source, filename)
    lines = marked_lines(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.While) and node.lineno <= max(lines, default=0):
            if lines & set(range(node.lineno, max(node.body[0].lineno, node.lineno + 1))):
                call = ast.parse(f"{COUNT}()").body[0]
                node.body.insert(0, ast.fix_missing_locations(ast.copy_location(call, node)))
    return compile(tree, filename, "exec", dont_inherit=True)


class CountingLoader(importlib.machinery.SourceFileLoader):
    """Loads modules with the counter in."""

    def source_to_code(self, data, path, *, _optimize=-1):
        """Compile one module."""
        return with_counter(importlib.util.decode_source(data), str(path))

    def path_stats(self, path):
        """Give none, so that no compiled file is used: what is cached has no counter."""
        raise OSError


def hook(below):
    """Load the modules below a folder with the counter."""
    details = (CountingLoader, importlib.machinery.SOURCE_SUFFIXES)
    factory = importlib.machinery.FileFinder.path_hook(details)

    def path_hook(path):
        if not Path(path).resolve().is_relative_to(below):
            raise ImportError
        return factory(path)

    sys.path_hooks.insert(0, path_hook)
    sys.path_importer_cache.clear()


def main(output, script, *args):
    """Run the script, and write the count when the process ends."""
    count = 0

    def counter():
        nonlocal count
        count += 1

    def counting(items):
        for item in items:
            counter()
            yield item

    setattr(builtins, COUNT, counter)
    autoresume.checkpoint, autoresume.loop = counter, counting
    atexit.register(lambda: Path(output).write_text(str(count)))
    sys.argv = [script, *args]
    sys.path[0] = str(Path(script).parent)
    sys.dont_write_bytecode = True
    hook(Path(script).resolve().parent)
    namespace = sys.modules["__main__"].__dict__
    code = with_counter(Path(script).read_text(), script)
    namespace["__file__"] = script
    exec(code, namespace)


if __name__ == "__main__":
    main(*sys.argv[1:])
