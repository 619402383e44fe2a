"""Makes the stored snapshots of the present format: ``make_snapshots.py PYTHON...``

Each program in ``snapshots/FORMAT`` is killed by each of the interpreters. What stays is its store
in ``pyX.Y/store``, as small as it gets, and what it had printed in ``pyX.Y/printed``. For a new
format, copy the programs to a folder of its number first. What there is for older formats is never
made again: it is there to show that it can still be read.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"
KILLED_AT = {"objects": 3, "control": 17, "arrays": 3}


def make(program: Path, python: str) -> None:
    version = subprocess.check_output(
        [python, "-c", "import sys; print('py%d.%d' % sys.version_info[:2])"], text=True
    ).strip()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for source in program.glob("*.py"):
            shutil.copy(source, place)
        command = [python, "-m", "autoresume", "--store", "store", "--every", "1"]
        killed = subprocess.run(
            [*command, "--crash-after", str(KILLED_AT[program.name]), "main.py"],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(SNAPSHOTS.parents[2])},
            stdout=subprocess.PIPE,
        )
        assert killed.returncode < 0, killed
        made = program / version
        shutil.rmtree(made, ignore_errors=True)
        *_, newest = sorted((place / "store").glob("*/*.snapshot"))
        kept = made / "store" / newest.parent.name
        kept.mkdir(parents=True)
        shutil.copy(newest, kept)
        for pack in (place / "store" / "packs").glob("*.pack"):
            if pack.name.encode() in newest.read_bytes():
                (made / "store" / "packs").mkdir(exist_ok=True)
                shutil.copy(pack, made / "store" / "packs")
        (made / "printed").write_bytes(killed.stdout)


def main() -> None:
    from autoresume.store.format import VERSION

    for program in sorted((SNAPSHOTS / str(VERSION)).iterdir()):
        for python in sys.argv[1:]:
            make(program, python)


if __name__ == "__main__":
    main()
