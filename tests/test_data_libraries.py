"""Programs with the data of libraries that a user may have, killed and resumed."""

import crash
import pytest
from data_programs import PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_killed_at_a_boundary_and_resumed(program, tmp_path, sample_size, sample_seed):
    crash.check(program, tmp_path, sample_size, sample_seed)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_killed_in_every_process_until_it_ends(program, tmp_path):
    crash.check_chain(program, tmp_path)
