"""A table of kinds of objects: each behaves after two loads as if nothing had happened."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from kinds import KINDS

DRIVER = Path(__file__).with_name("kinds_driver.py")


def slug(name):
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def lay_out(top):
    for name, (make, use) in KINDS.items():
        folder = top / slug(name)
        folder.mkdir(parents=True)
        (folder / "main.py").write_text(textwrap.dedent(make))
        (folder / "use.py").write_text(textwrap.dedent(use))
    return top


def run(task, top):
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONHASHSEED": "1",
    }
    command = [sys.executable, str(DRIVER), task, str(top)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What each kind tells: when left alone, when dumped, and when dumped and loaded twice."""
    plain, dumped = (
        run(task, lay_out(tmp_path_factory.mktemp(task))) for task in ("plain", "dumped")
    )
    top = lay_out(tmp_path_factory.mktemp("saved"))
    return plain, dumped, run("dump", top), run("again", top), run("use", top)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_behaves_the_same(told, name):
    plain, dumped, once, again, loaded = (outcomes[slug(name)] for outcomes in told)
    assert not plain.startswith("!"), plain
    assert dumped == plain
    assert once == again == ""
    assert loaded == plain
