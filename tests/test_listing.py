"""ls, show and verify: what they tell, and that they do nothing else."""

import json
import os
import pickle
import re
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xxhash
from crash import HERE, KILLED, Place, environment, interpreter, run_tool, started, tool_command

from autoresume.store import RunStore

COUNT = """
import sys, time
import numpy
field = numpy.random.default_rng(0).random((300, 300))
for step in range(int(sys.argv[1])):  # checkpoint
    field[step] = 0
    print(step, flush=True)
    if step == 4 and sys.argv[2:]:
        time.sleep(60)
"""


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def command(cwd, *words):
    """What a command says, and its status."""
    done = subprocess.run(
        [interpreter(), "-m", "autoresume", *map(str, words)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout, done.stderr, done.returncode


def below(folder):
    """All files, what is in them, and when they were touched."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def bombs(tmp_path, **options):
    """A store with three snapshots of one run, each of which would go off."""
    store = RunStore(tmp_path / "store", "run", **options)
    for n in range(3):
        data = pickle.dumps(Bomb(tmp_path / "boom"))
        meta = {"place": f"a.py:{n} in f", "python": [3, 12], "version": "0.9", "program": "a.py"}
        field = np.random.default_rng(0).integers(0, 9, 100_000)
        field[: n * 20_000] = n
        store.save({**meta, "missing": ["f.x: socket"] * (n == 2)}, data, [field])
    store.unlock()
    return store


def snapshots(store):
    return sorted(store.folder.glob("*.snapshot"))


def test_runs(tmp_path):
    place, program = Place.under(tmp_path), tmp_path / "count.py"
    program.write_text(COUNT)
    assert run_tool(program, place, args=["2"]).status == 0
    killed = run_tool(program, place, "--every", "1", "--crash-after", "3", args=["9"])
    assert killed.status == KILLED
    going = [*tool_command(place, "--every", "1"), str(program), "9", "slowly"]
    with started(going, place.cwd) as child:
        assert [child.stdout.readline() for _ in range(5)]
        program.unlink()  # it is not needed
        before = below(place.store)
        stdout, stderr, status = command(place.cwd, "ls", "--store", place.store)
        assert (stderr, status) == ("", 0)
        assert below(place.store) == before
    lines = stdout.splitlines()
    assert lines[0].split() == ["RUN", "PROGRAM", "LAST", "SAVED", "STATE", "ON", "DISK"]
    by_state = {re.split(r"  +", line)[-1].split(":")[0]: line for line in lines[1:]}
    assert by_state.keys() == {"finished", "waits to be resumed", "in progress"}
    host = os.uname().nodename
    assert f"in progress: process {child.pid} on {host} since 20" in by_state["in progress"]
    waits = re.split(r"  +", by_state["waits to be resumed"])
    assert waits[1:3] == [str(program), "3"] and waits[4].endswith("KiB")
    assert all(line.startswith("count.py-") for line in lines[1:])
    # It was killed meanwhile.
    assert "in progress" not in command(place.cwd, "ls", "--store", place.store)[0]


def test_snapshots_of_a_run(tmp_path):
    store = bombs(tmp_path)
    stdout, stderr, status = command(tmp_path, "show", "ru", "--store", "store")
    assert (stderr, status) == ("", 0)
    first, head, *rows = stdout.splitlines()
    assert re.fullmatch(r"run: waits to be resumed, \S+ [KM]iB on disk", first)
    cells = [re.split(r"  +", row.strip()) for row in rows]
    assert [row[0] for row in cells] == ["1", "2", "3"]
    assert [row[2] for row in cells] == [f"a.py:{n} in f" for n in range(3)]
    assert [row[5:8] for row in cells] == [["3.12", "0.9", "2"]] * 3
    assert cells[2][8:] == ["without f.x: socket"]
    sizes = [row[3] for row in cells]
    assert sizes == ["781.4 KiB"] * 3
    assert cells[0][4] == "781.4 KiB" and cells[1][4] != cells[0][4]
    assert not (tmp_path / "boom").exists()
    assert store.peek()


def test_verify(tmp_path):
    store = bombs(tmp_path)
    before = below(store.folder.parent)
    whole = "".join(f"run/{path.name}: intact\n" for path in snapshots(store))
    for words in (["verify"], ["verify", "run"]):
        stdout, stderr, status = command(tmp_path, *words, "--store", "store")
        assert (stdout, stderr, status) == (f"{whole}3 snapshots, none damaged\n", "", 0)
    assert below(store.folder.parent) == before
    assert not (tmp_path / "boom").exists()


def test_verify_finds_every_flipped_byte_of_a_pack_and_a_manifest(tmp_path):
    store = RunStore(tmp_path / "store", "run")
    store.save({}, b"data", [np.random.default_rng(0).bytes(200_000), b"x" * 5000])
    store.unlock()
    (pack,) = (tmp_path / "store" / "packs").iterdir()
    for path in (pack, *snapshots(store)):
        content = path.read_bytes()
        for place in (0, 21, len(content) // 3, len(content) // 2):
            path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
            stdout, stderr, status = command(tmp_path, "verify", "--store", "store")
            assert (stderr, status) == ("", 1) and ": DAMAGED: " in stdout, (path, place)
            assert stdout.endswith("1 snapshots, 1 damaged\n")
        path.write_bytes(content)
    pack.unlink()
    stdout, _, status = command(tmp_path, "verify", "--store", "store")
    assert status == 1 and "DAMAGED: a pack of it is not there" in stdout


def test_old_snapshots(tmp_path):
    old = next((HERE / "data" / "snapshots" / "1").glob("*/py3.11/**/*.snapshot"))
    shutil.copytree(old.parent, tmp_path / "store" / old.parent.name)
    stdout, _, status = command(tmp_path, "show", old.parent.name, "--store", "store")
    assert status == 0
    assert re.split(r"  +", stdout.splitlines()[-1].strip())[-3:-1] == ["3.11", "0.1.0"]
    assert stdout.splitlines()[-1].endswith(" 1")
    assert command(tmp_path, "verify", "--store", "store")[2] == 0
    path = tmp_path / "store" / old.parent.name / old.name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert command(tmp_path, "verify", "--store", "store")[2] == 1


def test_signed_snapshots(tmp_path):
    key = tmp_path / "key"
    key.write_bytes(os.urandom(16))
    key.chmod(0o600)
    bombs(tmp_path, sign_key=key)
    assert " 3  " in command(tmp_path, "ls", "--store", "store")[0]
    assert command(tmp_path, "show", "run", "--store", "store")[0].count("signed") == 3
    stdout, _, status = command(tmp_path, "verify", "--store", "store")
    assert status == 1
    assert "it is signed, and can only be verified with --sign-key" in stdout
    assert command(tmp_path, "verify", "--store", "store", "--sign-key", key)[2] == 0
    bombs(tmp_path / "unsigned")
    stdout, _, status = command(tmp_path, "verify", "--store", "unsigned/store", "--sign-key", key)
    assert status == 1 and stdout.count("DAMAGED: it is not signed with this key") == 3


def forge(path, change):
    """Change the header of a snapshot; its checksum is right."""
    whole = path.read_bytes()
    length = struct.unpack_from("<Q", whole, 12)[0]
    header = json.loads(whole[36 : 36 + length])
    change(header)
    text = json.dumps(header).encode()
    prefix = whole[:12] + struct.pack("<Q", len(text))
    path.write_bytes(prefix + xxhash.xxh3_128_digest(prefix + text) + text + whole[36 + length :])


@pytest.mark.parametrize(
    "change, is_damaged",
    [
        (lambda header: header.clear(), True),
        (lambda header: header.update(meta=[]), True),
        (lambda header: header.update(sections="many"), True),
        (lambda header: header.update(chunks=-1), True),
        (lambda header: header.update(time="noon"), True),
        (lambda header: header.update(packs=["../../key"] * len(header["packs"])), True),
        (lambda header: header.update(time=1e300), False),
        (lambda header: header["meta"].update(place="\x1b[2J\nNUMBER", python=["\x07"]), False),
    ],
)
def test_headers_that_were_made_to_be_a_nuisance(tmp_path, change, is_damaged):
    store = bombs(tmp_path)
    forge(snapshots(store)[-1], change)
    stdout, stderr, status = command(tmp_path, "show", "run", "--store", "store")
    assert (stderr, status) == ("", 0)
    assert len(stdout.splitlines()) == 5 and "\x1b" not in stdout and "\x07" not in stdout
    assert ("damaged: " in stdout) == is_damaged, stdout
    stdout, stderr, status = command(tmp_path, "ls", "--store", "store")
    assert (len(stdout.splitlines()), stderr, status) == (2, "", 0)
    assert command(tmp_path, "verify", "--store", "store")[1] == ""


def test_what_has_no_runs(tmp_path):
    assert command(tmp_path, "ls")[1:] == (
        f"autoresume: error: there is no store in {tmp_path}/.autoresume\n",
        2,
    )
    (tmp_path / ".autoresume" / "other").mkdir(parents=True)
    assert command(tmp_path, "ls") == ("", "autoresume: no runs\n", 0)
    assert command(tmp_path, "verify") == ("0 snapshots, none damaged\n", "", 0)
    error = command(tmp_path, "show", "other")[1]
    assert error == "autoresume: error: no run is called other: autoresume ls lists them\n"


def test_a_store_of_all(tmp_path):
    """It can be looked at, though it would not be used."""
    bombs(tmp_path)
    (tmp_path / "store").chmod(0o777)
    assert command(tmp_path, "verify", "--store", "store")[2] == 0


def test_a_script_that_is_called_like_a_command(tmp_path):
    (tmp_path / "ls").write_text("print('the script')")
    assert command(tmp_path, "ls")[0] == "the script\n"
    (tmp_path / "bin").mkdir()
    assert command(tmp_path / "bin", "../ls")[0] == "the script\n"


def test_a_reader_that_has_seen_enough(tmp_path):
    bombs(tmp_path)
    words = [interpreter(), "-m", "autoresume", "verify", "--store", "store"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen(words, cwd=tmp_path, env=environment(), **pipes)
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait() in (0, -signal.SIGPIPE)
