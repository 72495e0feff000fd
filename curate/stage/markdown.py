"""Rows in; a table in GitHub's Markdown, out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curate.dataset import files


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """The lines of a table; a column of numbers, as its first row tells, is set to the right.

    Args:
        heads: of each column.
        rows: a value of each column; see `cell`.
    """
    first = rows[0] if rows else heads
    shape = ["---:" if isinstance(value, int | float) else "---" for value in first]
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(shape)}|"]
    return [*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def cell(value: Any) -> str:
    """A value on one line; whole numbers with marks between thousands."""
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(str(value).split()).replace("|", "\\|")


def write(lines: Sequence[str], out: Path) -> None:
    """Give a file its lines, all of them or none."""
    partial = files.partial(out)
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    files.settle(partial, out)
