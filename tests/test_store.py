"""The store: what was saved comes back to the bit or not at all, whatever is killed or damaged."""

import errno
import json
import os
import pickle
import random
import signal
import stat
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import xxhash

from autoresume.errors import AutoresumeError, RunLocked, StoreError
from autoresume.store import Retention, RunStore, Snapshot, verification


def open_store(tmp_path, **options):
    return RunStore(tmp_path / "store", "run", **options)


def load_quietly(store):
    warnings = []
    snapshot = store.load(warnings.append)
    assert warnings == []
    return snapshot


def files(store):
    return sorted(path for path in store.folder.iterdir() if path.suffix == ".snapshot")


def content(snapshot):
    return snapshot.meta, bytes(snapshot.data), [bytes(buffer) for buffer in snapshot.buffers]


def script(code, *arguments, wait=True):
    """Run `code` in a process of its own, which has the store of `tmp_path` as `store`."""
    start = """
        import os, signal, sys, time
        from pathlib import Path
        from autoresume.errors import StoreError
        from autoresume.store import RunStore
        store = RunStore(Path(sys.argv[1]) / "store", "run")
    """
    code = textwrap.dedent(start) + textwrap.dedent(code)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    if not wait:
        return subprocess.Popen(command, **pipes)
    return subprocess.run(command, timeout=120, **pipes)


# What is saved comes back.


def test_round_trip(tmp_path):
    store = open_store(tmp_path)
    meta = {"hash_seed": 7, "where": ["heat.py", 12, None, 1.5, "é"]}
    assert store.save(meta, b"stream", [b"one", bytearray(b"two" * 1000), memoryview(b"")]) == 1
    snapshot = load_quietly(open_store(tmp_path))
    assert isinstance(snapshot, Snapshot)
    assert snapshot.number == 1
    assert content(snapshot) == (meta, b"stream", [b"one", b"two" * 1000, b""])


def test_nothing_saved(tmp_path):
    store = open_store(tmp_path)
    assert load_quietly(store) is None
    assert store.peek() is None
    assert not store.finished


def test_no_data_no_buffers(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"", [])
    assert content(load_quietly(store)) == ({}, b"", [])


ARRAYS = {
    "floats": np.arange(1000.0),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "read_only": np.broadcast_to(np.arange(3), (3,)).copy(),
    "zero_size": np.zeros((0, 3)),
    "zero_size_last": np.zeros((3, 0)),
    "scalar_array": np.array(2.5),
    "structured": np.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i2"), ("b", "f8")]),
    "bytes": np.arange(7, dtype=np.uint8),
    "booleans": np.array([True, False]),
    "complex": np.array([1 + 2j]),
    "big_endian": np.arange(5, dtype=">i4"),
    "strings": np.array(["ab", "c"]),
    "page": np.arange(4096, dtype=np.uint8),
    "large": np.random.default_rng(0).random((500, 701)),
}
ARRAYS["read_only"].flags.writeable = False


def dumped(value):
    buffers = []
    return pickle.dumps(value, protocol=5, buffer_callback=buffers.append), buffers


@pytest.mark.parametrize("name", ARRAYS)
def test_array(tmp_path, name):
    array = ARRAYS[name]
    data, buffers = dumped(array)
    assert buffers, "this array was to travel out of band"
    store = open_store(tmp_path)
    store.save({}, data, buffers)
    snapshot = load_quietly(store)
    loaded = pickle.loads(snapshot.data, buffers=snapshot.buffers)
    assert loaded.dtype == array.dtype
    assert loaded.tobytes() == array.tobytes()
    assert loaded.flags.f_contiguous == array.flags.f_contiguous
    assert not any(buffer.readonly for buffer in snapshot.buffers)


def test_arrays_are_aligned_and_writable_and_the_file_stays(tmp_path):
    arrays = [np.arange(n, dtype=np.float64) for n in (1, 3, 0, 1000, 7)]
    data, buffers = dumped(arrays)
    store = open_store(tmp_path)
    store.save({}, data, buffers)
    before = files(store)[0].read_bytes()
    snapshot = load_quietly(store)
    loaded = pickle.loads(snapshot.data, buffers=snapshot.buffers)
    for array in loaded:
        assert array.ctypes.data % 64 == 0
        array += 1
    np.testing.assert_array_equal(loaded[3], np.arange(1000.0) + 1)
    assert files(store)[0].read_bytes() == before
    again = load_quietly(store)
    np.testing.assert_array_equal(pickle.loads(again.data, buffers=again.buffers)[3], arrays[3])


