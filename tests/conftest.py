"""Options of the suite."""

import pytest
from data_programs import PROGRAMS

collect_ignore = [] if PROGRAMS else ["test_data_libraries.py"]


def pytest_addoption(parser):
    """Say how much is tried."""
    group = parser.getgroup("autoresume")
    group.addoption(
        "--boundaries",
        default="1",
        help="boundaries to kill each program at, beside the first and the last: a number, or all",
    )
    group.addoption("--sample-seed", default="", help="another choice of boundaries and modules")
    group.addoption("--programs", type=int, default=0, help="how many random programs are tried")
    group.addoption(
        "--stdlib",
        default="0",
        help="how many more of Python's own test modules are run rewritten: a number, or all",
    )


@pytest.fixture(scope="session")
def sample_size(request):
    """How many boundaries are chosen between the first and the last; None for all of them."""
    text = request.config.getoption("--boundaries")
    return None if text == "all" else int(text)


@pytest.fixture(scope="session")
def sample_seed(request):
    """What makes the choice another one."""
    return request.config.getoption("--sample-seed")
