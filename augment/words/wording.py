"""English names of things in, phrases out: articles, plurals that are sure, sizes, relations.

The words lie in the table `names` of `phrases/en.toml`. A plural is regular or listed; where a
regular one could be wrong (shelf, hero) there is none, and the thing is not counted.
"""

import functools
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from augment.words.phrasing import Placed, fill

_FILE = Path(__file__).parent / "phrases" / "en.toml"
_UNSURE_ENDINGS = (
    "f", "fe", "o", "us", "is", "ium", "ix", "ex", "ing", "fish", "sheep", "deer", "fowl",
    "man", "men", "person", "child", "foot", "tooth", "mouse",
)  # fmt: skip


class Words(NamedTuple):
    """The table `names`: words by use, and forms of relations with places {a} and {b}."""

    an: tuple[str, ...]
    a: tuple[str, ...]
    numbers: dict[int, str]
    relations: dict[str, str]
    sizes: frozenset[str]
    irregular: dict[str, str]
    invariant: frozenset[str]
    uncountable: frozenset[str]


@functools.cache
def words() -> Words:
    """The words, read once."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))["names"]
    pairs = [
        (one, many)
        for one, many in map(str.split, table["irregular"].replace("\n", " ").split(","))
    ]
    return Words(
        tuple(table["an"]),
        tuple(table["a"]),
        {int(number): word for number, word in table["numbers"].items()},
        table["relations"],
        frozenset(table["sizes"].split()),
        dict(pairs),
        frozenset(table["invariant"].split()),
        frozenset(table["uncountable"].split()),
    )


def one(name: str) -> str:
    """A name with its article: a lemon, an hourglass, a unicorn."""
    known = words()
    vowel = name[0] in "aeiou" and not name.startswith(known.a)
    return f"{'an' if vowel or name.startswith(known.an) else 'a'} {name}"


def several(name: str, count: int) -> str | None:
    """A name counted: three lemons; None where its plural is not sure."""
    many = plural(name)
    return None if many is None else f"{words().numbers[count]} {many}"


def plural(name: str) -> str | None:
    """Plural of a name by its last word, or None where it is not sure."""
    known = words()
    start, _, last = name.rpartition(" ")
    space = f"{start} " if start else ""
    if start.split()[:1] in (["man"], ["woman"]) or last in known.invariant:
        return None  # women police officers, men cooks
    if last in known.irregular:
        return space + known.irregular[last]
    if last.endswith(_UNSURE_ENDINGS):
        return None
    if re.search(r"(?:s|x|z|ch|sh)$", last):
        return f"{space}{last}es"
    return f"{space}{last[:-1]}ies" if re.search(r"[^aeiou]y$", last) else f"{space}{last}s"


def related(a: str, b: str, relation: str) -> Placed:
    """Two phrases in a relation: a lemon to the left of a horse.

    Args:
        a: phrase of what the relation is said of.
        b: phrase of the other.
        relation: a key of the table `relations`: left, behind, and.
    """
    return fill(words().relations[relation], a, b)
