"""Stores are private, or signed: nobody else's code is run by loading a snapshot."""

import hashlib
import hmac
import json
import os
import pickle
import shutil
import stat
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
import xxhash
from crash import KILLED, Place, environment, run, run_tool, tool_command

from autoresume.errors import StoreError, UsageError
from autoresume.store import RunStore, local
from autoresume.store.privacy import check_folder, check_owner

IS_ROOT = os.geteuid() == 0
STRANGER = 12345
"""A user id that is not ours."""


def open_store(tmp_path, name="run", **options):
    return RunStore(tmp_path / "store", name, **options)


def filled(tmp_path, **options):
    """A store with two snapshots, which have a pack."""
    store = open_store(tmp_path, **options)
    for n in range(2):
        store.save({"n": n}, b"data %d" % n, [np.random.default_rng(n).bytes(300_000)])
    return store


def snapshots(store):
    return sorted(store.folder.glob("*.snapshot"))


def loaded(store, **options):
    """The meta of what loads, None where nothing does, and the warnings."""
    warnings = []
    try:
        return store.load(warnings.append, **options).meta, warnings
    except StoreError as error:
        assert "is intact" in str(error)
        return None, warnings


# Private folders.


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_everything_is_private(tmp_path, mask, monkeypatch):
    root = tmp_path / "above" / "all"
    modes = {}
    link, replace = os.link, os.replace

    def look(real):
        def looking(source, *arguments, **options):
            modes[f"temporary {source}"] = stat.S_IMODE(os.stat(source).st_mode)
            return real(source, *arguments, **options)

        return looking

    monkeypatch.setattr(os, "link", look(link))
    monkeypatch.setattr(os, "replace", look(replace))
    before = os.umask(mask)
    try:
        store = filled(root)
        store.finish()
        store.restart()
        store.save({}, b"secret", [os.urandom(300_000)])
    finally:
        os.umask(before)
    paths = [root.parent, *root.parent.rglob("*")]
    modes |= {str(path): stat.S_IMODE(path.stat().st_mode) for path in paths}
    assert {"lock", "lease-0001", "packs", "0002-00000001.snapshot"} <= {p.name for p in paths}
    assert any(name.startswith("temporary") and ".snapshot" in name for name in modes)
    assert any(name.startswith("temporary") and ".finished" in name for name in modes)
    for path, mode in modes.items():
        assert mode == (0o700 if os.path.isdir(path) else 0o600), path


@pytest.mark.parametrize("folder", ["store", "store/run", "store/packs"])
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_a_folder_that_others_can_write_to(tmp_path, folder, mode):
    filled(tmp_path).unlock()
    path = tmp_path / folder
    path.chmod(mode)
    with pytest.raises(StoreError) as error:
        open_store(tmp_path)
    text = str(error.value)
    assert text.startswith(f"{path} can be written by others (mode {mode:04o})"), text
    assert all(remedy in text for remedy in ("chmod go-w", "--store", "--sign-key"))
    assert "\n" not in text
    path.chmod(0o755)
    assert loaded(open_store(tmp_path)) == ({"n": 1}, [])


def give_away(path, monkeypatch):
    """Have something belong to somebody else; only root can do so in truth."""
    if IS_ROOT:
        os.chown(path, STRANGER, -1, follow_symlinks=False)
        return STRANGER
    monkeypatch.setattr(os, "geteuid", lambda uid=os.geteuid(): uid + 1)
    return os.getuid()


@pytest.mark.parametrize("folder", ["store", "store/run", "store/packs"])
def test_a_folder_of_somebody_else(tmp_path, folder, monkeypatch):
    filled(tmp_path).unlock()
    owner = give_away(tmp_path / folder, monkeypatch)
    with pytest.raises(StoreError, match=rf"belongs to another user \(uid {owner}\).*chown"):
        open_store(tmp_path)


