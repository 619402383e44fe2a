"""A script is run at once only where neither it nor what it may import can have a mark."""

import os

import pytest

from autoresume.prescan import may_be_marked

MARKED = "for i in range(3):  # checkpoint\n    pass\n"
CALLED = "import autoresume\nfor i in autoresume.loop(range(3)):\n    pass\n"

FOLDERS = {
    "itself": {"main.py": MARKED},
    "a call": {"main.py": CALLED},
    "a module": {"main.py": "import own\n", "own.py": MARKED},
    "a module of a module": {"main.py": "import a", "a.py": "from b import x", "b.py": CALLED},
    "a package": {"main.py": "import own\n", "own/__init__.py": MARKED},
    "a part": {"main.py": "from own import part\n", "own/__init__.py": "", "own/part.py": MARKED},
    "a part of a part": {"main.py": "import a.b.c\n", "a/b/c.py": MARKED},
    "from inside": {
        "main.py": "import own\n",
        "own/__init__.py": "from .part import x\n",
        "own/part.py": "from ..own import (\n    other,\n)\n",
        "own/other.py": MARKED,
    },
    "a name in two spellings": {"main.py": "import ﬁle\n", "file.py": MARKED},
    "a name that is computed": {"main.py": "__import__('own')\n", "own.py": MARKED},
    "mentioned only": {"main.py": "print('checkpoint')\n"},
}
UNMARKED = {
    "nothing": {"main.py": "print(1)\n"},
    "not imported": {"main.py": "import other\n", "own.py": MARKED, "other.py": ""},
    "of a package that is not imported": {"main.py": "import os\n", "own/part.py": MARKED},
    "not a module": {"main.py": "import own\n", "own.txt": MARKED, "own/notes": MARKED},
}


def written(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return str(folder / "main.py")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_mark_is_seen(tmp_path, name):
    assert may_be_marked(written(tmp_path, FOLDERS[name]))


@pytest.mark.parametrize("name", UNMARKED)
def test_there_is_no_mark(tmp_path, name):
    assert not may_be_marked(written(tmp_path, UNMARKED[name]))


def test_what_cannot_be_read_is_left_to_others(tmp_path):
    assert may_be_marked(str(tmp_path / "missing.py"))
    script = written(tmp_path, {"main.py": "import own\n"})
    (tmp_path / "own.py").mkdir()
    assert may_be_marked(script)


def test_folders_in_a_circle_and_large_ones_come_to_an_end(tmp_path):
    script = written(tmp_path, {"main.py": "import own\n", "own/__init__.py": ""})
    os.symlink(tmp_path, tmp_path / "own" / "own")
    assert may_be_marked(script)
    for number in range(2100):
        (tmp_path / f"result_{number}").touch()
    (tmp_path / "own" / "own").unlink()
    assert may_be_marked(script)
