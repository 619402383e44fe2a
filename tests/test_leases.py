"""Leases: one process has a run, on whichever machine, and a dead one does not keep it.

Another machine is a process that says it runs on one, and gets no locks of the folder.
"""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import contextmanager

import pytest
from crash import Place, run_tool, started, tool_command

from autoresume.errors import StoreError
from autoresume.store import RunStore, leases, locks
from autoresume.store.local import LocalPlace

SECONDS = 1.0
"""The time of the leases here."""

START = """
    import dataclasses, errno, fcntl, os, signal, sys, threading, time
    from pathlib import Path
    from autoresume.errors import AutoresumeError
    from autoresume.store import RunStore, leases

    host = sys.argv[2]
    leases.Lease.seconds = float(sys.argv[3])
    if host:
        def no_locks(*arguments):
            raise OSError(errno.ENOLCK, "No locks available")
        fcntl.lockf = no_locks
    if host.startswith("other"):
        here = leases.this_process
        leases.this_process = lambda: here()._replace(host=host, boot=host)
    store = RunStore(Path(sys.argv[1]) / "store", "run")
    def say(word):
        print(word, flush=True)
    def attempt(work):
        try:
            return work()
        except AutoresumeError as error:
            say(f"{type(error).__name__}: {error}")
    def save(text):
        if attempt(lambda: store.save({}, text, [])):
            say("saved")
"""
HOLD = """
    save(b"held")
    for line in sys.stdin:
        save(line.encode())
"""
TAKE = """
    start = time.monotonic()
    store.lock()
    waited = time.monotonic() - start
    store.save({}, b"taken", [])
    say(f"took it: {waited}")
"""


def command(tmp_path, code, host="", seconds=SECONDS):
    code = textwrap.dedent(START) + textwrap.dedent(code)
    return [sys.executable, "-c", code, str(tmp_path), host, str(seconds)]


def process(tmp_path, code, host="", seconds=SECONDS):
    return subprocess.run(
        command(tmp_path, code, host, seconds), capture_output=True, text=True, timeout=60
    )


