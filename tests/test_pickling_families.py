"""The values of tests/families: what each file makes passes its `check` when it comes back."""

import subprocess
import sys
from pathlib import Path

from pickling_driver import roundtrip

FAMILIES = Path(__file__).parent / "families"
NAMES = sorted(path.stem for path in FAMILIES.glob("*.py"))
if sys.version_info < (3, 12):
    NAMES.remove("type_parameters")


def test_they_come_back_in_a_run(tmp_path):
    modules = {name: (FAMILIES / f"{name}.py").read_text() for name in NAMES}
    check = f"import sys\nfor name in {NAMES}:\n    sys.modules[name].check()"
    roundtrip(tmp_path, f"import {', '.join(NAMES)}", check, **modules)


DUMP = """
import importlib, sys
from autoresume import pickling
folder, out, *names = sys.argv[1:]
sys.path.insert(0, folder)
checks = [importlib.import_module(name).check for name in names]
exec(compile(open(folder + "/enumerations.py").read(), "main.py", "exec"))
with open(out, "wb") as file:
    pickling.dump([*checks, check], file, by_value=["__main__", *names])
"""
LOAD = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    checks = pickle.load(file)
for check in checks:
    check()
assert not {*sys.argv[2:]} & {*sys.modules}
"""


def test_they_go_by_value_to_a_process_that_cannot_import_them(tmp_path):
    for code, folder in ((DUMP, [str(FAMILIES)]), (LOAD, [])):
        command = [sys.executable, "-c", code, *folder, str(tmp_path / "state"), *NAMES]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
