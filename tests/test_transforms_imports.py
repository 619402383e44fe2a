"""The compiler needs the standard library only, and never the runtime."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from autoresume import transforms

FOLDER = Path(transforms.__file__).parent
FILES = sorted(FOLDER.glob("*.py"))

ALONE = """
import importlib.util
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "alone":
            raise ImportError(f"{name} is not to be imported")

sys.meta_path.insert(0, Blocked())
folder = sys.argv[1]
spec = importlib.util.spec_from_file_location(
    "alone", f"{folder}/__init__.py", submodule_search_locations=[folder]
)
alone = sys.modules["alone"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(alone)
for name in sys.argv[2:]:
    importlib.import_module(f"alone.{name}")
module = alone.rewrite_module(b"for i in range(3):  # checkpoint\\n    print(i)\\n", "sample.py")
print(type(module.code).__name__, *(name for name in sys.modules if "autoresume" in name))
"""


def test_there_are_files():
    assert len(FILES) > 10


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_what_a_file_imports(file):
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert alias.name.partition(".")[0] in sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or node.module.partition(".")[0] in sys.stdlib_module_names


def test_it_works_with_everything_else_blocked():
    names = [file.stem for file in FILES if file.stem != "__init__"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(FOLDER), *names],
        capture_output=True,
        text=True,
    )
    assert (done.stderr, done.stdout) == ("", "code\n")


def test_the_errors_are_cheap_to_import():
    code = (
        "import sys; before = set(sys.modules); import autoresume.transforms; "
        "print(sorted(n for n in set(sys.modules) - before if 'transforms.' in n))"
    )
    root = str(Path(transforms.__spec__.origin).parents[1])
    search = next(p for p in Path(root, "x").parents if (p / "autoresume").is_dir())
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=search, check=True
    )
    assert done.stdout == "['autoresume.transforms.errors']\n"


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        transforms.nothing_of_that_name  # noqa: B018
