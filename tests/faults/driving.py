"""Running the drivers of this folder."""

import json
import os
import subprocess
from pathlib import Path

import crash

FOLDER = Path(__file__).parent


def times(sample_size, count):
    """How many places are tried, as an argument of the drivers."""
    return "all" if sample_size is None else str(count * sample_size)


def drive(driver, *arguments):
    """Run one of the drivers in a process of its own and see that it found nothing wrong."""
    path = os.pathsep.join([str(crash.HERE.parent), str(crash.HERE)])
    if "AUTORESUME_TEST_PYTHON" in os.environ:
        path = str(crash.HERE)
    command = [crash.interpreter(), str(FOLDER / driver), *map(str, arguments)]
    env = crash.environment(PYTHONPATH=path)
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["tried"], report
    told = "\n".join(report["failures"][:10])
    assert not report["failures"], f"{len(report['failures'])} of {report['tried']}:\n{told}"
    return report
