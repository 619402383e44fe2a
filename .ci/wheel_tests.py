"""Tests of the built wheel, to be run from a folder outside the repository.

``AUTORESUME_WHEEL`` names the wheel file; it is installed in the environment that runs the tests.
"""

import os
import signal
import subprocess
import sys
import sysconfig
import zipfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import autoresume
import autoresume.transforms

HERE = Path(__file__).resolve().parent
SCRIPT = """\
import numpy as np

rng = np.random.default_rng(1)


def walk(steps):
    place = np.zeros(2)
    for step in range(steps):  # checkpoint
        place += rng.normal(size=2)
        print(step, place.sum())
    return place


print(walk(6).tobytes().hex())
"""


def test_the_installed_package_is_imported():
    purelib = Path(sysconfig.get_path("purelib")).resolve()
    for package in (autoresume, autoresume.transforms):
        assert purelib in Path(package.__file__).resolve().parents
    assert autoresume.__version__ == version("autoresume")


def test_the_wheel_holds_every_module_once_and_nothing_else():
    with zipfile.ZipFile(os.environ["AUTORESUME_WHEEL"]) as wheel:
        names = Counter(wheel.namelist())
    assert max(names.values()) == 1
    modules = {name for name in names if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in modules} == {"autoresume"}
    assert "autoresume/py.typed" in modules
    assert "autoresume/transforms/__init__.py" in modules
    for package in ("cli", "pickling", "store", "transforms"):
        assert f"autoresume/{package}/__init__.py" in modules


def run(command, folder, **options):
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, **options
    )


def check_kill_and_resume(launcher, folder):
    script = folder / "walk.py"
    script.write_text(SCRIPT)
    plain = run([sys.executable, script], folder)
    options = ["--store", "snapshots", "--every", "1"]
    killed = run([*launcher, *options, "--crash-after", "3", script], folder)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = run([*launcher, *options, script], folder)
    assert resumed.returncode == 0, resumed.stderr
    assert killed.stdout and resumed.stdout
    assert killed.stdout + resumed.stdout == plain.stdout


def test_kill_and_resume_with_the_module(tmp_path):
    check_kill_and_resume([sys.executable, "-m", "autoresume"], tmp_path)


def test_kill_and_resume_with_the_console_script(tmp_path):
    check_kill_and_resume([Path(sysconfig.get_path("scripts")) / "autoresume"], tmp_path)


def test_a_users_own_transforms_module_is_the_users(tmp_path):
    (tmp_path / "transforms.py").write_text("name = 'mine'\n")
    script = tmp_path / "main.py"
    script.write_text(
        "import transforms\nfor i in range(2):  # checkpoint\n    print(transforms.name)"
    )
    done = run([sys.executable, "-m", "autoresume", script], tmp_path)
    assert (done.returncode, done.stdout) == (0, "mine\nmine\n"), done.stderr