def test_buffers_outlive_their_file(tmp_path):
    store = open_store(tmp_path, retention=Retention(1))
    store.save({}, b"", [b"x" * 100_000])
    snapshot = load_quietly(store)
    store.save({}, b"", [b"y" * 100_000])
    assert snapshot.buffers[0] == b"x" * 100_000


def test_many_small_buffers(tmp_path):
    buffers = [str(n).encode() for n in range(5000)]
    store = open_store(tmp_path)
    store.save({}, b"data", buffers)
    assert content(load_quietly(store))[2] == buffers


def test_a_relative_store_follows_no_chdir(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = RunStore(Path("store"), "run")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    store.save({}, b"1", [])
    assert content(load_quietly(open_store(tmp_path)))[1] == b"1"


def test_meta_that_is_not_json_leaves_nothing(tmp_path):
    store = open_store(tmp_path)
    with pytest.raises(TypeError):
        store.save({"a": object()}, b"", [])
    assert sorted(os.listdir(store.folder)) == ["lease-0001", "lock"]


def test_private(tmp_path):
    before = os.umask(0)
    try:
        store = open_store(tmp_path)
        store.save({}, b"secret", [])
        store.finish()
        store.restart()
        store.save({}, b"secret", [])
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.folder.parent.stat().st_mode) == 0o700


# Which snapshots there are.


def test_the_newest_is_loaded_and_the_last_few_stay(tmp_path):
    store = open_store(tmp_path, retention=Retention(2))
    assert [store.save({}, str(n).encode(), []) for n in range(5)] == [1, 2, 3, 4, 5]
    assert content(load_quietly(store))[1] == b"4"
    assert load_quietly(store).number == 5
    assert len(files(store)) == 2


def test_numbers_go_on_in_the_next_process(tmp_path):
    first = open_store(tmp_path)
    first.save({}, b"1", [])
    first.unlock()
    assert open_store(tmp_path).save({}, b"2", []) == 2


def test_restart_keeps_the_old_until_the_first_new(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"old 1", [])
    store.save({}, b"old 2", [])
    store.restart()
    assert load_quietly(store) is None
    assert store.peek() is None
    assert len(files(store)) == 2
    assert store.save({}, b"new", []) == 1
    assert len(files(store)) == 1
    assert content(load_quietly(open_store(tmp_path)))[1] == b"new"


def test_a_restart_that_saved_nothing_leaves_the_old_run(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"old", [])
    store.restart()
    store.unlock()
    assert content(load_quietly(open_store(tmp_path)))[1] == b"old"


def test_a_failed_first_save_after_restart_leaves_the_old_run(tmp_path, monkeypatch):
    store = open_store(tmp_path)
    store.save({}, b"old", [])
    store.restart()
    with monkeypatch.context() as patch, pytest.raises(StoreError):
        patch.setattr(os, "fsync", disk_full)
        store.save({}, b"new", [])
    assert content(load_quietly(open_store(tmp_path)))[1] == b"old"


def test_finish(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"1", [])
    store.finish()
    assert store.finished
    assert files(store) == []
    store.unlock()
    later = open_store(tmp_path)
    assert later.finished
    assert load_quietly(later) is None
    assert later.peek() is None


def test_finish_without_a_snapshot(tmp_path):
    store = open_store(tmp_path)
    store.finish()
    assert open_store(tmp_path).finished


def test_finish_after_restart_removes_the_old_run(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"old", [])
    store.restart()
    store.finish()
    assert files(store) == []
    assert store.finished


@pytest.mark.parametrize("restart", [True, False])
def test_a_finished_run_can_be_started_again(tmp_path, restart):
    store = open_store(tmp_path)
    store.save({}, b"old", [])
    store.finish()
    if restart:
        store.restart()
        assert not store.finished
    assert store.save({}, b"new", []) == 1
    assert not store.finished
    assert not open_store(tmp_path).finished
    assert content(load_quietly(open_store(tmp_path)))[1] == b"new"
    store.finish()
    assert open_store(tmp_path).finished


def test_snapshots_left_behind_a_finished_marker_do_not_count(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"1", [])
    left = {path: path.read_bytes() for path in files(store)}
    store.finish()
    for path, data in left.items():
        path.write_bytes(data)
    assert store.finished
    assert load_quietly(store) is None


