"""A file of FACTUAL in, its captions with the facts of their graphs out.

FACTUAL (Li et al., "FACTUAL: A Benchmark for Faithful and Consistent Textual Scene Graph Parsing",
2023) writes a graph as `( man , hold , cup ) , ( cup , is , red ) , ( cup , is , 2 )`, and a thing
of which nothing is said as `( door )`.
"""

import csv
from pathlib import Path
from typing import NamedTuple

from curate.dataset.errors import DataError

Fact = tuple[str, ...]  # (thing), (thing, attribute) or (subject, predicate, object)


class Example(NamedTuple):
    """A caption and what its annotator says that it says."""

    caption: str
    facts: frozenset[Fact]  # things that are part of another fact are not said again


def read(path: Path) -> list[Example]:
    """Examples of a CSV file with the columns `caption` and `scene_graph`.

    Raises:
        DataError: the file cannot be read, lacks a column, or holds a graph of another form.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no CSV file of FACTUAL: {error}") from error
    if not rows or not {"caption", "scene_graph"} <= set(rows[0]):
        found = sorted(rows[0]) if rows else "no rows"
        raise DataError(f"{path} has {found}; FACTUAL's files have `caption` and `scene_graph`")
    return [
        Example(row["caption"] or "", _facts(row["scene_graph"] or "", f"{path}, row {number}"))
        for number, row in enumerate(rows, 1)
    ]


def parts_of(text: str) -> list[Fact]:
    """Facts as they are written in a graph's text, empty parts left out."""
    whole = text.strip().removeprefix("(").removesuffix(")")
    written = [tuple(part.strip() for part in fact.split(" , ")) for fact in whole.split(") , (")]
    return [tuple(part for part in fact if part) for fact in written if any(fact)]


def things(fact: Fact) -> tuple[str, ...]:
    """What a fact tells of: one thing, or the two that a relation holds between."""
    return fact[:1] if len(fact) < 3 else (fact[0], fact[2])


def fact_of(parts: tuple[str, ...]) -> Fact | None:
    """The fact that written parts say; None where they are neither one nor three."""
    if len(parts) == 3 and parts[1] == "is":
        return parts[0], parts[2]
    return parts if len(parts) in (1, 3) else None


def _facts(text: str, where: str) -> frozenset[Fact]:
    facts: set[Fact] = set()
    for parts in parts_of(text):
        if (fact := fact_of(parts)) is None:
            raise DataError(f"{where}: {' , '.join(parts)!r} is no fact of one or three parts")
        facts.add(fact)
    told = {thing for fact in facts if len(fact) > 1 for thing in things(fact)}
    return frozenset(fact for fact in facts if len(fact) > 1 or fact[0] not in told)
