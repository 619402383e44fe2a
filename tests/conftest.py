"""Options of the suite."""

import os
import platform
import sys
import tempfile
from pathlib import Path

import crash
import pytest
from data_programs import PROGRAMS

collect_ignore = [] if PROGRAMS else ["test_data_libraries.py"]
if (sys.platform, platform.machine()) != ("linux", "x86_64"):
    # They look at system calls as these are there.
    collect_ignore.append("test_system_calls.py")

_MEMORY = Path("/dev/shm")


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


@pytest.fixture
def place(tmp_path):
    """A working directory and a store outside of it, for the processes of one run."""
    return crash.Place.under(tmp_path)


@pytest.fixture
def memory(tmp_path):
    """A folder in memory, where there is such a file system."""
    if not os.access(_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        yield Path(folder)
