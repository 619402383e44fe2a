"""Print the tables of a page in Markdown: ``python benchmarks/page.py results.json``."""

import sys
from pathlib import Path

from measure import Results
from tables import Table, markdown, tables


def machine(results: Results) -> Table:
    """What it was measured on."""
    rows = [(name, _text(value)) for name, value in results.about.items()]
    rows.append(("missing", ", ".join(results.missing)))
    return Table("The machine", rows, ("", ""))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {text}" for name, text in value.items())
    if isinstance(value, int) and value > 1 << 20:
        return f"{value / 2**30:.1f} GiB"
    return str(value)


def unable(results: Results) -> Table:
    """What could not be done."""
    rows = [tuple(line.split(": ", 1)) for line in dict.fromkeys(results.unable)]
    return Table("What peers cannot save", rows, ("what", "error"))


def main() -> None:
    results = Results.read(Path(sys.argv[1]))
    for table in (machine(results), *tables(results), unable(results)):
        print(markdown(table))


if __name__ == "__main__":
    main()
