"""Snapshots of earlier versions, of every format and Python, are resumed to the right output."""

import shutil

import crash
import pytest
from crash import Place, run_plain, run_tool

FOLDER = crash.HERE / "data" / "snapshots"
STORED = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*/py*"))


def test_there_are_some_of_the_present_format():
    from autoresume.store.format import VERSION

    assert len([name for name in STORED if name.startswith(f"{VERSION}/")]) >= 9


@pytest.mark.parametrize("name", STORED)
def test_resumed_in_another_folder(name, tmp_path):
    stored = FOLDER / name
    place = Place(tmp_path, tmp_path / "store")
    shutil.copytree(stored / "store", place.store)
    for folder in (place.store, *place.store.iterdir()):
        folder.chmod(0o700)  # checked out, it may be the group's
    for source in stored.parent.glob("*.py"):
        shutil.copy(source, tmp_path)
    resumed = run_tool(tmp_path.joinpath("main.py"), place)
    assert resumed.status == 0, resumed.stderr
    assert "resuming" in resumed.stderr and len(resumed.stderr.splitlines()) == 1
    plain = run_plain(stored.parent / "main.py", tmp_path)
    assert ((stored / "printed").read_bytes() + resumed.stdout) == plain.stdout
