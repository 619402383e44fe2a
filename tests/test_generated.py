"""Random programs, killed and resumed; ``--sample-seed`` makes others."""

import crash
import generate
import pytest

COUNT = 10


@pytest.mark.parametrize("number", range(COUNT))
def test_a_generated_program(number, tmp_path, sample_size, sample_seed):
    seed = f"{sample_seed}-{number}"
    program = tmp_path / f"generated_{number}.py"
    program.write_text(generate.Writer(seed).text)
    _, boundaries = crash.reference(program)
    if boundaries:
        crash.check(program, tmp_path, sample_size, seed)
        crash.check_chain(program, tmp_path)
