"""The pool's scene graphs in; what its captions state, and rows of `truth.FACTS`, out.

A graph's objects, attributes, counts and relations are its facts, in lemmas, so that the facts of
a caption that was put together compare with those that a parser finds in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.dataset.read_once import read_once
from curate.dataset.truth import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact

Row = dict[str, Any]
_NAMES = ("nodes", "edges")


class Graph(NamedTuple):
    """A caption's scene graph: rows of the labels' `scene/nodes` and `scene/edges`, by number."""

    nodes: Sequence[Row]
    edges: Sequence[Row]

    def facts(self) -> list[Fact]:
        """Every fact, each once; a quantifier that is no number is none."""
        lemma = {node["node"]: node["lemma"] for node in self.nodes}
        found = []
        for node in self.nodes:
            if node["parent"] is not None:
                found.append(Fact(ATTRIBUTE, lemma[node["parent"]], node["lemma"]))
                continue
            found.append(Fact(OBJECT, node["lemma"]))
            if (node["quantifier"] or "").isdecimal():
                found.append(Fact(COUNT, node["lemma"], node["quantifier"]))
        for edge in self.edges:
            ends = lemma[edge["source"]], lemma[edge["target"]]
            found.append(Fact(RELATION, ends[0], edge["lemma"], ends[1]))
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
    wanted = pa.chunked_array([list(uids)], pa.string())
    nodes, edges = (
        _by_uid(tables.rows_with(_table(labels, name), "uid", wanted)) for name in _NAMES
    )
    return {uid: Graph(found, edges.get(uid, ())) for uid, found in nodes.items()}


@read_once(lambda labels: [labels / "scene"], keep=1)
def all_graphs(labels: Path) -> Mapping[str, Graph]:
    """Uid -> scene graph of every caption that was understood.

    Raises:
        DataError: the labels hold no scene graphs.
    """
    nodes, edges = (_by_uid(_table(labels, name)) for name in _NAMES)
    return {uid: Graph(found, edges.get(uid, ())) for uid, found in nodes.items()}


def renamed(fact: Fact, old: str, new: str) -> Fact:
    """The same fact of another object, where it is of one by the lemma `old`."""
    subject = new if fact.subject == old else fact.subject
    return fact._replace(subject=subject, target=new if fact.target == old else fact.target)


def rows(uid: str, facts: Iterable[Fact]) -> list[Row]:
    """Rows of `truth.FACTS`: each fact once, in their order."""
    return [
        {"uid": uid, "fact": number, **fact._asdict()}
        for number, fact in enumerate(dict.fromkeys(facts))
    ]


def _table(labels: Path, name: str) -> pa.Table:
    file = labels / "scene" / f"{name}.parquet"
    if not file.is_file():
        raise DataError(f"no scene graphs at {file}: label the pool first (`dvc repro`)")
    return tables.read(file)


def _by_uid(table: pa.Table) -> Mapping[str, list[Row]]:
    """Rows of a table by uid, in the order of their numbers, in which it is written."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in table.to_pylist():
        found[row["uid"]].append(row)
    return dict(found)
