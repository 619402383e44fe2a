"""Snapshots of runs in a folder: whole and durable, or not there at all."""

from autoresume.store.privacy import key_file as key_file
from autoresume.store.retention import Retention as Retention
from autoresume.store.runs import RunStore as RunStore
from autoresume.store.runs import Snapshot as Snapshot
