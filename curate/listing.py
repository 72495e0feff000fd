"""Rows of words in; lines for a terminal or a pipe, with their columns one below the other, out."""

import unicodedata
from collections.abc import Iterable
from typing import Any

_CAPTION = 60  # characters of a caption in a list


def table(rows: Iterable[tuple[Any, ...]], right: tuple[int, ...] = ()) -> Iterable[str]:
    """Rows as lines; the last column runs free.

    Args:
        rows: of the same number of cells each.
        right: columns of numbers, which are set to the right.
    """
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        padded = [
            f"{' ' * (widths[at] - _width(cell))}{cell}"
            if at in right
            else f"{cell}{' ' * (widths[at] - _width(cell))}"
            for at, cell in enumerate(row)
        ]
        yield "  ".join(padded).rstrip()


def short(caption: str) -> str:
    """A caption on one line, cut where it is long."""
    text = " ".join(caption.split())
    return text if len(text) <= _CAPTION else f"{text[: _CAPTION - 1]}…"


def recipe(text: str | None) -> str:
    """How a pair was made, step by step, on one line; nothing where it was not."""
    from curate.reports import cards

    return "; ".join(cards.recipe(text))


def signed(value: float | None) -> str:
    """A margin with its sign; nothing where there is none."""
    from curate.reports.page import number

    if value is None or value != value:
        return ""
    return f"{'+' if value >= 0 else ''}{number(value)}"


def arrow(then: str, now: str) -> str:
    """A value then and now; one alone where they read the same, nothing where there is none."""
    return then if then == now else f"{then or '–'} → {now or '–'}"


def _width(text: str) -> int:
    """Cells that a text takes in a terminal: two for wide characters, none for marks."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)
