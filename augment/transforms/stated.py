"""Scene graphs of the pool's captions in; the facts and the one object that captions state, out.

Read are the scene labeler's tables, `nodes.parquet` and `edges.parquet`. A fact is (kind, subject,
value, target), as `curate.dataset.truth.FACTS` has it, in lemmas.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset import tables

Row = dict[str, Any]
_SIDE = re.compile(r"(?<![a-z])(left|right)(?=most|wards?|[^a-z]|$)")
_OTHER = {"left": "right", "right": "left"}


class Fact(NamedTuple):
    """A fact that a caption states."""

    kind: str  # object, attribute, relation or count
    subject: str  # lemma
    value: str | None = None  # attribute, relation or number
    target: str | None = None  # lemma of a relation's other object

    def mirrored(self) -> "Fact":
        """The fact of the mirrored picture: the sides in its words swapped."""
        return Fact(
            self.kind,
            _swapped(self.subject),
            self.value and _swapped(self.value),
            self.target and _swapped(self.target),
        )


class Graph(NamedTuple):
    """What a caption says: rows of the scene labeler's tables."""

    nodes: Sequence[Row]
    edges: Sequence[Row]

    def facts(self) -> list[Fact]:
        """Every fact, each once, objects with what is said of them first."""
        lemma = {node["node"]: node["lemma"] for node in self.nodes}
        found = []
        for node in self.nodes:
            if node["parent"] is not None:
                found.append(Fact("attribute", lemma[node["parent"]], node["lemma"]))
                continue
            found.append(Fact("object", node["lemma"]))
            if (node["quantifier"] or "").isdigit():
                found.append(Fact("count", node["lemma"], node["quantifier"]))
        for edge in self.edges:
            ends = lemma[edge["source"]], lemma[edge["target"]]
            found.append(Fact("relation", ends[0], edge["lemma"], ends[1]))
        return list(dict.fromkeys(found))

    def objects(self) -> list[Row]:
        """The nodes that are objects."""
        return [node for node in self.nodes if node["parent"] is None]


def graphs(labels: Path | None, uids: Iterable[str]) -> Mapping[str, Graph]:
    """Scene graphs of some pairs, by uid; of none where there are no labels.

    Raises:
        DataError: the labels hold no scene graphs.
    """
    if labels is None:
        return {}
    wanted = list(uids)
    nodes, edges = (
        _rows(labels / "scene" / f"{name}.parquet", wanted) for name in ("nodes", "edges")
    )
    return {uid: Graph(found, edges.get(uid, [])) for uid, found in nodes.items()}


def alone(said: Sequence[Graph]) -> str | None:
    """The one object that all captions of a picture name, by its lemma; None where one names more.

    A plural or a number names several.
    """
    found = set()
    for graph in said:
        objects = graph.objects()
        one = len(objects) == 1 and objects[0]["quantifier"] in (None, "1")
        if not one or objects[0]["text"].casefold() != objects[0]["lemma"]:
            return None
        found.add(objects[0]["lemma"])
    return found.pop() if len(found) == 1 else None


def _rows(file: Path, uids: Sequence[str]) -> Mapping[str, list[Row]]:
    """Rows of a table by uid, in the order of their numbers."""
    table = tables.rows_with(tables.read(file), "uid", pa.chunked_array([uids], pa.string()))
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in table.to_pylist():
        found[row["uid"]].append(row)
    return dict(found)


def _swapped(text: str) -> str:
    return _SIDE.sub(lambda side: _OTHER[side.group()], text)
