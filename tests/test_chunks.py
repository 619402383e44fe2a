"""Chunks: only what is new is written, what nothing needs is removed, the rest is found again."""

import fcntl
import mmap
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from xxhash import xxh3_128_digest

from autoresume.errors import StoreError
from autoresume.store import Retention, RunStore
from autoresume.store.layout import Cut, extents
from autoresume.store.local import LocalPack, LocalPackWriter
from autoresume.store.retention import Retention as Rule

MIB = 1 << 20


def noise(size, seed=0):
    return bytearray(np.random.default_rng(seed).bytes(size))


def open_store(tmp_path, key="run", **options):
    return RunStore(tmp_path / "store", key, **options)


def size_of(tmp_path):
    return sum(path.stat().st_size for path in (tmp_path / "store").rglob("*") if path.is_file())


def written_by(store, tmp_path, *sections):
    """The bytes that a save adds to a store that removes nothing."""
    before = size_of(tmp_path)
    store.save({}, *sections[:1], list(sections[1:]))
    return size_of(tmp_path) - before


def load(tmp_path, key="run"):
    snapshot = open_store(tmp_path, key).load(pytest.fail)
    return [bytes(snapshot.data), *map(bytes, snapshot.buffers)]


def packs(tmp_path):
    return sorted((tmp_path / "store" / "packs").glob("*.pack"))


# Cutting.


@pytest.mark.parametrize("seed", range(20))
def test_every_byte_of_every_section_is_in_one_chunk(seed):
    rng = random.Random(seed)
    cut = Cut(chunk=1000, large=2000)
    sizes = [rng.choice([0, 1, 63, 64, 999, 1000, 1999, 2000, 2001, 7777]) for _ in range(50)]
    seen = [[] for _ in sizes]
    for extent in extents(sizes, cut):
        end = 0
        for section, start, stop, at in extent.pieces:
            assert at >= end and (at % 64 == 0)
            end = at + stop - start
            seen[section].append((start, stop))
        assert end == extent.size < cut.chunk + cut.large + 64
    for size, found in zip(sizes, seen, strict=True):
        assert found[0][0] == 0 and found[-1][1] == size
        assert all(a[1] == b[0] for a, b in zip(found, found[1:], strict=False))


# Only what is new is written.


