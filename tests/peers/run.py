"""Runs the tests of dill and cloudpickle against `autoresume.pickling`, and prints a table.

The tests are those of the source distributions, which pip fetches into a temporary folder. Every
test is run three times: with the peer's own pickler, with ours, and with one that does nothing but
fail, to leave out the tests of something else than pickling. The exit status tells whether every
failure of ours is explained, in explained.py and docs/pickling.md. Needs pytest and psutil.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from explained import EXPLAINED

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PEERS = {"dill": "0.4.1", "cloudpickle": "2.2.1"}
"""cloudpickle's later source distributions have no tests."""
MODES = ("own", "ours", "none")


def fetch(peer, folder):
    """Fetch and unpack a source distribution; return its folder."""
    requirement = f"{peer}=={PEERS[peer]}"
    options = ["--quiet", "--no-deps", "--no-binary", peer, "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, requirement], check=True)
    with tarfile.open(next(folder.glob(f"{peer}-*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"{peer}-{PEERS[peer]}"


def environment(peer, mode, *path):
    places = [str(HERE), *map(str, path), str(ROOT)]
    return os.environ | {
        "PEER": peer,
        "PEER_MODE": mode,
        "PEER_PATH": os.pathsep.join(places),
        "PYTHONPATH": os.pathsep.join(places),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_dill(source, mode):
    """Return what went wrong by the name of the test; None for those that pass."""
    found = {}
    folder = Path(shutil.copytree(source / "dill" / "tests", source / f"tests_{mode}"))
    for path in sorted(folder.glob("test_*.py")):
        command = [sys.executable, str(HERE / "dill_tests.py"), str(path)]
        env = environment("dill", mode)
        try:
            done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)
            told = json.loads(done.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError, subprocess.TimeoutExpired) as error:
            told = {"<module>": f"{type(error).__name__}: {done.stderr[-300:]}"}
        found |= {f"{path.stem}::{name}": failure for name, failure in told.items()}
    return found


def run_cloudpickle(source, mode):
    """Return what went wrong by the name of the test; None for those that pass."""
    folder = source / mode
    shutil.copytree(source / "tests", folder / "tests")
    shutil.copy(HERE / "sitecustomize.py", folder)
    report = folder / "report.xml"
    files = [
        str(folder / "tests" / name) for name in ("cloudpickle_test.py", "cloudpickle_file_test.py")
    ]
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "-k", "not Protocol2"]
    command = [sys.executable, "-W", "ignore", "-m", "pytest", *options, f"--junitxml={report}"]
    env = environment("cloudpickle", mode, folder / "tests" / "cloudpickle_testpkg")
    subprocess.run([*command, *files], capture_output=True, env=env, cwd=folder)
    found = {}
    for case in ET.parse(report).iter("testcase"):
        failure = next((one for one in case if one.tag in ("failure", "error")), None)
        name = f"{case.get('classname').rpartition('.')[2]}::{case.get('name')}"
        if not any(one.tag == "skipped" for one in case):
            found[name] = None if failure is None else failure.get("message", "")[:300]
    return found


def compare(peer, folder):
    source = fetch(peer, folder)
    runner = {"dill": run_dill, "cloudpickle": run_cloudpickle}[peer]
    with ThreadPoolExecutor() as pool:
        results = dict(zip(MODES, pool.map(lambda mode: runner(source, mode), MODES), strict=True))
    return results


def table(results):
    """Return the figures of the table in docs/pickling.md, and the failures that are ours."""
    about = [name for name, failure in results["none"].items() if failure is not None]
    passed = {mode: {n for n in about if results[mode].get(n, "not run") is None} for mode in MODES}
    lost = {name: results["ours"].get(name) for name in about if name in passed["own"]}
    failures = {name: failure for name, failure in lost.items() if name not in passed["ours"]}
    gained = sorted(passed["ours"] - passed["own"])
    figures = len(results["none"]), len(about), len(passed["own"]), len(passed["ours"])
    return figures, failures, gained


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", choices=PEERS)
    options = parser.parse_args()
    print("| suite | tests | of pickling | passed by the peer | passed by autoresume |")
    print("| --- | --- | --- | --- | --- |")
    told, unexplained = [], 0
    for peer in [options.peer] if options.peer else PEERS:
        with tempfile.TemporaryDirectory() as folder:
            figures, failures, gained = table(compare(peer, Path(folder)))
        print(f"| {peer} {PEERS[peer]} |", " | ".join(map(str, figures)), "|")
        for name, failure in failures.items():
            unexplained += name not in EXPLAINED
            told.append(f"- `{name}`: {EXPLAINED.get(name, f'NOT EXPLAINED: {failure}')}")
        told += [f"- `{name}`: passed by autoresume only" for name in gained]
    print("", *told, sep="\n")
    sys.exit(bool(unexplained))


if __name__ == "__main__":
    main()
