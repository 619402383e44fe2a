"""The command line."""

from pathlib import Path

import pytest

from autoresume.cli.options import Options, parse
from autoresume.errors import UsageError
from autoresume.transforms.every import Every


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    """Start without the variable that names the store."""
    monkeypatch.delenv("AUTORESUME_STORE", raising=False)


def test_only_a_script():
    assert parse(["a.py"]) == Options(
        script="a.py",
        module=None,
        args=(),
        store=Path.cwd() / ".autoresume",
        every=Every(),
        include=(),
        auto=False,
        fresh=False,
        crash_after=None,
    )


def test_everything():
    words = ["--store", "/s", "--every=7", "--include", "a.b", "--include=c", "--fresh"]
    found = parse([*words, "--crash-after", "3", "a.py"])
    assert (found.store, found.every) == (Path("/s"), Every(count=7))
    assert (found.include, found.fresh, found.crash_after) == (("a.b", "c"), True, 3)


@pytest.mark.parametrize("front", [[], ["--fresh"], ["--every", "3"], ["--store=-m"]])
@pytest.mark.parametrize(
    "args", [["--store", "x"], ["--", "--"], ["-m", "a"], ["--help"], ["", "-"], ["--every"]]
)
def test_what_follows_the_program_is_its_own(front, args):
    found = parse([*front, "a.py", *args])
    assert (found.script, found.module, found.args) == ("a.py", None, tuple(args))
    found = parse([*front, "-m", "a.b", *args])
    assert (found.script, found.module, found.args) == (None, "a.b", tuple(args))
    found = parse([*front, "-ma.b", *args])
    assert (found.script, found.module, found.args) == (None, "a.b", tuple(args))


@pytest.mark.parametrize(
    ("text", "count", "seconds"),
    [
        ("1", 1, None),
        ("100", 100, None),
        ("30s", None, 30.0),
        ("0.5s", None, 0.5),
        (".5s", None, 0.5),
        ("5m", None, 300.0),
        ("1h", None, 3600.0),
        ("2d", None, 172800.0),
    ],
)
def test_every(text, count, seconds):
    assert parse(["--every", text, "a.py"]).every == Every(count, seconds)


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "1.5", "s", "0s", "3w", "1e3s", "²", "9" * 400 + "s"]
)
def test_every_refuses(text):
    with pytest.raises(UsageError, match="--every"):
        parse([f"--every={text}", "a.py"])


def test_the_part_of_the_time_and_the_time_between_failures():
    found = parse(["--max-overhead", "2.5%", "--mtbf", "6h", "a.py"])
    assert (found.max_overhead, found.mtbf) == (0.025, 21600.0)
    assert parse(["--max-overhead=.02", "a.py"]).max_overhead == 0.02


@pytest.mark.parametrize("text", ["", "0", "0%", "2", "100%", "1.0", "-1%", "2 %", "nan", "1e-2"])
def test_no_part_of_the_time(text):
    with pytest.raises(UsageError, match=r"--max-overhead.*2% or 0\.02"):
        parse([f"--max-overhead={text}", "a.py"])


@pytest.mark.parametrize("option", ["--mtbf=6", "--mtbf=0h", "--mtbf=6h --every=3"])
def test_no_time_between_failures(option):
    with pytest.raises(UsageError, match="--mtbf"):
        parse([*option.split(), "a.py"])


def test_the_store_can_be_named_by_a_variable(monkeypatch):
    monkeypatch.setenv("AUTORESUME_STORE", "elsewhere")
    assert parse(["a.py"]).store == Path.cwd() / "elsewhere"
    assert parse(["--store", "here", "a.py"]).store == Path.cwd() / "here"


def test_help_and_version(capsys):
    for words, text in (
        (["--help"], "SIGKILL"),
        (["-h", "a.py"], "-m MODULE"),
        (["--version"], "0"),
    ):
        with pytest.raises(SystemExit) as left:
            parse(words)
        assert left.value.code == 0
        assert text in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["--fresh"], ["--store", "a.py"], ["-m"], ["-"]])
def test_a_line_without_a_program_is_refused(words):
    with pytest.raises(UsageError):
        parse(words)
