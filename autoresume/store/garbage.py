"""Removing packs that no snapshot needs any more."""

from __future__ import annotations

from collections.abc import Iterable

from autoresume.errors import StoreError
from autoresume.store.format import DamagedError
from autoresume.store.manifests import PACKS, SNAPSHOT, header_of
from autoresume.store.places import Place


def collect(place: Place, packs: Iterable[str], runs: Iterable[str]) -> None:
    """Remove those of the `packs` that no snapshot of these `runs` names.

    Nothing is removed when there is a snapshot of which one cannot tell. This may be interrupted
    anywhere: what is gone was of no use. Raises: OSError.
    """
    try:
        needed = needed_by(place, runs)
    except StoreError:
        return  # a newer autoresume works here, too
    place.remove_packs(f"{PACKS}/{name}" for name in packs if name not in needed)


def needed_by(place: Place, runs: Iterable[str]) -> set[str]:
    """Return the packs that the snapshots of runs name.

    Raises: StoreError where there is one of which one cannot tell; OSError.
    """
    return {pack for run in runs for pack in _packs_of(place, run)}


def _packs_of(place: Place, run: str) -> set[str]:
    needed: set[str] = set()
    for name, size in place.sizes(run).items():
        if SNAPSHOT.fullmatch(name):
            try:
                needed.update(header_of(place, f"{run}/{name}", size).packs)
            except (DamagedError, FileNotFoundError, IsADirectoryError):
                continue  # this one will never load
    return needed
