"""A language in; its words for left and right, and which is the opposite of which, out.

`sides.toml` has a table for each language:

    words = "left, right, leftward*, starboard"   all that name a side; * stands for any ending
    pairs = "left right"                          those that a mirror exchanges with each other
"""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from curate.dataset.languages import primary

_FILE = Path(__file__).with_suffix(".toml")


class Sides(NamedTuple):
    """A language's words for left and right, in lower case."""

    words: tuple[str, ...]  # with their `*`
    opposites: Mapping[str, str]  # of each word that has one


@functools.cache
def languages() -> Mapping[str, Sides]:
    """Primary BCP-47 subtag -> the words for left and right, of the languages that have them."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {lang: _read(table) for lang, table in tables.items()}


def of(tag: str) -> Sides | None:
    """The words of a BCP-47 tag's language; only its primary subtag counts.

    Returns:
        None where there are none.
    """
    return languages().get(primary(tag))


def _read(table: Mapping[str, str]) -> Sides:
    words, pairs = (_listed(table[name]) for name in ("words", "pairs"))
    both = [tuple(pair.split()) for pair in pairs]
    return Sides(words, {a: b for one, other in both for a, b in ((one, other), (other, one))})


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(","))
