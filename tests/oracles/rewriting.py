"""Modules that were not written for this project, rewritten as strictly as can be.

Every loop is a boundary, and with ``everywhere`` every call, attribute and operator counts as one
that may lead to a boundary, so that all that waits on the value stack is spilled. The boundary
itself does nothing.
"""

import ast
import builtins
import doctest
import importlib.machinery
import importlib.util
import sys
from dataclasses import dataclass, field

from autoresume.hook import Hook
from autoresume.program import Program
from autoresume.transforms import Parsed, Rewritten, find_reach, parse, rewrite
from autoresume.transforms.implicit import special_methods
from autoresume.transforms.reach import Reach, module_facts

Loop = ast.For | ast.While


def parsed_with_all_loops(source: bytes, filename: str) -> Parsed:
    """Parse a module and take each of its loops for a marked one."""
    parsed = parse(source, filename)
    loops = [node for node in ast.walk(parsed.tree) if isinstance(node, Loop)]
    marked = dict.fromkeys(loops, "")
    facts = module_facts(parsed.tree, marked)
    return Parsed(source, filename, parsed.tree, marked, facts, parsed.scopes)


CALLING = ast.Call | ast.For | ast.comprehension | ast.YieldFrom | ast.With | ast.Import


class Everywhere(Reach):
    """The reach of a program in which everything may lead to a boundary."""

    def may_reach(self, node: ast.AST) -> bool:
        """Whatever may call something."""
        if isinstance(node, ast.Attribute):
            return isinstance(node.ctx, ast.Load)
        return isinstance(node, CALLING) or bool(special_methods(node))

    def may_iterate(self, node: ast.AST) -> bool:
        """Whatever is iterated over."""
        return True


def rewritten_strictly(source: bytes, filename: str, everywhere: bool) -> Rewritten:
    """Rewrite one module."""
    parsed = parsed_with_all_loops(source, filename)
    reach = find_reach([parsed.facts])
    if everywhere:
        known = vars(reach) | {"scopes": set(parsed.scopes), "escapes": True, "iterates": True}
        reach = Everywhere(**known)
    return rewrite(parsed, reach, reads_stack=not everywhere)


@dataclass(eq=False)
class Finder:
    """Finds the modules below some names, and compiles them rewritten.

    ``due``: whether the boundaries are called.
    """

    names: tuple[str, ...]
    due: bool
    everywhere: bool
    modules: list[str] = field(default_factory=list)

    def install(self) -> None:
        """Begin to find, and take the examples in docstrings as well."""
        # What generated code calls is made known as it is for a program.
        hook = Hook(Program(lambda _: False, None), lambda: None)
        hook.compile("empty", "empty.py", b"", {})
        builtins._ar_due = True if self.due else None
        doctest.compile = self.compile_example
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path, target=None):
        """Like the usual finder."""
        if not any(name == own or name.startswith(f"{own}.") for own in self.names):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = Loader(spec.name, spec.loader.path, self)
        return spec

    def compile_example(self, source, filename, mode, flags, dont_inherit):
        """Compile one example of a docstring, as `doctest` asks for it."""
        flags &= ~ast.PyCF_ONLY_AST
        try:
            tree = rewritten_strictly(source.encode(), filename, self.everywhere).tree
        except SyntaxError:
            return compile(source, filename, mode, flags, dont_inherit)
        return compile(ast.Interactive(tree.body), filename, mode, flags, dont_inherit)


class Loader(importlib.machinery.SourceFileLoader):
    """Compiles one module rewritten."""

    def __init__(self, name, path, finder):
        super().__init__(name, path)
        self.finder = finder

    def get_code(self, fullname):
        """Compile the module, and note that it was done."""
        path = self.get_filename(fullname)
        rewritten = rewritten_strictly(self.get_data(path), path, self.finder.everywhere)
        if fullname in sys.modules:
            vars(sys.modules[fullname])[rewritten.names.due] = self.finder.due
        self.finder.modules.append(fullname)
        return rewritten.code