def test_links(tmp_path, monkeypatch):
    filled(tmp_path).unlock()
    (tmp_path / "store" / "packs").rename(tmp_path / "elsewhere")
    link = tmp_path / "store" / "packs"
    link.symlink_to(tmp_path / "elsewhere")
    assert loaded(open_store(tmp_path)) == ({"n": 1}, [])
    owner = give_away(link, monkeypatch)
    with pytest.raises(StoreError, match=rf"packs is a link of another user \(uid {owner}\)"):
        check_folder(link)


def test_files_that_somebody_has_left_in_a_folder_that_was_open(tmp_path, monkeypatch):
    store = filled(tmp_path)
    newest = snapshots(store)[-1]
    owner = give_away(newest, monkeypatch)
    reason = f"it belongs to another user (uid {owner})"
    with newest.open() as file, pytest.raises(PermissionError) as error:
        check_owner(file.fileno())
    assert error.value.strerror == reason
    if IS_ROOT:
        assert loaded(store) == ({"n": 0}, [f"skipping the damaged snapshot {newest}: {reason}"])
        # A pack without which no snapshot is whole.
        for pack in (tmp_path / "store" / "packs").iterdir():
            give_away(pack, monkeypatch)
        assert loaded(store)[0] is None


def as_another_user(work):
    """What `work` says in a process of another user, where there can be one."""
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            if IS_ROOT:
                os.setgroups([])
                os.setgid(STRANGER)
                os.setuid(STRANGER)
            else:
                os.geteuid = lambda uid=os.geteuid(): uid + 1
            os.write(write, str(work()).encode())
        except BaseException as error:
            os.write(write, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(write)
    os.wait()
    with open(read) as file:
        return file.read()


@pytest.mark.filterwarnings("ignore:This process")
def test_another_user_does_not_load_what_we_have_saved(monkeypatch):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        filled(folder).unlock()
        (folder / "store").chmod(0o755)
        said = as_another_user(lambda: open_store(folder).load(print))
    assert said.startswith(f"StoreError: {folder}/store belongs to another user"), said


# Signatures.


@pytest.fixture
def key(tmp_path):
    return made_key(tmp_path / "key")


def made_key(path):
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    return path


def test_signed_snapshots_come_back_from_a_folder_of_all(tmp_path, key):
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(0o777)
    filled(tmp_path, sign_key=key).unlock()
    again = open_store(tmp_path, sign_key=key)
    snapshot = again.load(pytest.fail, on_damage=pytest.fail)
    assert (snapshot.meta, bytes(snapshot.data)) == ({"n": 1}, b"data 1")
    assert bytes(snapshot.buffers[0]) == np.random.default_rng(1).bytes(300_000)
    assert again.save({"n": 2}, b"data 2", []) == 3
    again.finish()
    assert again.finished


def test_a_signature_can_be_checked_without_this_package(tmp_path, key):
    """As docs/format.md says it."""
    store = filled(tmp_path, sign_key=key)
    whole = snapshots(store)[0].read_bytes()
    derived = {p: hmac.digest(key.read_bytes(), p, "sha256") for p in (MANIFESTS, CHUNKS)}
    message = b"run/0001-00000001.snapshot\0" + whole[:-32]
    assert hmac.digest(derived[MANIFESTS], message, "sha256") == whole[-32:]
    length = struct.unpack_from("<Q", whole, 12)[0]
    header = json.loads(whole[36 : 36 + length])
    assert (header["hash"], header["signed"]) == ("blake2b_128_keyed", 32)
    digest = whole[36 + length + 8 * header["sections"] :][:16]
    first = np.random.default_rng(0).bytes(300_000)[: 1 << 17]
    assert hashlib.blake2b(first, digest_size=16, key=derived[CHUNKS]).digest() == digest


MANIFESTS, CHUNKS = b"autoresume manifests", b"autoresume chunks"


def test_without_the_key_a_signed_store_is_refused_in_a_line(tmp_path, key):
    store = filled(tmp_path, sign_key=key)
    store.unlock()
    for read in (lambda: open_store(tmp_path).load(pytest.fail), open_store(tmp_path).peek):
        with pytest.raises(StoreError) as error:
            read()
        assert f"the snapshots in {store.folder} are signed: name the file" in str(error.value)
        assert "\n" not in str(error.value)


def test_another_key(tmp_path, key):
    filled(tmp_path, sign_key=key).unlock()
    other = open_store(tmp_path, sign_key=made_key(tmp_path / "other"))
    meta, warnings = loaded(other)
    assert meta is None and other.peek() is None
    assert len(warnings) == 2
    assert all("it is not signed with this key, or was changed" in line for line in warnings)


def test_no_byte_can_be_changed(tmp_path, key):
    store = filled(tmp_path, sign_key=key)
    newest = snapshots(store)[-1]
    whole = newest.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        newest.write_bytes(changed)
        assert loaded(store)[0] == {"n": 0}, place
    for changed in (whole[:-1], whole[:10], b"", whole + b"\0", whole[:-32]):
        newest.write_bytes(changed)
        assert loaded(store)[0] == {"n": 0}
    newest.write_bytes(whole)
    assert loaded(store) == ({"n": 1}, [])


def forged(whole, change):
    """A snapshot's file with another header, for which all checksums are right."""
    length = struct.unpack_from("<Q", whole, 12)[0]
    header = json.loads(whole[36 : 36 + length])
    change(header)
    text = json.dumps(header).encode()
    prefix = whole[:12] + struct.pack("<Q", len(text))
    return prefix + xxhash.xxh3_128_digest(prefix + text) + text + whole[36 + length :]


def test_correct_checksums_do_not_help(tmp_path, key):
    store = filled(tmp_path, sign_key=key)
    newest = snapshots(store)[-1]
    whole = newest.read_bytes()
    assert forged(whole, lambda header: None) == whole
    newest.write_bytes(forged(whole, lambda header: header["meta"].update(n=7)))
    assert loaded(store)[0] == {"n": 0}
    unsigned = forged(whole, lambda header: header.update(signed=0))[:-32]
    newest.write_bytes(unsigned)
    assert loaded(store)[0] == {"n": 0}
    # Nor does it without the key: the chunks are named by a hash that needs it.
    newest.write_bytes(unsigned)
    store.unlock()
    with pytest.raises(StoreError, match="are signed"):
        open_store(tmp_path).load([].append)


def test_manifests_cannot_be_moved(tmp_path, key):
    filled(tmp_path, sign_key=key).unlock()
    store = open_store(tmp_path, sign_key=key)
    first, second = snapshots(store)
    shutil.copy(first, second.with_name("0001-00000003.snapshot"))
    meta, (warning,) = loaded(store)
    assert meta == {"n": 1} and "0001-00000003.snapshot: it is not signed" in warning
    shutil.copy(first, second.with_name("0002-00000001.snapshot"))
    assert loaded(store)[0] is None
    other = open_store(tmp_path, "other", sign_key=key)
    shutil.copy(second, other.folder / second.name)
    meta, (warning,) = loaded(other)
    assert meta is None and "not signed with this key" in warning


def test_unsigned_snapshots_are_not_loaded(tmp_path, key):
    filled(tmp_path).unlock()
    store = open_store(tmp_path, sign_key=key)
    assert loaded(store)[0] is None
    assert store.peek() is None


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_pack_that_looks_untouched_is_read_all_the_same(tmp_path, key, is_signed, monkeypatch):
    """Nothing is put off: the marks of files are no proof against somebody who can write there."""
    monkeypatch.setattr(local, "_mark", lambda descriptor: [1, 2, 3, 4])
    store = filled(tmp_path, sign_key=key if is_signed else None)
    packs = sorted((tmp_path / "store" / "packs").iterdir(), key=lambda path: path.stat().st_mtime)
    content = bytearray(packs[-1].read_bytes())
    content[1000] ^= 1
    packs[-1].write_bytes(content)
    told = []
    meta, warnings = loaded(store, on_damage=told.append)
    if is_signed:
        assert meta == {"n": 0} and len(warnings) == 1 and not told
        return
    assert (meta, warnings) == ({"n": 1}, [])
    with pytest.raises(StoreError, match="came from a damaged snapshot"):
        store.save({}, b"", [])
    assert len(told) == 1


def test_runs_with_and_without_a_key_in_one_store(tmp_path, key):
    """They do not share chunks, and do not remove each other's."""
    plain = filled(tmp_path)
    signed = open_store(tmp_path, "signed", sign_key=key)
    signed.save({"n": 1}, b"data", [np.random.default_rng(1).bytes(2_000_000)])
    again = open_store(tmp_path, "again")
    again.save({"n": 1}, b"data", [np.random.default_rng(1).bytes(2_000_000)])
    for store in (signed, again):
        store.delete()
        packs = os.listdir(tmp_path / "store" / "packs")
        assert loaded(plain) == ({"n": 1}, [])
    signed = open_store(tmp_path, "signed", sign_key=key)
    signed.save({"n": 3}, b"data", [np.random.default_rng(3).bytes(2_000_000)])
    plain.delete()
    assert loaded(signed) == ({"n": 3}, [])
    assert len(os.listdir(tmp_path / "store" / "packs")) == 1


@pytest.mark.parametrize(
    "content, mode, reason",
    [
        (b"x" * 15, 0o600, "has 15 bytes and needs 16: make one with .*/dev/urandom"),
        (b"x" * 16, 0o640, r"is open to others \(mode 0640\): chmod 600"),
        (b"x" * 16, 0o602, r"is open to others \(mode 0602\): chmod 600"),
        (None, 0, "cannot read the key .*: No such file or directory"),
    ],
)
def test_keys_that_cannot_be_used(tmp_path, content, mode, reason):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(UsageError, match=reason):
        open_store(tmp_path, sign_key=path)


# Runs.

COUNT = """
for step in range(6):  # checkpoint
    print(step)
"""

CALL = """
import autoresume, os, signal, sys
from pathlib import Path

@autoresume.resumable(every=1)
def count(stop):
    for step in range(6):  # checkpoint
        print(step, flush=True)
        if step == 3 and not Path("again").exists():
            Path("again").touch()
            os.kill(os.getpid(), signal.SIGKILL)

count(0)
"""


class Bomb:
    """Goes off when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_signed_run(tmp_path, key):
    place, program = Place.under(tmp_path), tmp_path / "count.py"
    program.write_text(COUNT)
    options = ("--every", "1", "--sign-key", str(key))
    assert run_tool(program, place, *options, "--crash-after", "3").status == KILLED
    refused = run_tool(program, place, "--every", "1")
    assert (refused.status, refused.stderr.count("\n")) == (2, 1)
    assert "are signed: name the file that holds the key with --sign-key" in refused.stderr
    # Somebody puts a snapshot there that is intact but for the signature.
    (folder,) = place.store.glob("count.py-*")
    attacker = RunStore(tmp_path / "attack", folder.name)
    attacker.save({"seed": 0}, pickle.dumps(Bomb(tmp_path / "boom")), [])
    planted = folder / "0002-00000009.snapshot"
    shutil.copy(snapshots(attacker)[0], planted)
    outcome = run_tool(program, place, "--every", "1", AUTORESUME_SIGN_KEY=str(key))
    assert (outcome.status, outcome.stdout) == (0, b"2\n3\n4\n5\n"), outcome.stderr
    assert f"skipping the damaged snapshot {planted}: it is not signed" in outcome.stderr
    assert not (tmp_path / "boom").exists()


def test_a_signed_call(tmp_path, key):
    place, program = Place.under(tmp_path), tmp_path / "call.py"
    program.write_text(CALL)
    command = [tool_command(place)[0], str(program)]
    env = environment(AUTORESUME_SIGN_KEY=str(key), AUTORESUME_STORE=str(place.store))
    assert run(command, place.cwd, env).status == KILLED
    (manifest, *_) = place.store.glob("*/*.snapshot")
    assert b'"signed": 32' in manifest.read_bytes()
    outcome = run(command, place.cwd, env)
    assert (outcome.status, outcome.stdout) == (0, b"3\n4\n5\n"), outcome.stderr
