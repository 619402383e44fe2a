"""Random programs, resumed from their boundaries, and resumed from these runs.

Hypothesis writes them and makes a failing one small. ``--programs N`` tries so many, and others
with ``--sample-seed``; else it is always the same few.
"""

import re

import crash
import forked
import generate
import pytest
from hypothesis import HealthCheck, Phase, event, given, note, seed, settings
from hypothesis import strategies as st

PARTS = 4
FEW = 2
"""So many tests try so many programs each."""


@pytest.fixture(scope="module")
def tries():
    server = forked.Tries()
    yield server
    server.close()


@st.composite
def programs(draw):
    """The text of a program, and what its refusal may say."""
    writer = generate.Writer(draw(st.randoms(use_true_random=False)), 0)
    return writer.text, generate.LATER.get(writer.has_later, "nothing is refused")


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_programs(part, tries, tmp_path, request):
    option = request.config.getoption
    number = option("--programs") // PARTS
    script = tmp_path / "generated.py"

    @seed(f"{option('--sample-seed')} {part}")
    @settings(
        max_examples=number or FEW,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if number else [Phase.generate],
    )
    @given(programs())
    def resumes(program):
        text, may_refuse = program
        script.write_text(text)
        note(text)
        answer = tries.check(script, None if option("--boundaries") == "all" else 3)
        event("refused" if answer.refused else "resumed" if answer.resumed else "no boundary")
        assert not answer.wrong
        if answer.refused:
            assert re.search(may_refuse, answer.refused), answer.refused

    resumes()


@pytest.mark.parametrize("number", [1, 2])
def test_a_generated_program_in_processes_that_are_killed(number, tmp_path, sample_size):
    program = tmp_path / f"generated_{number}.py"
    program.write_text(generate.Writer(generate.random.Random(number), number).text)
    crash.check(program, tmp_path, sample_size)
    crash.check_chain(program, tmp_path)
