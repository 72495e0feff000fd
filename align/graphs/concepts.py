"""The tables of a graph's concepts in; names, counts, and what is a kind of what, out."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from align.graphs import layout
from align.graphs.counts import lineage
from curate.dataset import tables
from curate.dataset.errors import DataError

Row = dict[str, Any]
_SENSE = re.compile(r"\.[a-z]\.\d+$")  # ends a synset's name
_LIKE = 5  # names that an unknown one is answered with


class Concepts:
    """Concepts by name.

    Args:
        rows: schema `layout.CONCEPTS`.
        ontology: schema `layout.EDGES`, between concepts.
    """

    def __init__(self, rows: pa.Table, ontology: pa.Table) -> None:
        self._rows: dict[str, Row] = {row["concept"]: row for row in rows.to_pylist()}
        self._edges = ontology.to_pylist()
        self._above: dict[str, list[str]] = defaultdict(list)
        self._below: dict[str, list[str]] = defaultdict(list)
        for edge in self._edges:
            if edge["kind"] == layout.KIND_OF:
                self._above[edge["source"]].append(edge["target"])
                self._below[edge["target"]].append(edge["source"])

    @classmethod
    def open(cls, folder: Path) -> "Concepts":
        """Those of a graph's folder.

        Raises:
            DataError: a table is missing.
        """
        return cls(*(tables.read(folder / f"{name}.parquet") for name in ("concepts", "ontology")))

    def __getitem__(self, concept: str) -> Row:
        """A row of `layout.CONCEPTS` by its id."""
        return self._rows[concept]

    def find(self, name: str) -> list[Row]:
        """Concepts that a name may mean, those of most pictures first.

        Args:
            name: a synset's id (n02084071) or name (dog.n.01), or a word.
        """
        exact = [row for row in self._rows.values() if name in (row["concept"], row["name"])]
        if exact and "." in name:
            return exact
        word = " ".join(name.lower().replace("_", " ").split())
        found = [row for row in self._rows.values() if word in {stem(row), *row["words"]}]
        unique = {row["concept"]: row for row in [*exact, *found]}.values()
        return sorted(
            unique,
            key=lambda r: (
                *(-r["pictures"], -r["pictures_below"]),
                *(r["gloss"] is None, r["name"], r["concept"]),
            ),
        )

    def one(self, name: str) -> Row:
        """The concept of most pictures that a name may mean.

        Raises:
            DataError: there is none; names those that begin alike.
        """
        if found := self.find(name):
            return found[0]
        begins = {row["name"] for row in self._rows.values() if stem(row)[:3] == name[:3].lower()}
        alike = difflib.get_close_matches(name, sorted(begins), _LIKE, cutoff=0)
        known = f"; there are {', '.join(alike)}" if alike else ""
        raise DataError(f"no concept {name!r} in the graph: no caption names it{known}")

    def lineage(self, concept: str) -> list[str]:
        """All that a concept is a kind of, the nearest first."""
        return lineage(concept, self._above)

    def below(self, concept: str) -> list[str]:
        """All its kinds, the nearest first."""
        return lineage(concept, self._below)

    def kinds(self, concept: str) -> list[Row]:
        """What is a kind of it with nothing between, those of most pictures first."""
        rows = [self._rows[name] for name in set(self._below.get(concept, ()))]
        return sorted(rows, key=lambda row: (-row["pictures_below"], row["name"]))

    def others(self, concept: str) -> list[tuple[str, Row, bool]]:
        """Edges that say no kind: kind of edge, the concept at its other end, if it leads there."""
        found = {
            (edge["kind"], edge["target" if outward else "source"], outward)
            for edge in self._edges
            for outward in (True, False)
            if edge["kind"] != layout.KIND_OF and edge["source" if outward else "target"] == concept
        }
        order = sorted(found, key=lambda edge: (not edge[2], edge))
        return [(kind, self._rows[name], outward) for kind, name, outward in order]

    def edges(self) -> list[Row]:
        """All edges between concepts, rows of `layout.EDGES`."""
        return self._edges

    def nodes(self, names: Iterable[str]) -> Iterator[Row]:
        """Those that are concepts, as nodes of the graph."""
        for name in names:
            if name in self._rows:
                yield {"node": name, "kind": layout.CONCEPT, **self._rows[name]}


def stem(row: Row) -> str:
    """A concept's name as a word: ice cream of ice_cream.n.01, france of France."""
    return _SENSE.sub("", row["name"]).replace("_", " ").lower()