@contextmanager
def living(tmp_path, code, host="", seconds=SECONDS):
    """A process with pipes, killed at the end."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen(command(tmp_path, code, host, seconds), text=True, **pipes)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@contextmanager
def holding(tmp_path, host, seconds=SECONDS):
    """A process that has the run, has saved a snapshot, and saves each line that it is sent."""
    with living(tmp_path, HOLD, host, seconds) as child:
        assert child.stdout.readline() == "saved\n", child.communicate()
        yield child


def told(child, line):
    """What a holder says to a line that it is to save."""
    child.stdin.write(f"{line}\n")
    child.stdin.flush()
    return child.stdout.readline()


def lease(tmp_path):
    """The path of the only lease, and what it says."""
    (path,) = (tmp_path / "store" / "run").glob("lease-*")
    return path, leases.decoded(path.read_bytes(), "run")


def edit(tmp_path, process=(), **changes):
    path, holder = lease(tmp_path)
    process = holder.process._replace(**dict(process))
    holder = holder._replace(process=process, **changes)
    path.write_bytes(holder.encoded("run"))


def leave(tmp_path):
    """Leave the lease of a process that was killed."""
    with holding(tmp_path, "here"):
        pass


def snapshots(tmp_path):
    return sorted(path.name for path in (tmp_path / "store" / "run").glob("*.snapshot"))


# Who may have it.


@pytest.mark.parametrize("is_reaped", [True, False], ids=["gone", "zombie"])
def test_a_dead_process_of_this_machine_is_followed_at_once(tmp_path, is_reaped):
    with holding(tmp_path, "here") as child:
        child.kill()
        if is_reaped:
            child.wait()
        else:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        done = process(tmp_path, TAKE, "here", 50.0)
    assert done.stdout.startswith("took it"), done.stderr
    assert done.stderr == ""


def test_a_number_that_was_given_out_again_is_another_process(tmp_path):
    leave(tmp_path)
    edit(tmp_path, {"pid": os.getpid()}, seconds=50.0)
    assert process(tmp_path, TAKE, "here").stderr == ""


def test_a_living_process_of_this_machine_is_named_at_once(tmp_path):
    with holding(tmp_path, "here", 50.0) as child:
        os.kill(child.pid, signal.SIGSTOP)
        done = process(tmp_path, TAKE, "here")
        (line,) = [line for line in done.stderr.splitlines() if "RunLocked" in line]
        assert f"run run is in progress: process {child.pid} on {os.uname().nodename}" in line
        assert "waiting" not in done.stderr


def test_a_living_process_of_another_machine_is_named_when_it_shows_itself(tmp_path):
    with holding(tmp_path, "other a") as child:
        done = process(tmp_path, TAKE, "other b")
        assert f"may be in progress: process {child.pid} on other a since" in done.stderr
        assert done.stderr.count("waiting 1 s") == 1
        assert f"RunLocked: run run is in progress: process {child.pid} on other a" in done.stderr
        assert told(child, "on") == "saved\n"


def test_a_dead_process_of_another_machine_is_followed_when_its_lease_has_run_out(tmp_path):
    with holding(tmp_path, "other a"):
        pass
    # The time of the lease is the one that its holder has given.
    done = process(tmp_path, TAKE, "other b", 50.0)
    assert float(done.stdout.removeprefix("took it: ")) >= SECONDS
    assert "waiting 1 s" in done.stderr


def test_who_wakes_up_after_its_lease_has_run_out_never_writes_again(tmp_path):
    with holding(tmp_path, "other a") as sleeper:
        os.kill(sleeper.pid, signal.SIGSTOP)
        with living(tmp_path, TAKE + "    sys.stdin.readline()", "other b") as heir:
            assert heir.stdout.readline().startswith("took it")
            before = snapshots(tmp_path)
            os.kill(sleeper.pid, signal.SIGCONT)
            refused = f"RunLocked: run run was taken over by process {heir.pid} on other b"
            assert told(sleeper, "late").startswith(refused)
            heir.communicate("")
        # The run is free again, but it is not what it was.
        assert told(sleeper, "later").startswith(refused)
        assert snapshots(tmp_path) == before
    assert bytes(RunStore(tmp_path / "store", "run").load(pytest.fail).data) == b"taken"


def test_who_follows_removes_what_another_was_writing(tmp_path):
    with holding(tmp_path, "other a"):
        pass
    late = """
        from autoresume.store import durable
        link = durable._link
        def late(temporary, path):
            durable._link = link
            say("about to")
            sys.stdin.readline()
            link(temporary, path)
        durable._link = late
    """
    with living(tmp_path, textwrap.dedent(late) + textwrap.dedent(TAKE), "other 1") as slow:
        assert slow.stdout.readline() == "about to\n"
        assert process(tmp_path, TAKE, "other 2").stdout.startswith("took it")
        _, error = slow.communicate("go on\n")
    assert "RunLocked" in error and "has just started on it" in error


def test_one_of_many_follows(tmp_path):
    with holding(tmp_path, "other a"):
        pass
    stay = TAKE + "    sys.stdin.readline()"
    with living(tmp_path, stay, "other 1") as a, living(tmp_path, stay, "other 2") as b:
        with living(tmp_path, stay, "other 3") as c:
            # Those who fail end; the pipe of the one that follows stays open.
            firsts = [child.stdout.readline() for child in (a, b, c)]
            errors = [child.communicate("")[1] for child in (a, b, c)]
    assert sum(first.startswith("took it") for first in firsts) == 1, errors
    assert sum("RunLocked" in error for error in errors) == 2, errors


def test_a_released_lease_is_free_at_once_and_its_number_is_not_used_again(tmp_path):
    first = process(tmp_path, "save(b'1'); store.unlock()", "other a", 50.0)
    assert first.stdout == "saved\n"
    path, content = lease(tmp_path)
    assert (path.name, content.released) == ("lease-0001", True)
    assert process(tmp_path, TAKE, "other b").stderr == ""
    assert lease(tmp_path)[0].name == "lease-0002"


def test_a_release_while_others_wait(tmp_path):
    with holding(tmp_path, "other a", 50.0) as holder:
        os.kill(holder.pid, signal.SIGSTOP)
        with living(tmp_path, TAKE, "other b") as heir:
            assert "waiting 50 s" in heir.stderr.readline()
            edit(tmp_path, released=True)
            assert heir.stdout.readline().startswith("took it")


@pytest.mark.parametrize("kind, is_told", [("ext4", False), ("nfs4", True)])
def test_a_machine_that_was_started_again(tmp_path, kind, is_told, monkeypatch, capfd):
    """The lock decides, where all processes have to ask this machine's kernel for it."""
    monkeypatch.setattr(locks, "file_system", lambda path: kind)
    with monkeypatch.context() as before:
        before.setattr(locks, "boot_id", lambda: "before")
        before.setattr(leases, "boot_id", lambda: "before")
        save_and_unlock(tmp_path)
    edit(tmp_path, released=False, seconds=0.1)
    save_and_unlock(tmp_path)
    assert ("waiting" in capfd.readouterr().err) == is_told


def save_and_unlock(tmp_path):
    store = RunStore(tmp_path / "store", "run")
    store.save({}, b"1", [])
    store.unlock()