def test_unchanged_and_slightly_changed_states(tmp_path):
    store = open_store(tmp_path, retention=Retention(100))
    large = noise(16 * MIB)
    first = written_by(store, tmp_path, b"stream", large)
    assert 1.0 <= first / len(large) < 1.01
    assert written_by(store, tmp_path, b"stream", large) < 10_000
    large[MIB : MIB + len(large) // 100] = bytes(len(large) // 100)
    assert written_by(store, tmp_path, b"stream", large) <= 0.03 * first
    for place in range(0, len(large), MIB):
        large[place] ^= 1
    assert written_by(store, tmp_path, b"stream", large) <= 16 * (1 << 17) + 20_000
    assert load(tmp_path) == [b"stream", large]


def test_repeated_content_is_stored_once_and_zeros_never(tmp_path):
    store = open_store(tmp_path)
    part = noise(MIB)
    assert written_by(store, tmp_path, b"", part * 8, part, bytes(64 * MIB)) < 1.2 * MIB
    assert load(tmp_path) == [b"", part * 8, part, bytes(64 * MIB)]


def test_the_same_bytes_cut_in_other_ways(tmp_path):
    """Sections that are gathered, and one that is not, can be alike as a whole."""
    store, whole = open_store(tmp_path), noise(300 << 10)
    parts = [whole[: 100 << 10], whole[100 << 10 :]]
    for sections in [parts, [whole], [whole * 20], parts, [whole * 20, *parts], [whole, whole * 2]]:
        store.save({}, b"", sections)
        assert load(tmp_path) == [b"", *sections]


def test_runs_share_chunks_and_survive_each_other(tmp_path):
    data = noise(4 * MIB)
    first, second = open_store(tmp_path, "first"), open_store(tmp_path, "second")
    first.save({}, b"1", [data])
    assert written_by(second, tmp_path, b"2", data) < 10_000
    first.finish()
    assert load(tmp_path, "second") == [b"2", data]
    second.finish()
    assert packs(tmp_path) == []


def test_many_small_changes_leave_no_sparse_packs(tmp_path):
    """What is needed of a pack moves on when little of it is, without a burst of writing."""
    store = open_store(tmp_path, retention=Retention(1))
    rng, state = random.Random(1), noise(8 * MIB)
    wrote = []
    for _ in range(200):
        for _ in range(4):
            state[rng.randrange(len(state))] ^= 1
        before = set(packs(tmp_path))
        store.save({}, b"", [state])
        wrote += [path.stat().st_size for path in packs(tmp_path) if path not in before]
    assert size_of(tmp_path) < 2.5 * len(state)
    assert max(wrote[1:]) <= 2 * 4 * (1 << 17) + 4096
    assert load(tmp_path) == [b"", state]


def test_a_snapshot_after_a_resume_adds_to_what_there_is(tmp_path):
    data = noise(4 * MIB)
    store = open_store(tmp_path)
    store.save({}, b"", [data])
    store.unlock()
    subprocess.run(
        [sys.executable, "-c", RESUMED, tmp_path], check=True, env=os.environ, timeout=60
    )
    assert size_of(tmp_path) < 1.2 * len(data)


RESUMED = """
import sys
from pathlib import Path
from autoresume.store import RunStore
store = RunStore(Path(sys.argv[1]) / "store", "run")
snapshot = store.load(print)
snapshot.buffers[0][5] ^= 1
store.save({}, b"", snapshot.buffers)
"""


# Garbage.


def test_what_a_killed_save_left_is_removed(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"", [noise(MIB)])
    left = tmp_path / "store" / "packs" / "0000-left.pack"
    left.write_bytes(b"x" * 1000)
    store.save({}, b"", [noise(MIB)])
    assert left.exists(), "looking for what others left takes time, it is done once"
    store.unlock()
    again = open_store(tmp_path)
    again.save({}, b"", [noise(MIB)])
    assert not left.exists()
    assert load(tmp_path) == [b"", noise(MIB)]


def test_nothing_is_removed_while_another_process_saves(tmp_path):
    store = open_store(tmp_path, retention=Retention(1))
    store.save({}, b"", [noise(MIB, 1)])
    old = packs(tmp_path)
    with (tmp_path / "store" / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        store.save({}, b"", [noise(MIB, 2)])
        assert set(old) < set(packs(tmp_path))
    store.save({}, b"", [noise(MIB, 3)])
    assert len(packs(tmp_path)) == 1


def test_a_snapshot_of_the_future_protects_all_packs(tmp_path):
    other = open_store(tmp_path, "other")
    other.save({}, b"", [noise(MIB, 1)])
    (path,) = other.folder.glob("*.snapshot")
    whole = bytearray(path.read_bytes())
    whole[8] = 99
    length = int.from_bytes(whole[12:20], "little")
    whole[20:36] = xxh3_128_digest(whole[:20] + whole[36 : 36 + length])
    path.write_bytes(whole)
    store = open_store(tmp_path, retention=Retention(1))
    for seed in range(3):
        store.save({}, b"", [noise(MIB, seed + 2)])
    assert len(packs(tmp_path)) == 4


# Which snapshots stay.


def test_a_history_thins_out():
    rule = Rule(last=3, history=2 * 86400.0)
    times, kept, now = {}, set(), 1_000_000_000.0
    for number in range(1, 3000):
        now += 60.0
        times[number] = now
        kept = rule.kept({n: times[n] for n in {*kept, number}}, now)
    ages = sorted(now - times[number] for number in kept)
    assert ages[:6] == [0, 60, 120, 180, 240, 300]
    for age, older in zip(ages, ages[1:], strict=False):
        spacing = (
            60 if older <= 300 else 300 if older <= 3600 else 3600 if older <= 86400 else 86400
        )
        assert older - age <= 2 * spacing
    assert len(ages) < 60 and 86400 < ages[-1] <= 2 * 86400 + 60


def test_clocks_that_are_set_do_not_cost_the_last_snapshots():
    rule = Rule(last=3, history=3600.0)
    times = {1: 5e9, 2: 5e9 + 1, 3: 0.0, 4: 1.0, 5: 2.0}
    assert {3, 4, 5} <= rule.kept(times, 3.0)
    assert rule.kept(times, 9e9) == {3, 4, 5}


def test_old_snapshots_can_be_loaded_by_number(tmp_path):
    store = open_store(tmp_path, retention=Retention(3))
    for number in range(1, 6):
        store.save({"n": number}, b"%d" % number, [])
    assert store.load(pytest.fail, 4).meta == {"n": 4}
    with pytest.raises(StoreError, match=r"there is no snapshot 2 in .*/run, only 3, 4, 5$"):
        store.load(pytest.fail, 2)
    assert store.save({"n": 6}, b"6", []) == 6
    assert store.load(pytest.fail).meta == {"n": 6}


# Compression.


def test_compressed_chunks(tmp_path):
    store = open_store(tmp_path, compress=True)
    smooth = np.linspace(0, 1, MIB // 2).astype("f4").tobytes()
    text = b"the same again and again " * 10_000
    rough = noise(MIB)
    written = written_by(store, tmp_path, text, smooth, rough, b"small" * 100)
    assert written < len(rough) + 0.9 * len(smooth)
    assert load(tmp_path) == [text, smooth, rough, b"small" * 100]
    plain = open_store(tmp_path, "plain")
    assert written_by(plain, tmp_path, text, smooth, rough) < 20_000
    assert load(tmp_path, "plain") == [text, smooth, rough]


@pytest.mark.parametrize("seed", range(30))
def test_damaged_compressed_chunks(tmp_path, seed):
    store = open_store(tmp_path, compress=True)
    store.save({}, b"text " * 100_000, [np.arange(MIB // 8).tobytes()])
    (pack,) = packs(tmp_path)
    content = bytearray(pack.read_bytes())
    rng = random.Random(seed)
    content[rng.randrange(len(content) - 4096)] ^= 1 << rng.randrange(8)
    pack.write_bytes(content)
    with pytest.raises(StoreError, match="none of the 1 snapshots"):
        store.load([].append)


def test_without_zstandard(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(StoreError, match=r"pip install 'autoresume\[zstd\]'"):
        open_store(tmp_path, compress=True)


# Mapping, and verifying afterwards.


def save_large(tmp_path, size=80 * MIB):
    data = noise(size)
    store = open_store(tmp_path)
    store.save({}, b"stream", [data])
    store.unlock()
    return data


def test_an_untouched_large_state_is_mapped_and_verified_later(tmp_path, monkeypatch):
    data = save_large(tmp_path)
    read = []
    real = LocalPack.read_into
    monkeypatch.setattr(
        LocalPack,
        "read_into",
        lambda self, view, offset: (
            (time.sleep(0.001), read.append(view.nbytes)) and real(self, view, offset)
        ),
    )
    store = open_store(tmp_path)
    snapshot = store.load(pytest.fail, on_damage=pytest.fail)
    assert sum(read) < len(data) // 2
    assert snapshot.buffers[0] == data
    snapshot.buffers[0][0] ^= 1
    store.save({}, b"stream", snapshot.buffers)
    assert sum(read) >= len(data), "all was verified before the save"
    assert load(tmp_path)[1][1:] == data[1:]


def test_a_touched_pack_is_verified_before_it_loads(tmp_path):
    save_large(tmp_path)
    (pack,) = packs(tmp_path)
    with pack.open("r+b") as file:
        file.seek(40 * MIB)
        byte = file.read(1)
        file.seek(40 * MIB)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(pack, ns=(0, pack.stat().st_mtime_ns))
    with pytest.raises(StoreError, match="none of the 1 snapshots"):
        open_store(tmp_path).load([].append, on_damage=pytest.fail)


def test_damage_that_left_no_mark_stops_the_run_and_is_remembered(tmp_path, monkeypatch):
    """As a disk damages what it holds: nobody has written to the file."""
    save_large(tmp_path)
    store = open_store(tmp_path)
    (pack,) = packs(tmp_path)
    before = LocalPack(pack).mark
    with pack.open("r+b") as file:
        file.seek(40 * MIB)
        file.write(b"damage")
    monkeypatch.setattr(LocalPack, "mark", property(lambda self: before))
    damage = []
    snapshot = store.load(pytest.fail, on_damage=damage.append)
    for action in (lambda: store.save({}, b"", snapshot.buffers), store.finish):
        with pytest.raises(StoreError, match="came from a damaged snapshot"):
            action()
    assert len(damage) == 1 and "0001-00000001.snapshot is damaged" in damage[0]
    store.unlock()
    with pytest.raises(StoreError, match="none of the 1 snapshots"):
        open_store(tmp_path).load([].append, on_damage=pytest.fail)


def test_buffers_can_be_let_go_one_by_one(tmp_path):
    """A large array that the program replaces must not stay because another one is kept."""
    store = open_store(tmp_path)
    store.save({}, b"", [noise(8 * MIB, 1), noise(8 * MIB, 2)])
    snapshot = store.load(pytest.fail, on_damage=pytest.fail)
    first, second = snapshot.buffers
    assert mapped(str(tmp_path)) >= 16 * MIB
    snapshot.buffers.clear()
    first.release()
    del first
    assert mapped(str(tmp_path)) < 10 * MIB
    assert second == noise(8 * MIB, 2)


def mapped(what):
    total = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        if what in line:
            start, end = (int(end, 16) for end in line.split()[0].split("-"))
            total += end - start
    return total


# Where writing past the page cache does not work.


def test_a_file_system_without_direct_writes(tmp_path, monkeypatch):
    """Some refuse to open so, some only to write so."""
    real_open, real_write = os.open, os.pwrite
    direct = os.O_DIRECT

    def no_direct(path, flags, *rest, **named):
        if flags & direct:
            raise OSError(22, "Invalid argument")
        return real_open(path, flags, *rest, **named)

    data = noise(9 * MIB)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", no_direct)
        open_store(tmp_path, "a").save({}, b"", [data])

    def no_direct_write(descriptor, block, offset):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & direct:
            raise OSError(22, "Invalid argument")
        return real_write(descriptor, block[: 3 * 4096 + 7], offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", no_direct_write)
        data[0] ^= 1
        open_store(tmp_path, "b").save({}, b"", [data[::-1]])
    assert load(tmp_path, "a")[1] == noise(9 * MIB)
    assert load(tmp_path, "b")[1] == data[::-1]


def test_a_short_direct_write_goes_on(tmp_path, monkeypatch):
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda d, block, at: real(d, block[: 1 << 16], at))
    writer = LocalPackWriter(tmp_path / "pack")
    block = mmap.mmap(-1, MIB)
    block[:] = noise(MIB)
    assert writer.write(memoryview(block)) == 0
    writer.commit()
    assert (tmp_path / "pack").read_bytes() == block[:]


# Memory.


def test_arrays_are_saved_and_loaded_without_memory_for_them(tmp_path):
    code = """
import os, resource, sys
from pathlib import Path
import numpy as np
from autoresume.store import RunStore

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

large = np.random.default_rng(0).random(40 << 20)
before = peak()
store = RunStore(Path(sys.argv[1]) / "store", "run")
store.save({}, b"", [large])
large[::1_000_000] += 1
store.save({}, b"", [large])
print(peak() - before)
"""
    command = [sys.executable, "-c", code, tmp_path]
    grown = int(subprocess.run(command, check=True, timeout=60, capture_output=True).stdout)
    assert grown <= 64, "MiB"
