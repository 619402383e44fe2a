"""Packs that nothing needs: they go at once, and their room is given back meanwhile."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from autoresume.store import Retention, RunStore, removal, stamps
from autoresume.store.local import LocalPackWriter, LocalPlace
from autoresume.store.locks import file_system
from autoresume.store.manifests import header_of
from autoresume.store.removal import threads

SIZE = 300_000


@pytest.fixture
def held_up(monkeypatch):
    """The work of threads that give room back: it is done by `finish`."""
    started = []
    monkeypatch.setattr(threads, "start", started.append)
    yield started
    finish(started)


def finish(started):
    while started:
        started.pop()()


def saver(tmp_path, key="run"):
    """A function that saves a state with nothing in common with the last one, which goes."""
    store = RunStore(tmp_path / "store", key, retention=Retention(1))
    return lambda: store.save({}, os.urandom(9), [os.urandom(SIZE)])


def packs(tmp_path):
    return list((tmp_path / "store" / "packs").iterdir())


def gone():
    """What this process has open without a name: inodes that take room."""
    found = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
    links = [(path, os.readlink(path)) for path in found if os.path.lexists(path)]
    return [path.stat().st_ino for path, link in links if link.endswith(".pack (deleted)")]


def test_a_save_does_not_wait_for_the_room_and_the_next_one_does(tmp_path, held_up):
    save = saver(tmp_path)
    save()
    (first,) = packs(tmp_path)
    number = first.stat().st_ino
    save()
    assert len(packs(tmp_path)) == 1 and not first.exists()
    assert gone() == [number]
    # Others have the store for themselves meanwhile: they remove packs, too.
    done = run(tmp_path, "other", "for _ in range(2): save()")
    assert done.returncode == 0 and len(packs(tmp_path)) == 2, done
    saving = threading.Thread(target=save)
    saving.start()
    saving.join(0.3)
    assert saving.is_alive() and len(packs(tmp_path)) == 2, "there would be three at a time"
    finish(held_up)
    saving.join()
    assert len(gone()) == 1 != gone().count(number)


@pytest.mark.parametrize("end", ["finish", "unlock", "delete"])
def test_the_end_of_a_run_waits_for_the_room(tmp_path, monkeypatch, end):
    real = threads.start
    monkeypatch.setattr(threads, "start", lambda work: real(lambda: (time.sleep(0.2), work())))
    store = RunStore(tmp_path / "store", "run", retention=Retention(1))
    for _ in range(2):
        store.save({}, os.urandom(9), [os.urandom(SIZE)])
    assert len(gone()) == 1
    getattr(store, end)()
    assert not gone() and len(packs(tmp_path)) == (end == "unlock")


def test_a_copy_of_the_process_waits_before_it_reports(tmp_path, monkeypatch):
    """Its end would take the time, and the program waits for that."""
    real = threads.start
    monkeypatch.setattr(threads, "start", lambda work: real(lambda: (time.sleep(0.2), work())))
    store = RunStore(tmp_path / "store", "run", retention=Retention(1))
    store.lock()
    store.serve_parent()
    for _ in range(2):
        store.save({}, os.urandom(9), [os.urandom(SIZE)])
        assert not gone() and len(packs(tmp_path)) == 1


def run(tmp_path, key, code, **options):
    """Run `code` in a process of its own, with its `save`."""
    start = """
        import os, sys, time
        from pathlib import Path
        sys.path.insert(0, sys.argv[3])
        from autoresume.store import removal
        from test_removal import gone, saver
        save = saver(Path(sys.argv[1]), sys.argv[2])
    """
    code = textwrap.dedent(start) + textwrap.dedent(code)
    command = [sys.executable, "-c", code, tmp_path, key, Path(__file__).parent]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def test_a_killed_process_leaves_nothing(tmp_path):
    """Where the room is being given back still; what it takes shows in that of the files."""
    code = "removal.threads.start = lambda work: os.kill(os.getpid(), 9)\nfor _ in range(2): save()"
    assert run(tmp_path, "run", code).returncode == -signal.SIGKILL
    assert len(packs(tmp_path)) == 1
    assert run(tmp_path, "run", "save(); removal.wait(); print(gone())").stdout == "[]\n"
    assert len(packs(tmp_path)) == 1


def test_forked_children_hold_nothing_and_can_save(tmp_path):
    code = """
        removal.threads.start = lambda work: None
        for _ in range(2): save()
        child = os.fork()
        if not child:
            removal.threads.start = lambda work: work()
            save = saver(Path(sys.argv[1]), "other")
            for _ in range(2): save()
            os._exit(len(gone()))
        print(os.waitpid(child, 0)[1], len(gone()))
    """
    done = run(tmp_path, "run", code)
    assert done.stdout == "0 1\n", done
    assert len(packs(tmp_path)) == 2


def test_files_of_the_program_stay_open(tmp_path, held_up):
    """One that has closed all that it found, and has got the same numbers again."""
    save = saver(tmp_path)
    save()
    save()
    (descriptor,) = removal._held
    with open(tmp_path / "own", "wb") as own:
        os.dup2(own.fileno(), descriptor)
        finish(held_up)
        assert os.write(descriptor, b"written") == 7
    os.close(descriptor)


def test_without_threads_or_descriptors_a_removal_takes_its_time(tmp_path, monkeypatch):
    def refused(*_):
        raise RuntimeError("can't start new thread")

    save = saver(tmp_path)
    save()
    monkeypatch.setattr(threads, "start", refused)
    save()
    assert len(packs(tmp_path)) == 1 and not gone()
    many = [tmp_path / f"{number}.pack" for number in range(100)]
    for path in many:
        path.touch()
    seen = []
    monkeypatch.setattr(threads, "start", lambda work: (seen.append(len(gone())), work()))
    removal.remove([*many, tmp_path / "not there", tmp_path])
    assert seen == [16] and not any(path.exists() for path in many)


# Whether a mark tells of each change.

NOW = 1_700_000_000_123_456_789


@pytest.mark.parametrize(
    ("changed", "system", "settled"),
    [
        (NOW, "ext4", False),
        (NOW - 4_000_000, "ext4", True),
        (NOW + 3_141_593, "ext4", True),
        (NOW + 3_141_593, "f2fs", False),
        (NOW // 10**9 * 10**9, "ext4", False),
        (NOW - 4_000_000, "nfs4", False),
        (NOW - 15_000_000, "nfs4", True),
        (NOW - 15_000_000, "", True),
    ],
    ids=[
        "in the tick",
        "in the one before",
        "a time of its own",
        "where there is none",
        "in seconds",
        "of another clock",
        "of another clock, before",
        "of an unknown one, before",
    ],
)
def test_in_the_tick_of_its_last_change_a_mark_is_not_sure(changed, system, settled, monkeypatch):
    monkeypatch.setattr(time, "clock_gettime_ns", lambda clock: NOW)
    monkeypatch.setattr(time, "time_ns", lambda: NOW)
    assert stamps.is_settled(changed, system) is settled


@pytest.mark.parametrize(("mib", "answers"), [(1, [False]), (65, [False, False, True])])
def test_only_a_large_pack_waits_for_its_mark(mib, answers, tmp_path, monkeypatch):
    left = list(answers)
    monkeypatch.setattr(stamps, "is_settled", lambda *_: left.pop(0))
    store = RunStore(tmp_path / "store", "run")
    store.save({}, b"", [os.urandom(mib << 20)])
    (manifest,) = (tmp_path / "store" / "run").glob("*.snapshot")
    header = header_of(
        LocalPlace(tmp_path / "store"), f"run/{manifest.name}", manifest.stat().st_size
    )
    assert (left, len(header.content["marks"])) == ([], answers[-1])


def test_a_change_right_after_the_mark_shows(tmp_path):
    """By the clock of this kernel, and whatever this file system keeps of it."""
    block = memoryview(bytes(4096))
    system = file_system(tmp_path)
    marked = 0
    for number in range(200):
        path = tmp_path / f"{number}.pack"
        writer = LocalPackWriter(path, system)
        buffer = memoryview(bytearray(8192))
        at = -id_of(buffer) % 4096
        writer.write(buffer[at : at + 4096])
        mark = writer.commit()
        with path.open("r+b", buffering=0) as file:
            file.write(block)
            stat = os.fstat(file.fileno())
        marked += mark is not None
        assert mark != [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def id_of(buffer):
    import ctypes

    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
