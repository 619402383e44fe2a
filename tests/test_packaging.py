import tomllib
from pathlib import Path

import autoresume

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed():
    folders = {"autoresume": ROOT / "autoresume", "autoresume.transforms": ROOT / "transforms"}
    found = {
        ".".join([package, *init.parent.relative_to(folder).parts])
        for package, folder in folders.items()
        for init in folder.rglob("__init__.py")
        if package == "autoresume.transforms" or (folder / "transforms") not in init.parents
    }
    assert sorted(found) == PROJECT["tool"]["setuptools"]["packages"]


def test_the_compiler_is_a_package_of_the_plain_checkout_too():
    link = ROOT / "autoresume" / "transforms"
    assert link.is_symlink()
    assert str(link.readlink()) == "../transforms"


def test_there_is_one_version():
    assert PROJECT["project"]["version"] == autoresume.__version__