def test_a_lease_that_cannot_be_read_runs_out_too(tmp_path, monkeypatch, capfd):
    leave(tmp_path)
    for damage in (
        lambda content: b"",
        lambda content: b"\xff" * 10,
        lambda content: content.replace(b"boot", b"bood"),
        lambda content: leases.decoded(content, "run").encoded("another run"),
    ):
        path = lease(tmp_path)[0]
        path.write_bytes(damage(path.read_bytes()))
        done = process(tmp_path, TAKE + "    os._exit(0)", "here", 0.2)
        assert done.stdout.startswith("took it"), done.stderr
        assert "another process, whose lease cannot be read; waiting 0 s" in done.stderr
    # Where everybody has to ask this kernel for the lock, nobody else can be there.
    monkeypatch.setattr(locks, "file_system", lambda path: "ext4")
    lease(tmp_path)[0].write_bytes(b"")
    save_and_unlock(tmp_path)
    assert capfd.readouterr().err == ""


def test_what_a_lease_says_does_not_reach_the_terminal_as_it_is(tmp_path):
    leave(tmp_path)
    edit(tmp_path, {"host": "a\x1b[2J\nb", "boot": "elsewhere"})
    done = process(tmp_path, TAKE, "here")
    assert r"on a\x1b[2J\nb since" in done.stderr and "\x1b" not in done.stderr


def test_killed_at_every_line_of_taking_keeping_and_giving_back(tmp_path):
    """Whoever comes next does not have to wait, and can have it."""
    code = """
        import warnings
        warnings.simplefilter("ignore")  # of forks beside threads
        def killed_after(lines):
            def trace(frame, event, argument):
                nonlocal lines
                lines -= event == "line"
                if lines == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return trace if frame.f_code.co_filename.endswith("leases.py") else None
            return trace
        def die_after(lines):
            if os.fork() == 0:
                sys.settrace(killed_after(lines))
                store.lock()
                store.lock()
                store.unlock()
                os._exit(0)
            return os.wait()[1] == signal.SIGKILL
        lines = 1
        while die_after(lines):
            store.lock()
            store.unlock()
            lines += 1
        say(lines)
    """
    done = process(tmp_path, code, "here", 50.0)
    assert int(done.stdout) > 100 and done.stderr == "", done.stderr


# How it is kept.


def test_the_thread_cannot_be_seen_and_gets_no_signals(tmp_path):
    code = """
        save(b"held")
        assert threading.enumerate() == [threading.main_thread()]
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        os.kill(os.getpid(), signal.SIGUSR1)
        say(signal.sigwait({signal.SIGUSR1}))
        time.sleep(0.3)
        sys.exit(3)
    """
    done = process(tmp_path, code, "other a", 0.1)
    assert (done.stdout, done.stderr, done.returncode) == ("saved\n10\n", "", 3)
    assert lease(tmp_path)[1].beat > 1


def test_a_forked_child_does_not_keep_it(tmp_path):
    code = """
        save(b"held")
        if os.fork() == 0:
            store.unlock()
            say(os.getpid())
            os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    """
    with living(tmp_path, code, "here", 0.3) as parent:
        assert parent.stdout.readline() == "saved\n"
        child = int(parent.stdout.readline())
        parent.wait()
        before = lease(tmp_path)[1]
        try:
            done = process(tmp_path, TAKE, "here", 50.0)
        finally:
            os.kill(child, signal.SIGKILL)
    assert (done.stdout[:7], done.stderr, before.released) == ("took it", "", False)
    assert lease(tmp_path)[0].name == "lease-0002"


def test_renewing_goes_on_when_the_store_works_again(tmp_path):
    code = """
        from autoresume.store.local import LocalPlace
        save(b"held")
        works, failed = LocalPlace.overwrite, []
        def full(*arguments):
            if len(failed) > 3:
                return works(*arguments)
            failed.append(1)
            raise OSError(errno.ENOSPC, "No space left on device")
        LocalPlace.overwrite = full
        path = store.folder / "lease-0001"
        before = path.read_bytes()
        while path.read_bytes() == before:
            time.sleep(0.01)
        say(len(failed))
        save(b"more")
    """
    done = process(tmp_path, code, "other a", 0.3)
    assert (done.stdout, done.stderr) == ("saved\n4\nsaved\n", "")


@pytest.mark.parametrize("damage", ["unlink()", "write_bytes(b'')", "write_bytes(b'[1]')"])
def test_a_damaged_lease_is_mended_by_its_holder(tmp_path, damage):
    code = f"""
        save(b"1")
        (store.folder / "lease-0001").{damage}
        save(b"2")
    """
    assert process(tmp_path, code, "other a", 50.0).stdout == "saved\nsaved\n"
    assert lease(tmp_path)[0].name == "lease-0001"
    assert lease(tmp_path)[1].process.host == "other a"


