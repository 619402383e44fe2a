"""What is compiled is kept beside the script, and only used as it was written."""

import os
import random
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import crash
import pytest

from autoresume import cache as caches
from autoresume import compiling
from autoresume.cache import Cache, digest_of
from autoresume.program import Program

MAIN = '''
import steps

class Model:
    """A model."""
    def __init__(self, size):
        self.size = size
    def run(self, count):
        total = self.size
        for i in range(count):  # checkpoint
            total += steps.work(i) + sum(steps.some(i))
            print(i, total)
        return total

try:
    print(Model(3).run(4), sorted({"a", "b", "c"}), steps.counted(5))
finally:
    print([steps.work(j) for j in range(2)])
'''
STEPS = """
import contextlib

def counted(n):
    seen, total = [], 0
    def note(k):
        nonlocal total
        total += k
        seen.append(k)
        return k
    with contextlib.nullcontext(n) as kept:
        return [kept, 2 * work(note(n)) + len(seen), total]

def work(n):
    total = n
    for k in range(2):  # checkpoint
        total += k
    return total

def some(n):
    yield from (2 * x for x in range(n))
"""
BOUNDARIES = 18


@pytest.fixture
def script(tmp_path):
    """A script and its module, in a folder of their own."""
    folder = tmp_path / "script"
    folder.mkdir()
    (folder / "main.py").write_text(MAIN)
    (folder / "steps.py").write_text(STEPS)
    return folder / "main.py"


def kept(script):
    """The file that its code is kept in by the Python that runs the children."""
    code = "import sys; from importlib.util import cache_from_source as f; print(f(sys.argv[1]))"
    command = [crash.interpreter(), "-c", code, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()).with_suffix(".autoresume")


def start(script, tmp_path, *options, **env):
    """Start the script in a place of its own."""
    env = {"PYTHONDONTWRITEBYTECODE": None, **env}
    return crash.run_tool(script, crash.Place.under(tmp_path), *options, **env)


def plainly(script, tmp_path):
    """What the script does without the tool."""
    env = crash.environment(PYTHONDONTWRITEBYTECODE="1")
    return crash.run([crash.interpreter(), str(script)], crash.Place.under(tmp_path).cwd, env)


def is_used(file, run):
    """Whether ``run`` leaves the file as it is: what is not used is written again."""
    before = file.stat().st_ino, file.stat().st_mtime_ns
    run()
    return before == (file.stat().st_ino, file.stat().st_mtime_ns)