def test_two_runs_of_one_store(tmp_path):
    one, two = RunStore(tmp_path, "one"), RunStore(tmp_path, "two")
    one.save({}, b"1", [])
    two.save({}, b"2", [])
    assert content(load_quietly(one))[1] == b"1"
    assert content(load_quietly(two))[1] == b"2"


def test_peek_reads_meta_alone(tmp_path):
    store = open_store(tmp_path)
    store.save({"n": 1}, b"1", [])
    store.save({"n": 2}, b"2", [b"x" * 1000])
    path = files(store)[-1]
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    assert store.peek() == {"n": 2}
    path.write_bytes(damaged[:100])
    assert store.peek() == {"n": 1}


# Damage is found.


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A store with two snapshots, and the bytes of the second."""
    store = open_store(tmp_path_factory.mktemp("saved"))
    store.save({"n": 1}, b"first", [b"a"])
    store.save({"n": 2}, b"second" * 20, [b"b" * 100, b"", b"c" * 5000])
    store.unlock()
    return store, files(store)[1].read_bytes()


FIRST = ({"n": 1}, b"first", [b"a"])
SECOND = ({"n": 2}, b"second" * 20, [b"b" * 100, b"", b"c" * 5000])


def loaded_with(saved, damaged):
    """What loads, and the number of warnings, when the second snapshot holds `damaged`."""
    store, _ = saved
    files(store)[1].write_bytes(damaged)
    warnings = []
    snapshot = store.load(warnings.append)
    assert all(str(files(store)[1]) in warning and "\n" not in warning for warning in warnings)
    return content(snapshot), len(warnings)


def test_truncated_at_every_length(saved):
    whole = saved[1]
    for length in [*range(len(whole) - 5050), *range(len(whole) - 5050, len(whole), 97)]:
        assert loaded_with(saved, whole[:length]) == (FIRST, 1), length
    assert loaded_with(saved, whole) == (SECOND, 0)


def test_every_bit_flipped(memory, sample_size):
    """Of a manifest with chunks in it, and of a pack; in a sample, one bit of some bytes."""
    store = open_store(memory)
    noise = random.Random(2).randbytes(70_000)
    wanted = [
        ({"n": n}, b"data" * n, [noise[:size]]) for n, size in ((1, 1), (2, 6000), (3, 69992))
    ]
    for meta, data, buffers in wanted:
        store.save(meta, data, buffers)
    store.unlock()
    (pack,) = (store.folder.parent / "packs").iterdir()
    assert pack.stat().st_size % 4096 == 0
    for newest, path in (3, pack), (3, files(store)[2]), (2, files(store)[1]):
        for later in files(store)[newest:]:
            later.unlink()
        check_bits(store, path, wanted[newest - 2 : newest], sample_size)


def check_bits(store, path, snapshots, sample_size):
    """Flip bits of a file; what is loaded is the older of two snapshots, with a warning."""
    whole, rng, harmless = path.read_bytes(), random.Random(1), 0
    outcomes = [(snapshots[0], 1), (snapshots[1], 0)]
    for place in range(0, len(whole), 1 if sample_size is None else 1 + len(whole) // 5000):
        for bit in range(8) if sample_size is None else [rng.randrange(8)]:
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            warnings = []
            outcome = content(store.load(warnings.append)), len(warnings)
            assert outcome in outcomes, (path, place, bit)
            harmless += outcome == outcomes[1]
    path.write_bytes(whole)
    # Only what fills up to the alignment is nobody's: after chunks, and at the end of a pack.
    assert harmless <= (4096 + 63) * (8 if sample_size is None else 1)


def test_zeros_extra_bytes_and_foreign_files(saved):
    whole = saved[1]
    half = len(whole) // 2
    for damaged in (
        whole + b"\0",
        whole + whole,
        whole[:half] + bytes(len(whole) - half),
        bytes(len(whole)),
        pickle.dumps([1]),
        b"\x89resume\n" + b"\xff" * 100,
    ):
        assert loaded_with(saved, damaged) == (FIRST, 1)


def test_all_damaged(tmp_path):
    store = open_store(tmp_path)
    for n in range(3):
        store.save({}, b"%d" % n, [])
    for path in files(store):
        path.write_bytes(path.read_bytes()[:-1])
    warnings = []
    with pytest.raises(StoreError, match=r"none of the 3 snapshots in .*/run is intact.*--fresh"):
        store.load(warnings.append)
    assert len(warnings) == 3
    assert store.peek() is None


def test_a_damaged_snapshot_makes_room_for_the_next(tmp_path):
    store = open_store(tmp_path, retention=Retention(2))
    store.save({}, b"1", [])
    store.save({}, b"2", [])
    files(store)[1].write_bytes(b"")
    assert content(store.load([].append))[1] == b"1"
    assert store.save({}, b"3", []) == 3
    names = [path.name for path in files(store)]
    assert names == ["0001-00000001.snapshot", "0001-00000003.snapshot"]
    assert content(load_quietly(store))[1] == b"3"


def test_unreadable_is_damaged(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"1", [])
    store.save({}, b"2", [])
    path = files(store)[1]
    path.unlink()
    path.mkdir()
    warnings = []
    assert content(store.load(warnings.append))[1] == b"1"
    assert warnings == [f"skipping the damaged snapshot {path}: Is a directory"]
    for number in range(3, 8):
        assert store.save({}, b"%d" % number, []) == number


def test_newer_format(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"1", [])
    store.save({}, b"2", [])
    path = files(store)[1]
    whole = path.read_bytes()
    length = struct.unpack_from("<Q", whole, 12)[0]
    prefix = struct.pack("<8sIQ", b"\x89resume\n", 99, length)
    header = whole[36 : 36 + length]
    digest = xxhash.xxh3_128_digest(prefix + header)
    path.write_bytes(prefix + digest + header + whole[36 + length :])
    for read in (lambda: store.load(pytest.fail), store.peek):
        with pytest.raises(StoreError, match=f"{path} has format version 99"):
            read()


def test_a_snapshot_can_be_read_without_this_package(tmp_path):
    """The layout that docs/format.md promises, spelled out."""
    store = open_store(tmp_path)
    large = np.random.default_rng(1).bytes(300_000)
    store.save({"n": 1}, b"data", [large, b"buffer"])
    whole = files(store)[0].read_bytes()
    magic, version, length = struct.unpack_from("<8sIQ", whole)
    header = json.loads(whole[36 : 36 + length])
    assert (magic, version) == (b"\x89resume\n", 2)
    assert whole[20:36] == xxhash.xxh3_128_digest(whole[:20] + whole[36 : 36 + length])
    table = whole[36 + length :]
    assert header["meta"] == {"n": 1} and header["hash"] == "xxh3_128"
    assert header["table"] == xxhash.xxh3_128_hexdigest(table)
    assert (header["sections"], header["chunks"], header["here"]) == (3, 4, 0)
    assert struct.unpack_from("<3Q", table) == (4, 300_000, 6)
    pack = (store.folder.parent / "packs" / header["packs"][0]).read_bytes()
    found = []
    for digest, number, offset, size in struct.iter_unpack("<16sIQI", table[24:]):
        assert number == 0
        found.append(pack[offset : offset + size])
        assert xxhash.xxh3_128_digest(found[-1]) == digest
    assert b"".join(found[:3]) == large
    assert found[3] == b"data" + bytes(60) + b"buffer"


# Kills.


def test_killed_at_every_line_of_a_save(memory):
    """Also of a restart and of the finish: each leaves the snapshots of before or of after.

    In memory, since thousands of files are synced.
    """
    result = script(
        """
        import warnings
        warnings.simplefilter("ignore")  # of forks beside threads

        def killed_after(lines):
            def trace(frame, event, argument):
                nonlocal lines
                if event == "line":
                    lines -= 1
                    if lines == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                # Of this package alone; and this is called for each new frame.
                folder, name = os.path.split(frame.f_code.co_filename)
                is_ours = folder.endswith("/autoresume/store")
                return trace if is_ours and name not in ("leases.py", "locks.py") else None
            return trace

        def kill_in(action, lines):
            if (child := os.fork()) == 0:
                sys.settrace(killed_after(lines))
                action()
                sys.settrace(None)
                os._exit(0)
            return os.waitpid(child, 0)[1] == signal.SIGKILL

        def outcome():
            fresh = RunStore(Path(sys.argv[1]) / "store", "run")
            if fresh.finished:
                return "finished"
            return bytes(fresh.load(lambda warning: sys.exit(warning)).buffers[0][:3])

        def prepare():
            store.restart()
            store.save({}, b"", [b"old" * 1000])
            store.save({}, b"", [b"old" * 1000])
            store.unlock()

        def save():
            store.save({}, b"", [b"new" * 1000])

        def start_over():
            store.restart()
            save()

        for action, after in (save, b"new"), (start_over, b"new"), (store.finish, "finished"):
            seen = []
            prepare()
            while kill_in(action, len(seen) + 1):
                seen.append(outcome())
                store.lock()
                assert not list(store.folder.glob("*.tmp")) + list(store.folder.glob(".*.tmp"))
                prepare()
            turn = seen.index(after)
            assert turn > 20 and seen[:turn] == [b"old"] * turn, seen
            assert set(seen[turn:]) == {after}, seen
            assert outcome() == after
            print(action.__name__, turn, len(seen))
        """,
        memory,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 3


def test_killed_at_any_moment(tmp_path):
    """A process that saves without end is killed again and again; nothing that was told is lost."""
    loop = """
        number = int(sys.argv[2])
        store.lock()
        while True:
            number += 1
            store.save({"n": number}, b"%d" % number, [bytes([number % 256]) * 1_000_000] * 3)
            os.write(1, b"%d\\n" % number)
    """
    rng = random.Random(5)
    durable = 0
    for _ in range(15):
        child = script(loop, tmp_path, durable, wait=False)
        last = child.stdout.readline()
        while rng.random() > 0.2:
            last = child.stdout.readline()
        signal_after(child, rng.random() * 0.02)
        told = int(([last, *child.stdout.read().splitlines()])[-1])
        assert child.wait() == -signal.SIGKILL, child.stderr.read()
        child.stdout.close()
        child.stderr.close()
        number, buffers = read_numbered(open_store(tmp_path))
        assert number in (told, told + 1)
        assert buffers == [bytes([number % 256]) * 1_000_000] * 3
        durable = number
    store = open_store(tmp_path)
    store.lock()
    assert not list(store.folder.glob(".*"))
    store.unlock()


def signal_after(child, seconds):
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()


def read_numbered(store):
    snapshot = load_quietly(store)
    assert bytes(snapshot.data) == b"%d" % snapshot.meta["n"]
    return snapshot.meta["n"], [bytes(buffer) for buffer in snapshot.buffers]


def test_durable_before_it_counts_and_counted_before_the_old_goes(tmp_path, monkeypatch):
    """The order that a power failure asks for: file, name, folder; only then the old is removed."""
    store = open_store(tmp_path, retention=Retention(1))
    store.save({}, b"1", [])
    steps = []

    def record(name, real):
        def recording(*arguments, **options):
            kind = name
            if name == "fsync" and stat.S_ISDIR(os.fstat(arguments[0]).st_mode):
                kind = "fsync folder"
            steps.append(kind)
            return real(*arguments, **options)

        return recording

    for name in ("fsync", "link", "unlink"):
        monkeypatch.setattr(os, name, record(name, getattr(os, name)))
    store.save({}, b"2", [])
    # The first name to go is the temporary one.
    assert steps == ["fsync", "link", "unlink", "fsync folder", "unlink"]


# The lock.


HOLD = """
    store.lock()
    print("locked", flush=True)
    time.sleep(100)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of the run."""
    child = script(HOLD, tmp_path, wait=False)
    assert child.stdout.readline() == "locked\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()
    child.stderr.close()


def test_a_second_process_is_told_of_the_first(tmp_path, holder):
    store = open_store(tmp_path)
    message = rf"run run is in progress: process {holder.pid} on \S+ since 20\d\d-\d\d-\d\d \d\d:"
    for action in (store.lock, store.restart, store.finish, lambda: store.save({}, b"", [])):
        with pytest.raises(RunLocked, match=message):
            action()
    assert load_quietly(store) is None


def test_a_kill_frees_the_lock(tmp_path, holder):
    holder.kill()
    holder.wait()
    open_store(tmp_path).lock()


def test_unlock_and_lock_again(tmp_path):
    store = open_store(tmp_path)
    store.lock()
    store.lock()
    store.unlock()
    store.unlock()
    assert script("store.lock()", tmp_path).returncode == 0
    store.lock()
    assert "RunLocked" in script("store.lock()", tmp_path).stderr


def test_forked_children_neither_have_nor_hold_the_lock(tmp_path):
    result = script(
        """
        from autoresume.errors import RunLocked
        store.lock()
        reader, writer = os.pipe()
        if os.fork() == 0:
            try:
                store.save({}, b"", [])
            except RunLocked as error:
                store.unlock()
                os.write(1, str(error).encode() + b"\\n")
            os.write(writer, b"x")
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            os.dup2(1, 2)
            time.sleep(3)
            os._exit(0)
        os.read(reader, 1)
        print(os.getpid(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        tmp_path,
    )
    message, parent = result.stdout.splitlines()
    assert f"process {parent} on" in message
    open_store(tmp_path).lock()


def test_one_process_twice(tmp_path):
    first, second = open_store(tmp_path), open_store(tmp_path)
    first.lock()
    with pytest.raises(RunLocked, match=f"in this process, {os.getpid()}"):
        second.lock()
    assert "RunLocked" in script("store.lock()", tmp_path).stderr
    first.unlock()
    second.lock()
    second.unlock()


def test_a_lock_lost_to_a_careless_script_is_taken_again(tmp_path):
    store = open_store(tmp_path)
    store.lock()
    (store.folder / "lock").read_bytes()  # closing it drops the lock
    store.save({}, b"1", [])
    assert "RunLocked" in script("store.lock()", tmp_path).stderr
    (store.folder / "lock").read_bytes()
    # The lease does not let anybody in who can see that we live; this one does not look at it.
    assert "RunLocked" in script("store.lock()", tmp_path).stderr
    only_the_lock = """
        from autoresume.store.locks import RunLock
        lock = RunLock(store.folder / "lock", "run")
        lock.acquire()
        print("locked", flush=True)
        time.sleep(100)
    """
    child = script(only_the_lock, tmp_path, wait=False)
    assert child.stdout.readline() == "locked\n"
    with pytest.raises(RunLocked, match=f"process {child.pid} on"):
        store.save({}, b"2", [])
    child.kill()
    child.communicate()


def test_leftovers_of_the_dead_are_removed(tmp_path):
    store = open_store(tmp_path)
    left = store.folder / ".0001-00000009.snapshot.tmp"
    left.write_bytes(b"half")
    store.lock()
    assert not left.exists()


# Places that cannot be used.


def disk_full(*arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def one_line(error):
    assert isinstance(error.value, AutoresumeError)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_store_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(StoreError) as error:
            RunStore(root, "run")
        assert one_line(error).startswith(f"cannot use the store {root}: ")


def test_a_store_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(StoreError, match="store is not writable") as error:
        open_store(tmp_path)
    one_line(error)


@pytest.mark.parametrize("call", ["fsync", "link", "open"])
def test_disk_full(tmp_path, monkeypatch, call):
    store = open_store(tmp_path)
    store.save({}, b"1", [])
    with monkeypatch.context() as patch, pytest.raises(StoreError) as error:
        patch.setattr(os, call, disk_full)
        store.save({}, b"2", [b"x" * 1_000_000])
    expected = f"cannot save a snapshot in {store.folder}: No space left on device"
    assert one_line(error) == expected
    assert content(load_quietly(store))[1] == b"1"
    assert not list(store.folder.glob(".*"))
    assert store.save({}, b"3", []) == 2


def test_a_write_that_the_system_refuses(tmp_path):
    """A real one, in the middle of a large buffer: a limit on the size of files."""
    result = script(
        """
        import resource
        store.save({}, b"1", [])
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, -1))
        for sizes in [3_000_000], [100] * 50_000:
            try:
                store.save({}, b"2", [os.urandom(size) for size in sizes])
            except StoreError as error:
                print(error)
        print(sorted(os.listdir(store.folder)))
        """,
        tmp_path,
    )
    folder = open_store(tmp_path).folder
    refused = f"cannot save a snapshot in {folder}: File too large"
    listing = "['0001-00000001.snapshot', 'lease-0001', 'lock']"
    assert result.stdout.splitlines() == [refused, refused, listing], result.stderr


def test_a_vanished_store(tmp_path):
    store = open_store(tmp_path)
    store.save({}, b"1", [])
    for path in store.folder.iterdir():
        path.unlink()
    store.folder.rmdir()
    for action in (lambda: store.save({}, b"2", []), store.finish):
        with pytest.raises(StoreError) as error:
            action()
        assert one_line(error) == f"{store.folder} was removed while a run was using it"
    for action in (lambda: store.load(pytest.fail), lambda: store.finished):
        with pytest.raises(StoreError, match="No such file or directory") as error:
            action()
        assert str(store.folder) in one_line(error)


def test_a_file_system_that_cannot_sync_folders(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    store = open_store(tmp_path)
    assert store.save({}, b"1", []) == 1
    assert content(load_quietly(store))[1] == b"1"


def test_who_waits_for_a_verification_has_it_begin(monkeypatch):
    monkeypatch.setattr(verification, "_HEAD_START", 1000)
    checked, failed = [], []
    begun = verification.Verification(lambda: checked.append(1), failed.append)
    for _ in range(3):
        begun.wait()
    assert checked == [1] and not failed
