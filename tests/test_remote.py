"""Stores at URLs: an S3 server and an SFTP server started here, and file systems of fsspec."""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import uuid

import crash
import fsspec
import numpy as np
import pytest
from remote import faulty

from autoresume.errors import RunLocked, StoreError
from autoresume.store import Retention, RunStore
from autoresume.store.garbage import needed_by
from autoresume.store.locations import place_at

KINDS = ["file", "memory", "s3", "sftp"]
SHARED = ["file", "s3", "sftp"]
"""Those that several processes see."""


@contextlib.contextmanager
def serving(*command):
    """A server, which tells on stderr where it is running; yields the number of its port."""
    server = subprocess.Popen(
        [sys.executable, *command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        for line in server.stderr:
            if found := re.search(r"Running on \D*(?:[\d.]+:)?(\d+)\s*$", line):
                break
        else:
            raise AssertionError("the server did not start")
        # Nobody reads on: a full pipe would stop it.
        drain = subprocess.Popen(["cat"], stdin=server.stderr, stdout=subprocess.DEVNULL)
        yield int(found[1])
    finally:
        server.kill()
        server.wait()
        server.stderr.close()
        drain.wait()


@pytest.fixture(scope="session")
def s3_port():
    with serving("-m", "moto.server", "-H", "127.0.0.1", "-p", "0") as port:
        yield port


@pytest.fixture(scope="session")
def sftp_port():
    with serving(str(crash.HERE / "remote" / "sftp_server.py")) as port:
        yield port


@pytest.fixture
def url(request, tmp_path, monkeypatch):
    """A store of some kind that nobody else uses."""
    kind = getattr(request, "param", "s3")
    if kind == "sftp":
        port = request.getfixturevalue("sftp_port")
        return f"sftp://user:password@127.0.0.1:{port}{tmp_path}/there"
    if kind == "s3":
        use_s3(request.getfixturevalue("s3_port"), monkeypatch)
        return f"s3://bucket/{uuid.uuid4().hex}/runs"
    return f"{kind}://{tmp_path}/there"


def use_s3(port, monkeypatch):
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    with contextlib.suppress(FileExistsError):
        fsspec.filesystem("s3").mkdir("bucket")


def every(kinds):
    return pytest.mark.parametrize("url", kinds, indirect=True)


def opened(url):
    """A file system for the test itself, and the path of the store in there."""
    system, root = fsspec.core.url_to_fs(url)
    system.invalidate_cache()
    return system, root


def names(url, folder):
    system, root = opened(url)
    return sorted(path.rpartition("/")[2] for path in system.find(f"{root}/{folder}"))


def sections(seed=0, megabytes=9):
    """A large section that has chunks of its own, one of zeros, and small ones."""
    large = np.random.default_rng(seed).integers(0, 255, megabytes << 20, dtype=np.uint8)
    return [large, np.zeros(1 << 18), *(np.full(n, n + seed, np.int32) for n in range(1, 50))]


def same(snapshot, arrays):
    assert [bytes(buffer) for buffer in snapshot.buffers] == [a.tobytes() for a in arrays]
    return True


def load_quietly(store):
    warnings = []
    snapshot = store.load(warnings.append)
    assert warnings == []
    return snapshot


# --- what is saved comes back ---------------------------------------------------------------------


@every(KINDS)
def test_round_trip(url):
    store, arrays = RunStore(url, "run"), sections()
    for number in range(1, 6):
        arrays[0][number * 1000] = number
        assert store.save({"at": number}, b"stream", arrays) == number
    assert store.peek() == {"at": 5}
    snapshot = load_quietly(RunStore(url, "run"))
    assert (snapshot.number, snapshot.meta, bytes(snapshot.data)) == (5, {"at": 5}, b"stream")
    same(snapshot, arrays)
    snapshot.buffers[0][0] = 1  # they can be written
    system, root = opened(url)
    size = sum(
        system.find(f"{root}/packs", detail=True)[path]["size"]
        for path in system.find(root)
        if path.endswith(".pack")
    )
    assert size < 11 << 20, "what has not changed was written once"
    snapshots = [name for name in names(url, "run") if name.endswith(".snapshot")]
    assert snapshots == [f"0001-{n:08d}.snapshot" for n in (3, 4, 5)]
    store.finish()
    assert RunStore(url, "run").finished and load_quietly(RunStore(url, "run")) is None
    assert not [name for name in names(url, "packs") if name.endswith(".pack")]
    store.delete()
    assert names(url, "run") == []


@every(KINDS)
def test_nothing_beside_what_is_large(url):
    RunStore(url, "run").save({}, b"", sections()[:1])
    same(load_quietly(RunStore(url, "run")), sections()[:1])


@every(KINDS)
def test_packs_that_are_not_needed_go(url):
    store = RunStore(url, "run", retention=Retention(1))
    for number in range(5):
        store.save({}, b"", sections(number, 1))
        assert len([name for name in names(url, "packs") if name.endswith(".pack")]) == 1
    # Those of other runs stay, though no lock tells of them.
    RunStore(url, "other").save({}, b"", sections(9, 1))
    store.save({}, b"", sections(5, 1))
    same(load_quietly(RunStore(url, "other")), sections(9, 1))


@every(KINDS)
def test_the_layout_is_that_of_a_folder(url, tmp_path):
    arrays = sections(megabytes=1)
    local = RunStore(tmp_path / "here", "run")
    local.save({}, b"stream", arrays)
    local.unlock()
    system, root = opened(url)
    for path in (tmp_path / "here").rglob("*.*"):
        system.makedirs(f"{root}/{path.parent.name}", exist_ok=True)
        system.pipe_file(f"{root}/{path.parent.name}/{path.name}", path.read_bytes())
    there = RunStore(url, "run")
    same(load_quietly(there), arrays)
    arrays[0][:1000] = 7
    assert there.save({}, b"stream", arrays) == 2
    shutil.rmtree(tmp_path / "here")
    for path in system.find(root):
        copy = tmp_path / "here" / path.removeprefix(root).lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(system.cat_file(path))
    back = load_quietly(RunStore(tmp_path / "here", "run"))
    assert back.number == 2
    same(back, arrays)


@every(KINDS)
def test_what_runs_shared_in_a_folder_stays(url, tmp_path):
    arrays = sections(megabytes=2)
    for run in ("one", "two"):
        store = RunStore(tmp_path / "here", run)
        store.save({}, b"stream", arrays)
        store.unlock()
    packs = list((tmp_path / "here" / "packs").iterdir())
    assert sum(path.stat().st_size for path in packs) < 3 << 20, "they share"
    system, root = opened(url)
    for path in (tmp_path / "here").rglob("*.*"):
        system.makedirs(f"{root}/{path.parent.name}", exist_ok=True)
        system.pipe_file(f"{root}/{path.parent.name}/{path.name}", path.read_bytes())
    store = RunStore(url, "one", retention=Retention(1))
    same(load_quietly(store), arrays)
    for seed in (7, 8):
        store.save({}, b"stream", sections(seed, 1))
        same(load_quietly(RunStore(url, "two")), arrays)
    RunStore(url, "two", retention=Retention(1)).save({}, b"stream", arrays)
    shared = {path.name for path in packs}
    assert not shared & needed_by(place_at(url), ["two"]), "here it has packs of its own"
    store.save({}, b"stream", sections(9, 1))
    same(load_quietly(RunStore(url, "two")), arrays)
    same(load_quietly(RunStore(url, "one")), sections(9, 1))


def test_snapshots_of_the_first_format(url, tmp_path):
    stored = crash.HERE / "data" / "snapshots" / "1" / "arrays" / "py3.12" / "store"
    (run,) = (path for path in stored.iterdir() if path.is_dir() and path.name != "packs")
    system, root = opened(url)
    system.put(str(run), f"{root}/{run.name}", recursive=True)
    shutil.copytree(stored, tmp_path / "here")
    expected = load_quietly(RunStore(tmp_path / "here", run.name))
    found = load_quietly(RunStore(url, run.name))
    assert (found.meta, found.data, found.buffers) == (
        expected.meta,
        expected.data,
        expected.buffers,
    )


def test_reads_are_few_and_packs_come_in_parts(url, monkeypatch):
    arrays = sections(megabytes=40)
    RunStore(url, "run").save({}, b"stream", arrays)
    place = place_at(url)
    asked = []
    read = type(place).read
    monkeypatch.setattr(type(place), "read", lambda *of: asked.append(of) or read(*of))
    same(load_quietly(RunStore(url, "run")), arrays)
    ranges = [stop - start for _, name, start, stop in asked if name.startswith("packs/")]
    assert len(ranges) <= 30 and max(ranges) <= 5 << 20
    system, root = opened(url)
    (pack,) = system.find(f"{root}/packs")
    assert 5 <= int(system.info(pack)["ETag"].strip('"').partition("-")[2]) <= 6, "parts of 8 MiB"


# --- damage ---------------------------------------------------------------------------------------


def changed(content, how, rng):
    if how == "cut":
        return content[: len(content) // 2]
    if how == "emptied":
        return b""
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


@every(KINDS)
@pytest.mark.parametrize("how", ["flipped", "cut", "emptied", "removed"])
def test_damage(url, how, sample_seed):
    rng = random.Random(f"{how}{sample_seed}")
    before, after = sections(1, 1), sections(2, 1)
    store = RunStore(url, "run")
    store.save({}, b"one", before)
    packs = set(names(url, "packs"))
    store.save({}, b"two", after)
    system, root = opened(url)
    (pack,) = set(names(url, "packs")) - packs
    for path in (f"{root}/run/0001-00000002.snapshot", f"{root}/packs/{pack}"):
        content = system.cat_file(path)
        if how == "removed" and path.endswith(".snapshot"):
            continue
        if how == "removed":
            system.rm_file(path)
        else:
            # The last bytes of a pack may be padding.
            used = content if path.endswith(".snapshot") else content[: 1 << 20]
            system.pipe_file(
                path, changed(used, how, rng) + content[len(used) :] * (how == "flipped")
            )
        warnings = []
        snapshot = RunStore(url, "run").load(warnings.append)
        assert len(warnings) == 1 and "0001-00000002.snapshot" in warnings[0]
        assert "password" not in warnings[0]
        same(snapshot, before)
        system.pipe_file(path, content)
    same(load_quietly(RunStore(url, "run")), after)


# --- operations that fail -------------------------------------------------------------------------

FAULTS = [(done, kind) for done in (False, True) for kind in faulty.KINDS]


@pytest.mark.parametrize("done, kind", FAULTS)
@pytest.mark.parametrize("protocol", ["renaming", "putting"])
def test_every_operation_of_a_save_fails_in_turn(protocol, done, kind, tmp_path):
    """With `done` it is only the answer that gets lost."""
    url, switch, failed = f"{protocol}://{tmp_path}", faulty.switch, 0
    store = RunStore(url, "run", retention=Retention(2))
    saved = 0
    for number in range(1, 1000):
        arrays = sections(number, 1)
        switch.set(number, done, kind)
        try:
            store.save({"of": number}, b"", arrays)
            saved = number
        except StoreError as error:
            failed += 1
            assert len(str(error).splitlines()) == 1
        calls = switch.count
        switch.set(0)
        snapshot = load_quietly(RunStore(url, "run"))
        if snapshot is not None:
            # What was reported as saved is there; what was not may be, but then all of it.
            assert snapshot.meta["of"] in (saved, number)
            same(snapshot, sections(snapshot.meta["of"], 1))
            saved = snapshot.meta["of"]
        else:
            assert not saved
        if calls < number:
            break
    else:
        raise AssertionError("a save has no end of operations")
    assert failed >= 8
    store.save({}, b"", sections(0, 1))
    store.save({}, b"", sections(0, 1))
    assert len(list(tmp_path.glob("packs/*.pack"))) <= 2, "nothing was left behind"
    assert not list(tmp_path.glob("run/.*"))


@pytest.mark.parametrize("kind", faulty.KINDS)
@pytest.mark.parametrize("protocol", ["renaming", "putting"])
def test_every_operation_of_a_load_fails_in_turn(protocol, kind, tmp_path):
    """What cannot be read for now is not damaged: the run does not go on from something older."""
    url, switch = f"{protocol}://{tmp_path}", faulty.switch
    store = RunStore(url, "run")
    for number in (1, 2):
        store.save({"of": number}, b"", sections(number, 1))
    for number in range(1, 1000):
        switch.set(number, kind=kind)
        try:
            snapshot = load_quietly(RunStore(url, "run"))
        except StoreError as error:
            assert len(str(error).splitlines()) == 1
        else:
            same(snapshot, sections(2, 1))
            if switch.count < number:
                break
        finally:
            switch.set(0)
    assert number >= 4


def test_what_a_server_says_is_one_line(url, monkeypatch):
    with pytest.raises(StoreError, match="lock the run.*bucket does not exist") as error:
        RunStore("s3://nobody-has-this/runs", "run").lock()
    assert len(str(error.value).splitlines()) == 1
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StoreError, match="Could not connect") as error:
        RunStore("s3://bucket/other", "run").lock()
    assert len(str(error.value).splitlines()) == 1


# --- several processes ----------------------------------------------------------------------------


@every(KINDS)
def test_nobody_overwrites_what_is_there(url):
    RunStore(url, "run").save({}, b"", [])
    place = place_at(url)
    with pytest.raises(FileExistsError):
        place.create("run/0001-00000001.snapshot", [b"another"])
    place.create("run/0001-00000002.finished", [b"twice"])
    if not url.startswith(("file", "sftp")):  # there a repeated request is one process's only
        place.create("run/0001-00000002.finished", [b"twice"])
    same(load_quietly(RunStore(url, "run")), [])


@every(KINDS)
def test_one_at_a_time(url):
    first = RunStore(url, "run")
    first.save({}, b"", [])
    with pytest.raises(RunLocked, match=str(os.getpid())):
        RunStore(url, "run").save({}, b"", [])
    first.unlock()
    second = RunStore(url, "run")
    assert second.save({}, b"", []) == 2


# --- the command line -----------------------------------------------------------------------------

PROGRAM = """
import threading
import numpy as np
state = np.random.default_rng(1).random(400_000)
alone = threading.active_count()
for step in range({steps}):  # checkpoint
    state[step * 1000 : step * 1000 + 500] *= 1.5
    print(step, state.sum(), flush=True)
    assert threading.active_count() == alone, threading.enumerate()
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(steps=6))
    return path


def place_of(url, tmp_path):
    cwd = tmp_path / "cwd"
    cwd.mkdir(exist_ok=True)
    return crash.Place(cwd, url)


@every(SHARED)
def test_killed_and_resumed(url, program, tmp_path):
    plain = crash.run_plain(program, place_of(url, tmp_path).cwd)
    assert plain.status == 0, plain.stderr
    outcomes = crash.run_chain(program, [1, 2, 1], place_of(url, tmp_path))
    assert len(outcomes) == 4
    assert "autoresume: resuming" in outcomes[-1].stderr
    crash.compare(plain, outcomes, url)
    again = crash.run_tool(program, place_of(url, tmp_path))
    assert "has finished; starting afresh" in again.stderr and again.stdout == plain.stdout


def test_killed_at_random_times(url, program, tmp_path, sample_size):
    program.write_text(PROGRAM.format(steps=60))
    place, lines = place_of(url, tmp_path), []
    plain = crash.run_plain(program, place.cwd).stdout.splitlines()
    rng = random.Random(tmp_path.name)
    for _ in range(2 + 2 * (sample_size or 20)):
        command = [*crash.tool_command(place, "--every", "1"), str(program)]
        with crash.started(command, place.cwd) as child:
            first = child.stdout.readline()  # it has begun or gone on
            time.sleep(rng.random())
            child.send_signal(signal.SIGKILL)
            lines.append((first + child.stdout.read()).splitlines())
    last = crash.run_tool(program, place, "--every", "1")
    assert last.status == 0, last.stderr
    lines.append(last.stdout.splitlines())
    at = 0
    for part in filter(None, lines):
        start = plain.index(part[0])
        assert start <= at, "lines are missing"
        assert part == plain[start : start + len(part)]
        at = start + len(part)
    assert at == len(plain)
    assert not names(place.store, "packs")


def test_two_at_once(url, program, tmp_path):
    program.write_text(PROGRAM.format(steps=1000) + "\n")
    place = place_of(url, tmp_path)
    command = [*crash.tool_command(place, "--every", "1"), str(program)]
    with crash.started(command, place.cwd) as child:
        child.stdout.readline()
        other = crash.run_tool(program, place, "--every", "1")
        assert other.status == 2 and other.stdout == b""
        assert f"in progress: process {child.pid}" in other.stderr
        assert child.poll() is None


def test_the_name_of_a_run_goes_with_the_folder(url, program, tmp_path):
    """A store at .autoresume that is copied to a URL, and the other way round."""
    folder = crash.Place(tmp_path, tmp_path / ".autoresume")
    killed = crash.run_tool(program, folder, "--every", "1", "--crash-after", "3")
    assert killed.status == crash.KILLED
    system, root = opened(url)
    for path in filter(os.path.isfile, folder.store.rglob("*.*")):
        system.pipe_file(f"{root}/{path.relative_to(folder.store)}", path.read_bytes())
    outcome = crash.run_tool(program, crash.Place(tmp_path, url), AUTORESUME_STORE=None)
    assert "autoresume: resuming" in outcome.stderr
    assert killed.stdout + outcome.stdout == crash.run_plain(program, tmp_path).stdout


def test_a_log_of_everything_and_forked_children(url, tmp_path):
    """Threads of the store that write to a log are known to `threading`, and no obstacle."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
            import logging, os, sys
            logging.basicConfig(level=logging.DEBUG, filename=os.devnull)
            state = bytearray(os.urandom(1)) * 3_000_000
            total = 0
            for step in range(5):  # checkpoint
                total += step
                if os.fork() == 0:
                    sys.exit()
                os.wait()
                print(step, total, flush=True)
        """)
    )
    place = place_of(url, tmp_path)
    plain = crash.run_plain(program, place.cwd)
    outcomes = crash.run_chain(program, [1, 2], place)
    assert len(outcomes) == 3
    crash.compare(plain, outcomes, url)
    assert "Dummy" not in outcomes[-1].stderr


ROUNDS = """
import autoresume, sys, time
total = 0
def init(): print("init")
def one(n):
    global total
    total += n
    print(n, total)
    if n == 3 and len(sys.argv) > 1: raise SystemExit(3)
first, count = autoresume.start_or_resume(6, init)
sys.argv[1:] = []
autoresume.run_rounds(first, count, one)
time.sleep({wait})
"""


def test_rounds(url, tmp_path, s3_port):
    """They finish when the interpreter is about to end, on a connection that is new by then."""
    program = tmp_path / "program.py"
    program.write_text(ROUNDS.format(wait=0).replace("len(sys.argv) > 1", "first == 0"))
    env = {"AUTORESUME_STORE": url, "AWS_ENDPOINT_URL": f"http://localhost:{s3_port}"}
    command = [crash.interpreter(), str(program)]
    first = crash.run(command, tmp_path, crash.environment(**env))
    assert first.status == 3, first.stderr
    second = crash.run(command, tmp_path, crash.environment(**env))
    assert second.stdout == b"3 6\n4 10\n5 15\n", second.stderr
    (run,) = {path.split("/")[-2] for path in opened(url)[0].find(opened(url)[1])} - {"packs"}
    assert RunStore(url, run).finished


@every(["memory", "s3"])
def test_resumable(url, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
            import sys
            import autoresume

            failing = True

            @autoresume.resumable(store=sys.argv[1], every=1)
            def total(n):
                found = 0
                for i in range(n):  # checkpoint
                    if i == 3 and failing:
                        raise ValueError
                    found += i
                    print(i)
                return found

            try:
                total(6)
            except ValueError:
                failing = False
            print(total(6))
        """)
    )
    outcome = crash.run([crash.interpreter(), str(program), url], tmp_path)
    assert outcome.stdout.split() == [b"0", b"1", b"2", b"3", b"4", b"5", b"15"], outcome.stderr
    if not url.startswith("memory"):
        assert opened(url)[0].find(opened(url)[1]) == []


