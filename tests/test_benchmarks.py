"""The benchmarks measure all that they say, whatever the figures are."""

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from crash import environment

FOLDER = Path(__file__).parents[1] / "benchmarks"
PAGE = FOLDER.parent / "docs" / "performance.md"
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
    page = Path(shutil.copy(PAGE, folder))
    run(FOLDER / "page.py", folder / "json", page)
    return results, page.read_text(), printed


@pytest.fixture
def values(found):
    """The values by suite, letter of the case, what was measured, and way."""
    series = found[0]["series"]
    return {(s["suite"], s["case"][:1], s["what"], s["way"]): s["values"] for s in series}


def test_everything_is_measured(found):
    results = found[0]
    suites = {one["suite"] for one in results["series"]}
    assert suites - {"images"} == {
        *("limits", "loops", "calls", "starts", "wholes", "long"),
        *("snapshots", "snapshots --fork", "growth", "growth --fork"),
    }
    assert "images" in suites or "images" in {one["suite"] for one in results["unable"]}
    assert {*results["parts"]} == {name.removesuffix(" --fork") for name in suites} | {"images"}
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
    assert mine >= {"pause", "bytes", *LOADS}
    assert ("snapshots", state, "its two parts", "capture") in values
    assert ("snapshots --fork", state, "until it is safe", OWN) in values


def test_a_script_starts_twice_with_what_the_first_start_has_left(values):
    ways = {way for suite, _, what, way in values if suite == "starts" and "wall" in what}
    assert ways == {"python", "autoresume, the first time", "autoresume, again", "resumed"}


def test_peers_do_what_they_are_known_for(found, values):
    raw, own, pickled = (
        values["snapshots", "D", "bytes", way][0] for way in ("raw", OWN, "pickle")
    )
    assert own < 1.1 * raw
    assert pickled > 5 * raw
    for peer in ("pickle", "cloudpickle", "dill"):
        assert any(one["what"].startswith(f"{peer}, G: ") for one in found[0]["unable"])
    assert ("snapshots", "A", "load, warm", "dill") in values
    assert ("snapshots", "A", "pause", "memcpy") in values
    assert ("snapshots", "C", "pause", "numpy.savez") not in values


def test_the_page_has_what_was_measured(found):
    results, page, printed = found
    titles = {f"{one['suite']}: {one['what']}" for one in results["series"]}
    assert titles <= set(printed.splitlines())
    places = dict(re.findall(r"<!-- table: ([^>]+) -->\n(.*?)<!-- end -->", page, re.DOTALL))
    own = {"machine", "parts", "aims", "unable"}
    for name, text in places.items():
        assert ("| --- |" in text) == (name in titles | own), name
        assert name in titles | own or name.startswith("images: "), name
    assert {name.partition(":")[0] for name in titles} <= {
        name.partition(":")[0] for name in places
    }
    missing = [name for name in ("torch", "joblib", "pandas") if not find_spec(name)]
    assert set(missing) <= set(results["missing"])
    for name in missing:
        assert name in places["machine"]


def test_suites_are_measured_one_after_the_other(found, tmp_path):
    before = found[0]
    file = tmp_path / "json"
    file.write_text(json.dumps(before))
    options = ["--only", "loops", "--json", file, "--dir", tmp_path]
    run(FOLDER / "run.py", "--tiny", *options)
    after = json.loads(file.read_text())

    def keys(results, only):
        return [
            (one["case"], one["what"], one["way"], len(one["values"]))
            for one in results["series"]
            if (one["suite"] == "loops") == only
        ]

    assert keys(after, True) == keys(before, True)
    assert keys(after, False) == keys(before, False)
    assert [one for one in after["series"] if one["suite"] == "loops"] != [
        one for one in before["series"] if one["suite"] == "loops"
    ]
    command = [sys.executable, FOLDER / "run.py", "--quick", *options]
    refused = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert refused.returncode == 1
    assert "another scale" in refused.stderr