def test_it_is_written_once_and_used(script, tmp_path):
    plain = plainly(script, tmp_path)
    file = kept(script)
    assert not file.exists()
    first = start(script, tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert first.stdout == plain.stdout
    outcomes = []
    assert is_used(file, lambda: outcomes.append(start(script, tmp_path)))
    assert [one.stdout for one in outcomes] == [plain.stdout]
    assert sorted(path.suffix for path in file.parent.iterdir()) == [".autoresume"]


@pytest.mark.parametrize(("before", "after"), [(None, None), ("1", None), (None, "1")])
def test_snapshots_do_not_depend_on_it(script, tmp_path, before, after):
    """Killed and resumed with what is kept (None), and without (the file is moved away)."""
    plain = plainly(script, tmp_path)
    # All places are known then; and it does not depend on the order of sets either.
    start(script, tmp_path, "--every=1", PYTHONHASHSEED="5")
    file = kept(script)
    content = file.read_bytes()
    for k in (1, 2, 3, 7, 13, BOUNDARIES):
        place = crash.Place.under(tmp_path)
        outcomes = []
        for without, options in ((before, ["--crash-after", str(k)]), (after, [])):
            file.unlink(missing_ok=True)
            if not without:
                file.write_bytes(content)
                file.chmod(0o600)
            options = ["--every", "1", *options]
            outcomes.append(
                crash.run_tool(script, place, *options, PYTHONDONTWRITEBYTECODE=without)
            )
        assert outcomes[0].status == crash.KILLED
        crash.compare(plain, outcomes, f"killed at {k}")


def test_a_resumed_process_writes_it_when_it_is_back(script, tmp_path):
    place = crash.Place.under(tmp_path)
    for without in ("1", None):
        outcome = crash.run_tool(
            script, place, "--every=1", "--crash-after=1", PYTHONDONTWRITEBYTECODE=without
        )
        assert outcome.status == crash.KILLED
        assert kept(script).exists() == (without is None)


def test_damage_is_found_wherever_it_is(script, tmp_path):
    plain = plainly(script, tmp_path)
    start(script, tmp_path)
    file = kept(script)
    content = file.read_bytes()
    known = Cache(str(script))
    known._path, key = tmp_path / "copy", content[:16]
    chosen = random.Random(1)
    places = {0, 15, 16, 31, 32, len(content) - 1, *chosen.sample(range(len(content)), 300)}
    for place in sorted(places):
        damaged = bytearray(content)
        damaged[place] ^= 1 << chosen.randrange(8)
        known._path.write_bytes(damaged)
        known._path.chmod(0o600)
        assert caches._read(known._path, key) == {}, f"byte {place}"
    for cut in (0, 1, 16, 31, 32, 33, len(content) - 1):
        known._path.write_bytes(content[:cut])
        assert caches._read(known._path, key) == {}, f"cut at {cut}"
    for damaged in (content[:-1], content[:40] + b"x" + content[41:], b"", b"something else"):
        file.write_bytes(damaged)
        outcomes = []
        assert not is_used(file, lambda: outcomes.append(start(script, tmp_path)))  # noqa: B023
        assert [one.stdout for one in outcomes] == [plain.stdout]
        assert is_used(file, lambda: start(script, tmp_path))


def test_what_others_may_have_written_is_not_used(script, tmp_path):
    start(script, tmp_path)
    file = kept(script)
    for mode in (0o620, 0o602):
        file.chmod(mode)
        assert not is_used(file, lambda: start(script, tmp_path))
        assert file.stat().st_mode & 0o777 == 0o600
    if os.geteuid() == 0:
        os.chown(file, 1, 1)
        assert not is_used(file, lambda: start(script, tmp_path))
        assert file.stat().st_uid == 0


def test_a_folder_that_cannot_be_written(script, tmp_path):
    plain = plainly(script, tmp_path)
    (script.parent / "__pycache__").write_text("no folder")
    for _ in range(2):
        outcome = start(script, tmp_path)
        assert (outcome.stdout, outcome.status) == (plain.stdout, 0)
        assert "__pycache__" not in outcome.stderr


def test_where_python_is_told_to_write_and_whether(script, tmp_path):
    start(script, tmp_path, PYTHONDONTWRITEBYTECODE="1")
    assert not (script.parent / "__pycache__").exists()
    start(script, tmp_path, PYTHONPYCACHEPREFIX=str(tmp_path / "elsewhere"))
    assert not (script.parent / "__pycache__").exists()
    assert list((tmp_path / "elsewhere").rglob("main.*.autoresume"))
    other = script.rename(script.with_suffix(""))
    plain = plainly(other, tmp_path)
    assert start(other, tmp_path).stdout == plain.stdout
    assert not (script.parent / "__pycache__").exists()


def test_two_processes_at_once(script, tmp_path):
    plain = plainly(script, tmp_path)
    for _ in range(3):
        commands = [crash.tool_command(crash.Place.under(tmp_path)) for _ in range(3)]
        env = crash.environment(PYTHONDONTWRITEBYTECODE=None)
        pipe = subprocess.PIPE
        children = [
            subprocess.Popen([*command, str(script)], env=env, stdout=pipe, stderr=pipe)
            for command in commands
        ]
        assert [child.communicate(timeout=60)[0] for child in children] == [plain.stdout] * 3
        file = kept(script)
        assert is_used(file, lambda: start(script, tmp_path))
        assert [path.name for path in file.parent.iterdir()] == [file.name]
        file.unlink()


@pytest.mark.parametrize("edited", ["main.py", "steps.py"])
def test_an_edited_source_is_compiled_again(script, tmp_path, edited):
    start(script, tmp_path)
    file = script.parent / edited
    about = file.stat()
    file.write_text(file.read_text().replace("2", "7"))
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))  # it goes by what is in it
    plain = plainly(script, tmp_path)
    for _ in range(2):
        assert start(script, tmp_path).stdout == plain.stdout


def test_a_mark_that_an_edit_adds_elsewhere_counts(script, tmp_path):
    """What a module is compiled to depends on the others: `first` can reach a boundary now."""
    script.write_text(
        "import steps\n\ndef first():\n    return [steps.work(2) + steps.work(1)]\n\n"
    )
    with script.open("a") as file:
        file.write("for i in range(2):  # checkpoint\n    print(first())\n")
    unmarked = STEPS.replace("  # checkpoint", "")
    (script.parent / "steps.py").write_text(unmarked)
    start(script, tmp_path)
    (script.parent / "steps.py").write_text(STEPS)
    plain = plainly(script, tmp_path)
    for k in range(1, 8):
        place = crash.Place.under(tmp_path)
        crash.compare(plain, crash.run_with_crash(script, k, place), f"killed at {k}")


