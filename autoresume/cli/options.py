"""The options of the command line.

Those of autoresume stand before the script or ``-m MODULE``; everything behind belongs to the
script, also what looks like an option of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import autoresume
from autoresume.cli.words import is_module_option, split
from autoresume.errors import UsageError
from autoresume.store.locations import Location, location
from autoresume.transforms.every import Every, read_every, read_seconds
from autoresume.transforms.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autoresume.cli.parsing import Parser

_USAGE = """\
autoresume [OPTIONS] SCRIPT [ARGS...]
       autoresume [OPTIONS] -m MODULE [ARGS...]
       autoresume ls | show RUN | verify [RUN]"""
_DESCRIPTION = """\
Run a Python script so that it can be killed at any moment: the same command, given again,
goes on where it was, in the middle of the loop. Mark the loops with '# checkpoint', or let
--auto do it."""
_EPILOG = """\
A run is a script with its arguments; other arguments are another run. Options of autoresume
stand before the script; everything behind it is the script's own. The exit status is the
script's, or 2 if it could not be run or resumed, or 75 if it was stopped by SIGTERM, SIGINT,
SIGUSR1 or SIGUSR2 with a snapshot: run it again. ls, show and verify look at what is in the store;
a script that is called so is run as ./ls."""
ERROR, WARN, DROP = "error", "warn", "drop"
STORE, FRESH = "--store", "--fresh"
_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(%?)"


class Options(NamedTuple):
    """A command line.

    Exactly one of `script` (a path, as given) and `module` is set; `args` are its arguments.
    `store` is the absolute folder of the snapshots, or a URL. When a snapshot is due is said by
    `every`, or with nothing in it by `max_overhead`, the part of the time that snapshots may take,
    and `mtbf`, the mean time between failures in seconds, where they are given.
    `include` names modules outside of the script's folder that count as the user's. With `auto`
    every loop is a boundary, and one that cannot be saved is passed over. `on_unsaveable` says what
    becomes of a value that cannot be saved: ERROR ends the program at its first boundary, WARN and
    DROP leave the value out, with and without a word. With `keep_dead` variables that are not
    needed any more are saved as well. `fresh` starts over.
    `crash_after` kills the process after so many snapshots. The last `keep` snapshots stay, and a
    thinned history of `history` seconds. `number` names the snapshot to resume, `compress` asks for
    zstd, and `fork` for snapshots by a copy of the process. `sign_key` is the absolute path of the
    file with the key that snapshots are signed with.
    """

    script: str | None
    module: str | None
    args: tuple[str, ...]
    store: Location
    every: Every = Every()
    include: tuple[str, ...] = ()
    auto: bool = False
    fresh: bool = False
    crash_after: int | None = None
    on_unsaveable: str = ERROR
    keep_dead: bool = False
    max_overhead: float | None = None
    mtbf: float | None = None
    keep: int = 3
    history: float = 0.0
    number: int | None = None
    compress: bool = False
    fork: bool = False
    sign_key: Path | None = None


def parse(argv: Sequence[str]) -> Options:
    """Read a command line, without the program's name.

    Raises UsageError for one that cannot be followed; exits after --help and --version.
    """
    from autoresume.store.privacy import key_file

    ours, program = split(argv)
    plain = _plain(ours)
    if program and plain is not None:
        script, module, args = _program(program)
        store, key = location(plain[0]), key_file()
        return Options(script, module, tuple(args), store, fresh=plain[1], sign_key=key)
    parser = _parser()
    given = parser.parse_args(ours)
    if not program:
        parser.error("no script given")
    script, module, args = _program(program)
    if given.fresh and given.number:
        parser.error("--fresh starts over, --from N goes on: give one of them")
    if given.every != Every() and (given.max_overhead, given.mtbf) != (None, None):
        parser.error("--every says when, so that --max-overhead and --mtbf have no use beside it")
    return Options(
        script=script,
        module=module,
        args=tuple(args),
        store=location(given.store),
        every=given.every,
        max_overhead=given.max_overhead,
        mtbf=given.mtbf,
        include=tuple(given.include),
        auto=given.auto,
        on_unsaveable=given.on_unsaveable,
        keep_dead=given.keep_dead,
        fresh=given.fresh,
        crash_after=given.crash_after,
        keep=given.keep,
        history=given.history,
        number=given.number,
        compress=given.compress,
        fork=given.fork,
        sign_key=key_file(given.sign_key),
    )


def _plain(words: Sequence[str]) -> tuple[str | None, bool] | None:
    """Return the store and whether to start over, if there is no word of anything else.

    Most command lines are like that, and `argparse` takes longer to be made than to read them.
    """
    left = iter(words)
    store, fresh = None, False
    for word in left:
        if word == FRESH:
            fresh = True
        elif word == STORE and not (store := next(left, "-")).startswith("-"):
            continue
        else:
            return None
    return store, fresh


def _program(words: list[str]) -> tuple[str | None, str | None, list[str]]:
    """Return the script or the module, and its arguments."""
    first, *rest = words
    if first == "-":
        raise UsageError("a script on standard input cannot be run again: name a file")
    if not is_module_option(first):
        return first, None, rest
    if first != "-m":
        return None, first[2:], rest
    if not rest:
        raise UsageError("-m: expected the name of a module (see autoresume --help)")
    return None, rest[0], rest[1:]


def _parser() -> Parser:
    from argparse import RawDescriptionHelpFormatter

    from autoresume.cli.parsing import Parser

    parser = Parser(
        prog="autoresume",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for options_of in (_place, _schedule, _state, _snapshots, _start):
        options_of(parser.add_argument)
    # Only for the help text: the command line is cut before it.
    parser.add_argument("-m", metavar="MODULE", help="run a module, as python -m does")
    version = f"autoresume {autoresume.__version__}"
    parser.add_argument("--version", action="version", version=version)
    return parser


def _place(add: Callable[..., object]) -> None:
    add(
        STORE,
        metavar="DIR|URL",
        help="folder of the snapshots, or a URL such as s3://bucket/runs; default: "
        "$AUTORESUME_STORE, or .autoresume in the working directory",
    )
    add(
        "--sign-key",
        metavar="FILE",
        help="sign the snapshots with the key in this file, and load no others: for a store that "
        "others can write to; default: $AUTORESUME_SIGN_KEY",
    )


def _schedule(add: Callable[..., object]) -> None:
    add(
        "--every",
        metavar="N|TIME",
        type=_every,
        default=Every(),
        help="take a snapshot at every Nth iteration of the marked loops, all counted together, "
        "or every so often: 30s, 5m, 1h; a mark '# checkpoint every=…' comes first for its loop; "
        "default: as often as --max-overhead allows",
    )
    add(
        "--max-overhead",
        metavar="PART",
        type=_part,
        help="the part of the run's time that snapshots may take: 2%% or 0.02; default: 2%%, or "
        "what --mtbf asks for",
    )
    add(
        "--mtbf",
        metavar="TIME",
        type=_time,
        help="the mean time between failures, such as 6h: snapshots are taken so often that least "
        "time is lost to them and to failures together",
    )


def _state(add: Callable[..., object]) -> None:
    add(
        "--auto",
        action="store_true",
        help="every loop of the program counts as marked; where no snapshot can be taken, the "
        "program goes on and the next iteration is tried",
    )
    add(
        "--include",
        metavar="NAME",
        type=_module_name,
        action="append",
        default=[],
        help="a module or package outside of the script's folder that belongs to the program; "
        "can be given more than once",
    )
    add(
        "--on-unsaveable",
        choices=(ERROR, WARN, DROP),
        default=ERROR,
        help="what to do about a value that cannot be saved: end the program at its first marked "
        "iteration; or leave the value out of the snapshots and say so, or say nothing: using it "
        "after a resume is an error; default: error",
    )
    add(
        "--keep-dead",
        action="store_true",
        help="save the local variables that are not needed any more as well, for a debugger",
    )


def _snapshots(add: Callable[..., object]) -> None:
    add(
        "--fork",
        action="store_true",
        help="let a forked copy of the process take the snapshots while the program goes on, where "
        "that is exact",
    )
    add(
        "--compress",
        action="store_true",
        help="make the snapshots smaller with zstd; needs autoresume[zstd]",
    )
    add(
        "--keep",
        metavar="N",
        type=_positive,
        default=3,
        help="how many snapshots stay, the last ones; default: 3",
    )
    add(
        "--history",
        metavar="TIME",
        type=_time,
        default=0.0,
        help="keep older ones, too, for so long: all of the last 5 minutes, then one in 5 minutes, "
        "after an hour one in an hour, after a day one in a day",
    )
    add(
        "--from",
        metavar="N",
        type=_positive,
        dest="number",
        help="go on from snapshot N, not from the last one",
    )


def _start(add: Callable[..., object]) -> None:
    add(
        FRESH,
        action="store_true",
        help="start over; the snapshots there are stay until the new run has its first",
    )
    add(
        "--crash-after",
        metavar="N",
        type=_positive,
        help="for tests and demonstrations: kill the own process (SIGKILL) as soon as its Nth "
        "snapshot is safe",
    )


def _wrong(message: str) -> Exception:
    from argparse import ArgumentTypeError

    return ArgumentTypeError(message)


def _every(text: str) -> Every:
    try:
        return read_every(text)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _time(text: str) -> float:
    try:
        return read_seconds(text)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _part(text: str) -> float:
    match = re.fullmatch(_PART, text)
    part = float(match[1]) / (100 if match[2] else 1) if match else 0.0
    if 0 < part < 1:
        return part
    raise _wrong(f"expected a part such as 2% or 0.02, not {text!r}")


def given_every(text: int | str | None) -> Every:
    """Read what `--every` takes, from code; raises UsageError."""
    try:
        return Every() if text is None else read_every(str(text))
    except ValueError as error:
        raise UsageError(f"every=: {error}") from None


def _positive(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise _wrong(f"expected a number from 1, not {text!r}")


def _module_name(text: str) -> str:
    if all(part.isidentifier() for part in text.split(".")):
        return text
    raise _wrong(f"expected the name of a module, not {text!r}")
