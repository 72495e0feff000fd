"""Tables of labels in, networkx graphs out, and back: for users who ask or draw.

A scene graph is a directed multigraph (an nx.DiGraph in which two objects may have several
relations): nodes carry `kind`, `text`, `lemma`, `start`, `end`, `quantifier`; edges carry `kind`
(`attribute`: object to its attribute, or `relation`), and a relation its words and span. The
knowledge graph leads from a synset to what it is a kind of. Values are strings, numbers and
None, so `networkx.node_link_data` makes JSON of either and `node_link_graph` reads it back.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow as pa
import pyarrow.compute as pc

from align.labelers import knowledge, scene
from align.scenegraph import ATTRIBUTE
from curate.dataset import tables

RELATION = "relation"
_NODE = ("kind", "text", "lemma", "start", "end", "quantifier", "confidence")
_EDGE = ("relation", "lemma", "start", "end", "confidence")


class SceneGraphs(Mapping[str, nx.MultiDiGraph]):
    """Scene graphs by uid, each built when it is asked for.

    Args:
        nodes: table of the scene labeler, schema `scene.NODES`.
        edges: table of the scene labeler, schema `scene.EDGES`.
    """

    def __init__(self, nodes: pa.Table, edges: pa.Table) -> None:
        self._nodes, self._edges = nodes.sort_by("uid"), edges.sort_by("uid")
        self._node_rows, self._edge_rows = _rows_of(self._nodes), _rows_of(self._edges)

    @classmethod
    def open(cls, folder: Path) -> "SceneGraphs":
        """Those of a folder of the scene labeler, e.g. data/labels/scene.

        Raises:
            DataError: a table is missing.
        """
        return cls(tables.read(folder / "nodes.parquet"), tables.read(folder / "edges.parquet"))

    def __getitem__(self, uid: str) -> nx.MultiDiGraph:
        start, count = self._node_rows[uid]
        graph = nx.MultiDiGraph(uid=uid)
        for row in self._nodes.slice(start, count).to_pylist():
            graph.add_node(row["node"], **{name: row[name] for name in _NODE})
            if row["parent"] is not None:
                graph.add_edge(row["parent"], row["node"], key=ATTRIBUTE, kind=ATTRIBUTE)
        for row in self._edges.slice(*self._edge_rows.get(uid, (0, 0))).to_pylist():
            said = {name: row[name] for name in _EDGE}
            graph.add_edge(row["source"], row["target"], key=row["edge"], kind=RELATION, **said)
        return graph

    def __iter__(self) -> Iterator[str]:
        return iter(self._node_rows)

    def __len__(self) -> int:
        return len(self._node_rows)


def scene_tables(graphs: Mapping[str, nx.MultiDiGraph]) -> tuple[pa.Table, pa.Table]:
    """The tables (nodes, edges) of scene graphs by uid: what `SceneGraphs` was made from."""
    nodes, edges = [], []
    for uid in sorted(graphs):
        graph = graphs[uid]
        parents = {t: s for s, t, kind in graph.edges(data="kind") if kind == ATTRIBUTE}
        for node, said in sorted(graph.nodes(data=True)):
            nodes.append({"uid": uid, "node": node, "parent": parents.get(node), **said})
        relations = [e for e in graph.edges(keys=True, data=True) if e[3]["kind"] == RELATION]
        for source, target, key, said in sorted(relations, key=lambda e: e[2]):
            edges.append({"uid": uid, "edge": key, "source": source, "target": target, **said})
    return pa.Table.from_pylist(nodes, scene.NODES), pa.Table.from_pylist(edges, scene.EDGES)


def knowledge_graph(synsets: pa.Table, hypernyms: pa.Table) -> nx.DiGraph:
    """Synsets with `name`, `gloss` and `lexfile`; edges lead to what each is a kind of."""
    graph = nx.DiGraph()
    for row in synsets.to_pylist():
        graph.add_node(row.pop("synset"), **row)
    graph.add_edges_from(hypernyms.select(knowledge.HYPERNYMS.names).to_pandas().to_numpy())
    return graph


def open_knowledge(folder: Path) -> nx.DiGraph:
    """The knowledge graph of a folder of the knowledge labeler, e.g. data/labels/knowledge.

    Raises:
        DataError: a table is missing.
    """
    parts = (tables.read(folder / f"{name}.parquet") for name in ("synsets", "hypernyms"))
    return knowledge_graph(*parts)


def knowledge_tables(graph: nx.DiGraph) -> tuple[pa.Table, pa.Table]:
    """The tables (synsets, hypernyms) of a knowledge graph."""
    synsets: list[dict[str, Any]] = [{"synset": n, **said} for n, said in graph.nodes(data=True)]
    hypernyms = [{"synset": s, "hypernym": t} for s, t in graph.edges]
    return (
        pa.Table.from_pylist(synsets, knowledge.SYNSETS).sort_by("synset"),
        pa.Table.from_pylist(hypernyms, knowledge.HYPERNYMS).sort_by(
            [("synset", "ascending"), ("hypernym", "ascending")]
        ),
    )


def _rows_of(table: pa.Table) -> dict[str, tuple[int, int]]:
    """Uid -> first row and number of rows, in a table sorted by uid."""
    counts = pc.value_counts(table.column("uid").combine_chunks())
    found, start = {}, 0
    for uid, count in zip(*(f.to_pylist() for f in counts.flatten()), strict=True):
        found[uid] = (start, count)
        start += count
    return found
