"""The words of a command line, cut into ours and the program's before anything is loaded."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TAKES_VALUE = frozenset(
    {"--store", "--every", "--max-overhead", "--mtbf", "--include", "--on-unsaveable"}
    | {"--crash-after", "--keep", "--history", "--from", "--sign-key"}
)


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Cut a command line in front of the script or ``-m``.

    argparse cannot: it takes ``--`` out of the script's arguments, at places that differ from
    version to version.
    """
    i = 0
    while i < len(argv):
        word = argv[i]
        if word == "-" or not word.startswith("-") or is_module_option(word):
            break
        i += 2 if word in TAKES_VALUE else 1
    return list(argv[:i]), list(argv[i:])


def is_module_option(word: str) -> bool:
    """Whether a word is ``-m``, or begins with it."""
    return word.startswith("-m")