def test_a_store_that_vanishes(tmp_path):
    code = """
        import shutil
        save(b"1")
        shutil.rmtree(store.folder)
        time.sleep(0.2)
        save(b"2")
        assert not store.folder.exists()
        store.unlock()
    """
    done = process(tmp_path, code, "other a", 0.1)
    assert done.stdout.startswith("saved\nStoreError: "), done.stdout
    assert done.stderr == ""


def test_a_process_has_it_once(tmp_path):
    code = """
        store.lock()
        attempt(RunStore(Path(sys.argv[1]) / "store", "run").lock)
        from autoresume.store.local import LocalPlace
        place = LocalPlace(Path(sys.argv[1]) / "store")
        attempt(leases.Lease(place, "run").acquire)
    """
    lines = process(tmp_path, code, "here", 50.0).stdout.splitlines()
    assert len(lines) == 2
    assert all("RunLocked: run run is in progress: in this process" in line for line in lines)


# What else keeps two processes apart.


@pytest.mark.parametrize("refusal", [None, errno.EPERM], ids=["links", "no links"])
def test_files_are_created_once(tmp_path, refusal, monkeypatch):
    if refusal:
        monkeypatch.setattr(os, "link", lambda *_, **__: raise_(refusal))
    place = LocalPlace(tmp_path)
    place.create("one", [b"1", b"2"])
    with pytest.raises(FileExistsError):
        place.create("one", [b"3"])
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert (tmp_path / "one").read_bytes() == b"12"
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


def raise_(number):
    raise OSError(number, os.strerror(number))


def test_a_link_of_which_the_answer_was_lost(tmp_path, monkeypatch):
    link = os.link

    def twice(*arguments, **options):
        link(*arguments, **options)
        link(*arguments, **options)

    monkeypatch.setattr(os, "link", twice)
    LocalPlace(tmp_path).create("one", [b"1"])
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_snapshot_is_never_replaced(tmp_path, monkeypatch):
    store = RunStore(tmp_path / "store", "run")
    store.save({}, b"1", [])
    second = store.folder / "0001-00000002.snapshot"
    create = LocalPlace.create

    def late(place, name, pieces, **options):
        second.write_bytes(b"another process's")
        create(place, name, pieces, **options)

    with monkeypatch.context() as patch:
        patch.setattr(LocalPlace, "create", late)
        with pytest.raises(StoreError, match="File exists"):
            store.save({}, b"2", [])
    assert second.read_bytes() == b"another process's"
    assert store.save({}, b"3", []) == 3


# Runs.

WAITING = """
    import pathlib, sys, time
    for step in range(int(sys.argv[1])):  # checkpoint
        print(step, flush=True)
        while step == 1 and not pathlib.Path("go").exists():
            time.sleep(0.01)
"""


def script(tmp_path):
    path = tmp_path / "waiting.py"
    path.write_text(textwrap.dedent(WAITING))
    return path


def test_a_run_that_was_taken_over_ends(tmp_path):
    place, program = Place.under(tmp_path), script(tmp_path)
    command = [*tool_command(place, "--every", "1"), str(program), "9"]
    with started(command, place.cwd) as child:
        assert [child.stdout.readline() for _ in range(2)] == [b"0\n", b"1\n"]
        (run,) = place.store.glob("waiting.py-*")
        holder = leases.decoded((run / "lease-0001").read_bytes(), run.name)
        process = holder.process._replace(host="elsewhere", boot="another")
        another = holder._replace(process=process, token="another")
        (run / "lease-0002").write_bytes(another.encoded(run.name))
        (place.cwd / "go").touch()
        stdout, stderr = child.communicate()
    assert (stdout, child.returncode) == (b"", 2)
    error = stderr.decode().splitlines()[-1]
    assert f"error: run {run.name} was taken over by process" in error and "elsewhere" in error


def test_a_run_that_is_stopped_gives_its_lease_back(tmp_path):
    place = Place.under(tmp_path)
    command = [*tool_command(place, "--every", "1"), str(script(tmp_path)), "9"]
    with started(command, place.cwd) as child:
        assert [child.stdout.readline() for _ in range(2)] == [b"0\n", b"1\n"]
        child.send_signal(signal.SIGTERM)
        (place.cwd / "go").touch()
        assert child.wait() == 75
    (path,) = place.store.glob("waiting.py-*/lease-*")
    assert b'"released": true' in path.read_bytes()


@pytest.mark.parametrize("steps, status", [("1", 0), ("none", 1)])
def test_a_run_that_ends_gives_its_lease_back(tmp_path, steps, status):
    place = Place.under(tmp_path)
    assert run_tool(script(tmp_path), place, args=[steps]).status == status
    (path,) = place.store.glob("waiting.py-*/lease-*")
    assert b'"released": true' in path.read_bytes()
