"""The hash seed is pinned once, and the program does not notice."""

import json
import subprocess

import pytest
from crash import environment, interpreter

from autoresume.hashseed import _derived

PROGRAM = """
import json, os, subprocess, sys
from autoresume import hashseed

wanted = json.loads(sys.argv[1])
print("before", flush=True)
seed = hashseed.pin(wanted)
assert hashseed.pin(wanted) == hashseed.pin() == hashseed.current() == seed
child = [sys.executable, "-c", "import os; print(sorted(os.environ.items()))"]
json.dump(
    {
        "seed": seed,
        "hash": hash("text"),
        "own": os.environ.get("PYTHONHASHSEED"),
        "environ": sorted(os.environ.items()),
        "child": subprocess.check_output(child, text=True),
        "argv": sys.argv,
        "flags": [sys.flags.optimize, sys.flags.dev_mode, sys.flags.hash_randomization],
    },
    sys.stdout,
)
"""


@pytest.fixture
def pinned(tmp_path):
    """Run the program with options of the interpreter and a PYTHONHASHSEED."""
    script = tmp_path / "script.py"
    script.write_text(PROGRAM)

    def run(wanted, *flags, own=None, rest=()):
        command = [interpreter(), *flags, str(script), json.dumps(wanted), *rest]
        env = environment(PYTHONHASHSEED=own)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        *befores, result = done.stdout.splitlines()
        assert not done.stderr
        assert set(befores) == {"before"}
        return {**json.loads(result), "starts": len(befores), "given": sorted(env.items())}

    return run


def test_a_seed_of_our_choice(pinned):
    first, second = pinned(5), pinned(5)
    assert first["seed"] == second["seed"] == 5
    assert first["hash"] == second["hash"] != pinned(6)["hash"]
    assert first["starts"] == 2


def test_a_seed_is_drawn(pinned):
    first, second = pinned(None), pinned(None)
    assert first["seed"] != second["seed"]
    assert pinned(first["seed"])["hash"] == first["hash"]
    assert first["flags"] == [0, False, 1]


def test_a_seed_of_the_programs_words():
    seeds = {_derived(words) for words in (["a"], ["a", ""], ["a", "b"], ["ab"], ["\udc80"], [])}
    assert len(seeds) == 6
    assert _derived(["a", "b"]) == _derived(["a", "b"])
    assert all(0 < seed < 2**32 for seed in seeds)


@pytest.mark.parametrize("own", [None, "17"])
def test_a_snapshot_keeps_its_seed(tmp_path, own):
    source = "for i in range(2):  # checkpoint\n    print(hash('text'), flush=True)\n"
    (tmp_path / "script.py").write_text(source)

    def start(*options, own):
        command = [interpreter(), "-m", "autoresume", *options, "script.py"]
        env = environment(PYTHONHASHSEED=own)
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)

    first = start("--every", "1", "--crash-after", "2", own=own)
    second = start(own=None)
    assert first.returncode == -9 and "resuming" in second.stderr
    assert second.stdout == first.stdout != ""
    assert (start(own=None).stdout == 2 * first.stdout) == (own is None)


@pytest.mark.parametrize("own", ["0", "17"])
def test_the_users_own_seed_needs_no_second_start(pinned, own):
    found = pinned(None, own=own)
    assert (found["seed"], found["own"], found["starts"]) == (int(own), own, 1)


@pytest.mark.parametrize("own", [None, "", "0", "17", "random"])
def test_program_and_children_see_the_users_environment(pinned, own):
    found = pinned(5, own=own)
    assert (found["seed"], found["own"]) == (5, own)
    variables = [each for each in found["environ"] if "HASH" in each[0] or "AUTORESUME" in each[0]]
    assert variables == ([] if own is None else [["PYTHONHASHSEED", own]])
    assert found["child"] == f"{[tuple(each) for each in found['environ']]}\n"


def test_options_and_arguments_come_through(pinned):
    found = pinned(5, "-O", "-X", "dev", rest=["--a", "-R", ""])
    assert found["flags"] == [1, True, 1]
    assert found["argv"][2:] == ["--a", "-R", ""]


@pytest.mark.parametrize("flags", [["-R"], ["-bR"], ["-X", "dev", "-R"], ["-W", "ignore", "-ER"]])
def test_options_that_hide_the_seed_are_warned_about(tmp_path, flags):
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys; sys.path[:0] = {environment().get('PYTHONPATH', '').split(':')!r}\n"
        "from autoresume import hashseed\nprint(hashseed.pin(5), hashseed.current())\n"
    )
    command = [interpreter(), *flags, str(script)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.stdout == "None None\n"
    assert done.stderr.startswith("autoresume: warning: the hash seed cannot be fixed")
    assert done.stderr.count("\n") == 1
