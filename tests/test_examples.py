import re

import crash
import pytest

EXAMPLES = crash.HERE.parent / "examples"
HEAT = EXAMPLES / "heat_equation.py"
ROUNDS = EXAMPLES / "heat_equation_rounds.py"
SMALL = ("24", "40")


def digest_of(outcome):
    return re.search(rb"digest ([0-9a-f]{64})", outcome.stdout).group(1)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    outcome = crash.run_plain(HEAT, tmp_path_factory.mktemp("plain"), SMALL)
    assert outcome.status == 0, outcome.stderr
    assert outcome.stdout.count(b"residual") == 10
    return outcome


@pytest.mark.parametrize("boundary", [1, 2, 17, 40])
def test_the_heat_equation_killed_and_resumed(boundary, plain, tmp_path):
    outcomes = crash.run_with_crash(HEAT, boundary, crash.Place.under(tmp_path), SMALL)
    assert outcomes[0].status == crash.KILLED, outcomes[0].stderr
    crash.compare(plain, outcomes, f"killed at boundary {boundary}")


def test_the_heat_equation_killed_again_and_again(plain, tmp_path):
    outcomes = crash.run_chain(HEAT, [3, 5, 7, 11], crash.Place.under(tmp_path), SMALL)
    assert [outcome.status for outcome in outcomes] == [crash.KILLED] * 4 + [0]
    crash.compare(plain, outcomes, "killed four times")


def test_rounds_print_the_same(plain, tmp_path):
    rounds = crash.run_plain(ROUNDS, tmp_path, SMALL)
    assert rounds.stdout == plain.stdout, rounds.stderr


def test_rounds_killed_at_any_moment_come_to_the_same_digest(plain, tmp_path):
    args = ("24", "400")
    (tmp_path / "plain").mkdir()
    expected = digest_of(crash.run_plain(HEAT, tmp_path / "plain", args))
    command = [crash.interpreter(), str(ROUNDS), *args]
    with crash.started(command, tmp_path) as child:
        for _ in range(4):  # the fourth report comes in round 160
            assert child.stdout.readline()
        child.kill()
    resumed = crash.run(command, tmp_path)
    assert "round" in resumed.stderr
    assert digest_of(resumed) == expected
