"""The benchmarks measure all that they say, whatever the figures are."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from crash import environment

FOLDER = Path(__file__).parents[1] / "benchmarks"
OWN = "autoresume"
LOADS = {f"load{more}, {how}" for more in ("", " and read all") for how in ("warm", "cold")}


def run(*arguments):
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The results of the smallest run that there is, the page of it, and what was printed."""
    folder = tmp_path_factory.mktemp("benchmarks")
    plots = ["--plots", folder / "plots"] if find_spec("matplotlib") else []
    printed = run(FOLDER / "run.py", "--tiny", "--json", folder / "json", "--dir", folder, *plots)
    assert not list(folder.glob("benchmark-*"))
    results = json.loads((folder / "json").read_text())
    if plots:
        pairs = {(one["suite"], one["what"]) for one in results["series"]}
        assert len(list((folder / "plots").glob("*.png"))) == len(pairs)
    return results, run(FOLDER / "page.py", folder / "json"), printed


@pytest.fixture
def values(found):
    """The values by suite, letter of the case, what was measured, and way."""
    series = found[0]["series"]
    return {(s["suite"], s["case"][:1], s["what"], s["way"]): s["values"] for s in series}


def test_everything_is_measured(found):
    results = found[0]
    suites = {one["suite"] for one in results["series"]}
    assert suites == {
        *("loops", "calls", "starts", "wholes"),
        *("snapshots", "snapshots --fork", "growth", "growth --fork"),
    }
    for one in results["series"]:
        assert one["values"], one
        assert one["unit"] in ("s", "B")
        assert "more than" in one["what"] or min(one["values"]) >= 0, one
    assert results["about"]["packages"]["numpy"]
    assert results["about"]["processor"]


def test_ratios_have_something_to_refer_to(found):
    results = found[0]
    keys = {"/".join((s["suite"], s["case"], s["what"], s["way"])) for s in results["series"]}
    started = {key.rpartition("/")[0] for key in keys}
    for group, way in results["references"].items():
        assert group not in started or f"{group}/{way}" in keys


@pytest.mark.parametrize("state", "ABCDEFG")
def test_states_are_saved_and_loaded(values, state):
    mine = {
        what for suite, case, what, way in values if (suite, case, way) == ("snapshots", state, OWN)
    }
    assert mine >= {"pause", "capture", "write", "bytes", *LOADS}
    assert ("snapshots --fork", state, "until it is safe", OWN) in values


def test_peers_do_what_they_are_known_for(found, values):
    raw, own, pickled = (
        values["snapshots", "D", "bytes", way][0] for way in ("raw", OWN, "pickle")
    )
    assert own < 1.1 * raw
    assert pickled > 5 * raw
    for peer in ("pickle", "cloudpickle", "dill"):
        assert any(what.startswith(f"{peer}, G: ") for what, _ in found[0]["unable"])
    assert ("snapshots", "A", "load, warm", "dill") in values
    assert ("snapshots", "A", "pause", "memcpy") in values
    assert ("snapshots", "C", "pause", "numpy.savez") not in values


def test_the_page_has_all_of_it(found):
    results, page, printed = found
    titles = {f"{s['suite']}: {s['what']}" for s in results["series"]}
    assert titles == {
        line[4:] for line in page.splitlines() if line.startswith("### ") and ": " in line
    }
    assert titles <= set(printed.splitlines())
    missing = [name for name in ("torch", "joblib", "pandas") if not find_spec(name)]
    assert set(missing) <= set(results["missing"])
    for name in missing:
        assert f"{name}" in page
