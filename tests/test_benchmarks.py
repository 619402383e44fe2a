"""The benchmarks run at all: what they measure is looked at by people."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from crash import environment

FOLDER = Path(__file__).parents[1] / "benchmarks"
KINDS = "ABCDEFG"


def run(*arguments, cwd):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment(), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def test_everything_is_measured(tmp_path):
    found = tmp_path / "found.json"
    printed = run(FOLDER / "run.py", "--tiny", "--json", found, "--dir", tmp_path, cwd=tmp_path)
    results = json.loads(found.read_text())
    assert {one["suite"] for one in results["series"]} == {
        "loops", "calls", "starts", "snapshots", "growth", "wholes",
    }  # fmt: skip
    assert all(value >= 0 for one in results["series"] if "more" not in one["what"]
               for value in one["values"])  # fmt: skip
    print(printed)


if __name__ == "__main__":
    pytest.main([__file__])