def test_libraries_that_stand_between_are_kept_too(script, tmp_path):
    script.write_text(
        "import contextlib, steps\n\n@contextlib.contextmanager\ndef around():\n"
        "    yield steps.work(1)\n    print(steps.work(2))\n\nwith around() as value:\n"
        "    print(steps.work(value))\n"
    )
    plain = plainly(script, tmp_path)
    start(script, tmp_path)
    file = kept(script)
    assert b"contextlib (adopted)" in file.read_bytes()
    for k in range(1, 7):
        place = crash.Place.under(tmp_path)
        outcomes = []
        assert is_used(file, lambda: outcomes.extend(crash.run_with_crash(script, k, place)))  # noqa: B023
        crash.compare(plain, outcomes, f"killed at {k}")


def test_other_options_and_other_pythons(script, tmp_path):
    plain = plainly(script, tmp_path)
    start(script, tmp_path)
    file = kept(script)
    for options in (["--auto"], [], ["--include", "json"]):
        outcomes = []
        assert not is_used(file, lambda: outcomes.append(start(script, tmp_path, *options)))  # noqa: B023
        assert [one.stdout for one in outcomes] == [plain.stdout]
    assert not is_used(file, lambda: start(script, tmp_path, PYTHONWARNINGS="error"))


def test_what_is_kept_is_for_one_python_and_one_tool(tmp_path, monkeypatch):
    script = str(tmp_path / "main.py")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    program = Program(lambda _: False, tmp_path, cache=Cache(script))
    program.compile("__main__", script, STEPS.encode())
    program.cache.save()
    digest = digest_of(STEPS.encode())
    assert Path(cache_from_source(script)).with_suffix(".autoresume").exists()
    assert Cache(script).find("__main__", script, digest)
    assert not Cache(script).find("__main__", script, digest_of(b""))
    assert not Cache(script).find("__main__", "elsewhere", digest)
    assert not Cache(script, True).find("__main__", script, digest)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "3.99")
        assert not Cache(script).find("__main__", script, digest)
    monkeypatch.setattr(caches, "_tool", lambda: [("pipeline.py", 1, 2)])
    assert not Cache(script).find("__main__", script, digest)


def test_modules_are_followed_to_their_boundaries_once(tmp_path, monkeypatch):
    called = []
    find = compiling.find_reach
    monkeypatch.setattr(compiling, "find_reach", lambda facts: called.append(1) or find(facts))
    sources = {f"m{k}": f"import m{k + 1}\n{STEPS}" for k in range(5)}
    program = Program(lambda _: True, tmp_path)
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source)
    program.discover("m0", str(tmp_path / "m0.py"), sources["m0"].encode(), "")
    assert program.parsed.keys() == sources.keys()
    for name, source in sources.items():
        program.compile(name, str(tmp_path / f"{name}.py"), source.encode())
    assert len(called) == 1


def test_a_warning_of_pythons_is_given_each_time(script, tmp_path):
    script.write_text("for i in range(2):  # checkpoint\n    print(i is 1)\n")
    plain = plainly(script, tmp_path)
    assert "SyntaxWarning" in plain.stderr
    for _ in range(2):
        assert start(script, tmp_path).stderr.count("SyntaxWarning") == 1


def test_nothing_is_parsed_or_compiled_for_what_is_known(tmp_path, monkeypatch):
    def warm(parts):
        script = str(tmp_path / f"long{parts}.py")
        source = "".join(STEPS.replace("work", f"work{k}") for k in range(parts)).encode()
        cold = Program(lambda _: False, tmp_path, cache=Cache(script))
        cold.discover("__main__", script, source, None)
        cold.compile("__main__", script, source)
        cold.cache.save()
        program = Program(lambda _: False, tmp_path, cache=Cache(script))

        def body():
            program.discover("__main__", script, source, None)
            assert program.is_marked
            return program.compile("__main__", script, source)

        return program, body

    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    programs = [warm(5), warm(50)]
    compiled = []
    original = compile

    def noted(source, *args, **kwargs):
        compiled.append(source)
        return original(source, *args, **kwargs)

    monkeypatch.setattr("builtins.compile", noted)
    called = []
    for _, body in programs:
        called.append(0)
        sys.setprofile(lambda _, event, __: called.append(called.pop() + (event == "call")))
        try:
            module = body()
        finally:
            sys.setprofile(None)
        assert not compiled
    assert called[0] == called[1] <= 120, called
    # And of a function that somebody asks for, no more than it takes.
    code = module.codes["work7", 0, 1]
    assert module.function(code).digest
    texts = [text for text in compiled if isinstance(text, bytes)]
    assert texts and all(text.count(b"work") == 1 for text in texts)
