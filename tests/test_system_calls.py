"""Faults at system calls: whatever fails or is killed, the last durable snapshot is there."""

import pytest
from faults.driving import drive, times


@pytest.mark.parametrize(
    ("kind", "count"), [("kill", 30), ("errors", 30), ("disk", 20), ("systems", 1), ("crash", 30)]
)
def test_faults_of_a_save(kind, count, memory, sample_size, sample_seed):
    """Killed at a system call; the call refused; the disk full; file systems of other manners.

    And the machine crashes: any part of what was not synced is lost.
    """
    drive("sweep.py", kind, memory, times(sample_size, count), sample_seed)


@pytest.mark.parametrize(("kind", "count"), [("kill", 3), ("errors", 4), ("rot", 1)])
def test_faults_of_the_command(kind, count, tmp_path, sample_size, sample_seed):
    """The command, killed at its calls on the store, with these failing, or the disk."""
    drive("commands.py", kind, tmp_path, times(sample_size, count), sample_seed)