# --- what is missing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "module, url, told",
    [
        ("fsspec", "s3://b/runs", "it needs the package fsspec: pip install 'autoresume[remote]'"),
        ("s3fs", "s3://b/runs", "pip install s3fs"),
        ("gcsfs", "gs://b/runs", "pip install gcsfs"),
        ("paramiko", "sftp://user:hush@machine/runs", "pip install paramiko"),
        ("nothing", "nonsense://b/runs", "Protocol not known: nonsense"),
        ("nothing", "simplecache::s3://b/runs", "cannot lie behind"),
    ],
)
def test_packages_that_are_missing(module, url, told, program, tmp_path):
    code = f"import sys; sys.modules[{module!r}] = None; from autoresume.cli import main; main()"
    command = [crash.interpreter(), "-c", code, "--store", url, str(program)]
    outcome = crash.run(command, tmp_path)
    assert outcome.status == 2 and outcome.stdout == b""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("autoresume: ") and told in line and "hush" not in line


def test_a_store_on_this_machine_needs_none_of_it(program, tmp_path):
    program.write_text(
        "import sys\nfor i in range(2):  # checkpoint\n"
        "    print([m for m in ('fsspec', 'asyncio', 'inspect') if m in sys.modules])\n"
    )
    outcome = crash.run_tool(program, crash.Place(tmp_path, tmp_path / "store"), "--every", "1")
    assert b"fsspec" not in outcome.stdout and b"asyncio" not in outcome.stdout, outcome.stdout
