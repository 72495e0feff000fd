"""The folder of a graph in; its nodes, neighbours and concepts, as networkx graphs and tables, out.

    from align.graph import SnapshotGraph
    graph = SnapshotGraph(Path("data/graph"))
    graph.ask("dog")                      # counts, kinds, relations, pictures, what is beside it
    graph.around("concept or other node") # the networkx graph of what is near

A graph is made by the stage `align.build_graph` and lies in the tables of `align.graphs.layout`. A
question reads of them what it asks for; only `part` and `whole` hold what they give as a networkx
graph. In that an edge's key is its kind and label, so that `nx.node_link_data` makes JSON of it.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow as pa
import pyarrow.compute as pc

from align.graphs import layout
from align.graphs.concepts import Concepts
from align.graphs.question import About, ask
from curate.dataset import tables
from curate.dataset.errors import DataError

Row = dict[str, Any]


class SnapshotGraph:
    """The graph of a snapshot: pictures, captions, phrases, regions and concepts.

    Args:
        folder: where the stage wrote it, e.g. data/graph.

    Raises:
        DataError: there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._parts = sorted((folder / "parts").glob("*"))
        if not self._parts:
            raise DataError(f"no graph at {folder}; the stage graph writes it (dvc repro graph)")
        self._folder = folder

    @functools.cached_property
    def concepts(self) -> Concepts:
        """All concepts, with their counts and what they are kinds of."""
        return Concepts.open(self._folder)

    @property
    def parts(self) -> int:
        """How many parts the graph has; each holds whole pictures."""
        return len(self._parts)

    @functools.cached_property
    def pictures(self) -> int:
        """How many pictures it holds."""
        return self.table("nodes", pc.field("kind") == layout.IMAGE, ["kind"]).num_rows

    def ask(self, name: str, most: int = 10) -> About:
        """All about a concept and its kinds.

        Args:
            name: a synset's id or name, or a word: its commonest meaning in the captions is told.
            most: entries of each list.

        Raises:
            DataError: no caption names it, nor is anything that they name a kind of it.
        """
        return ask(self, self.concepts.one(name), most)

    def neighbours(self, node: str) -> list[Row]:
        """Every edge of a node, with the node at its other end.

        Returns:
            Rows of `layout.EDGES` with `node`: the other end, and `outward`: whether the edge leads
            to it; sorted by these.

        Raises:
            DataError: there is no such node.
        """
        found = [
            {**edge, "node": edge["target" if outward else "source"], "outward": outward}
            for edge in self._touching([node])
            for outward in ([True] if edge["source"] == node else [])
            + ([False] if edge["target"] == node else [])
        ]
        if not found and not self._nodes([node]):
            raise DataError(f"the graph at {self._folder} has no node {node!r}")
        return sorted(found, key=lambda e: (e["kind"], e["outward"], e["node"], e["label"] or ""))

    def around(self, node: str, hops: int = 1, most: int = 2000) -> nx.MultiDiGraph:
        """What is near a node: all within so many edges of it, whichever way they lead.

        Args:
            node: any.
            hops: edges.
            most: nodes that may be reached; a step that would lead to more is not taken.

        Raises:
            DataError: there is no such node, or what is beside it alone is more than `most`.
        """
        held, edges = {node}, []
        for hop in range(hops):
            touching = self._touching(sorted(held))
            reached = held | {edge[end] for edge in touching for end in ("source", "target")}
            if len(reached) > most:
                if not hop:
                    raise DataError(f"{node!r} has {len(reached) - 1} neighbours, above {most}")
                break
            held, edges = reached, touching
        nodes = self._nodes(sorted(held))
        if not any(row["node"] == node for row in nodes):
            raise DataError(f"the graph at {self._folder} has no node {node!r}")
        return _graph(nodes, edges)

    def part(self, number: int) -> nx.MultiDiGraph:
        """The graph of a part, with the concepts that its phrases mean and those above them."""
        folder = self._parts[number]
        edges = tables.read(folder / "edges.parquet").to_pylist()
        edges += _means(tables.read(folder / "mentions.parquet"))
        meant = {edge["target"] for edge in edges if edge["kind"] == layout.MEANS}
        kept = meant | {above for name in meant for above in self.concepts.lineage(name)}
        edges += [edge for edge in self.concepts.edges() if edge["source"] in kept]
        nodes = tables.read(folder / "nodes.parquet").to_pylist()
        return _graph([*nodes, *self.concepts.nodes(kept)], edges)

    def whole(self) -> nx.MultiDiGraph:
        """The whole graph; a million captions take tens of GiB, for which there are `part`s."""
        return nx.compose_all(self.part(number) for number in range(self.parts))

    def table(
        self,
        name: str,
        wanted: pc.Expression | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """The nodes, edges or mentions of all parts that a filter wants, or all of them."""
        files = [part / f"{name}.parquet" for part in self._parts]
        return tables.wanted(files, wanted, columns)

    def _nodes(self, names: Sequence[str]) -> list[Row]:
        found = self.table("nodes", pc.field("node").isin(names)).to_pylist()
        return [*found, *self.concepts.nodes(names)]

    def _touching(self, names: Sequence[str]) -> list[Row]:
        """Edges that begin or end at some nodes."""
        asked = pa.array(names, pa.string())
        ends = pc.field("source").isin(asked) | pc.field("target").isin(asked)
        means = pc.field("phrase").isin(asked) | pc.field("concept").isin(asked)
        wanted = set(names)
        return [
            *self.table("edges", ends).to_pylist(),
            *_means(self.table("mentions", means)),
            *(
                e
                for e in self.concepts.edges()
                if not wanted.isdisjoint((e["source"], e["target"]))
            ),
        ]


def _means(mentions: pa.Table) -> Iterator[Row]:
    pairs = (mentions.column(name).to_pylist() for name in ("phrase", "concept"))
    for phrase, concept in zip(*pairs, strict=True):
        yield dict(
            zip(layout.EDGES.names, (phrase, concept, layout.MEANS, None, None), strict=True)
        )


def _graph(nodes: Iterable[Row], edges: Iterable[Row]) -> nx.MultiDiGraph:
    """A networkx graph; what is null is left out."""
    graph = nx.MultiDiGraph()
    for row in nodes:
        graph.add_node(
            row["node"], **{k: v for k, v in row.items() if k != "node" and v is not None}
        )
    for row in edges:
        more = {k: row[k] for k in ("kind", "label", "score") if row[k] is not None}
        key = f"{row['kind']} {row['label']}" if row["label"] else row["kind"]
        graph.add_edge(row["source"], row["target"], key=key, **more)
    return graph
