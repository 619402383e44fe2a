"""Every program in the folder of programs, killed and resumed."""

import crash
import pytest

PROGRAMS = list(crash.all_programs())


@pytest.mark.parametrize("name", PROGRAMS)
def test_killed_at_a_boundary_and_resumed(name, tmp_path, sample_size, sample_seed):
    crash.check(crash.script_of(name), tmp_path, sample_size, sample_seed)


@pytest.mark.parametrize("name", PROGRAMS)
def test_killed_in_every_process_until_it_ends(name, tmp_path):
    crash.check_chain(crash.script_of(name), tmp_path)
