"""A snapshot and its labels become one graph to ask: tables of nodes and edges, part by part.

What the tables hold is said in `align.graphs.layout`; `align.graph` asks them. Beside the tables
of what captions say, one part is held at a time.
"""

import shutil
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align.graphs import layout, ontology, phrases, sights
from align.graphs.counts import Counts, words
from align.graphs.part import edges_of, tables_of
from align.graphs.phrases import Said
from curate.dataset import parents, record, tables
from curate.stage.params import parameters
from curate.stage.run import run

_PAIRS = ("uid", "image", "caption", "lang", "source", "split")


@parameters
class GraphParams:
    """How the graph is cut."""

    captions: int = 65_536  # of a part, at most on average


def main(
    snapshot: Path,
    labels: Path,
    out: Path,
    params: GraphParams,
    labels_made: Path | None = None,
) -> dict[str, Any]:
    """Write the graph of a snapshot.

    Args:
        snapshot: its folder.
        labels: folder of the labels of the pool's pairs: scene, and what there is of knowledge,
            regions and grounding.
        out: folder of the graph.
        params: section `graph`.
        labels_made: the same of made pairs.

    Raises:
        DataError: the snapshot or its scene graphs are missing.
    """
    pairs = tables.read(snapshot / record.MANIFEST_FILE, _PAIRS)
    descent = tables.read(snapshot / parents.FILE, ["uid", "parent"])
    said = phrases.read(pairs.column("uid"), labels, labels_made)
    known = ontology.read(labels, labels_made)
    above: dict[str, list[str]] = defaultdict(list)
    for edge in known.edges.filter(pc.equal(known.edges["kind"], layout.KIND_OF)).to_pylist():
        above[edge["source"]].append(edge["target"])
    concepts = sorted({*known.concepts.column("concept").to_pylist(), *_meant(said)})
    counts = Counts(concepts, above)
    number = layout.parts(pairs.num_rows, params.captions)
    shutil.rmtree(out, ignore_errors=True)
    found: Counter[str] = Counter()
    seen = sights.Sights(labels, labels_made, number)
    parting = _Parting(layout.part_of(pairs.column("image"), number), said, number)
    for part in range(number):
        rows, own = parting.of(part)
        nodes, edges, mentions = tables_of(pairs.take(rows), own, descent, seen, part)
        found += _write(nodes, edges, mentions, layout.folder(out, part))
        counts.add(mentions)
    held = _concepts(counts, known.concepts, words(said.meanings))
    tables.write(held, out / "concepts.parquet", "concept", layout.CONCEPTS)
    edges = edges_of(known.edges["source"], known.edges["target"], known.edges["kind"])
    tables.write(edges, out / "ontology.parquet", ("kind", "target", "source"), layout.EDGES)
    tables.write(counts.together(), out / "together.parquet", ("concept", "other"), layout.TOGETHER)
    found += Counter({layout.CONCEPT: len(concepts)}) + tables.counts(edges.column("kind"))
    kinds_of_node = (*_NODE_KINDS, layout.CONCEPT)
    return {
        "parts": number,
        "nodes": {kind: found[kind] for kind in kinds_of_node},
        "edges": {kind: found[kind] for kind in sorted(found.keys() - set(kinds_of_node))},
    }


_NODE_KINDS = (layout.IMAGE, layout.CAPTION, layout.PHRASE, layout.REGION)


def _meant(said: Said) -> list[str]:
    return said.meanings.column("concept").unique().to_pylist()


class _Parting:
    """What captions say, parted by the part of their pictures."""

    def __init__(self, part: np.ndarray, said: Said, number: int) -> None:
        self._rows = [np.flatnonzero(part == p) for p in range(number)]
        self._place = np.empty(len(part), np.int64)  # of a caption in its part
        for rows in self._rows:
            self._place[rows] = np.arange(len(rows))
        self._said = []
        for table in said:
            own = part[table.column("row").to_numpy()]
            order = np.argsort(own, kind="stable")
            bounds = np.searchsorted(own[order], np.arange(number + 1))
            self._said.append((table.take(order), bounds))

    def of(self, part: int) -> tuple[np.ndarray, Said]:
        """Rows of a part's captions in the manifest; what they say, `row` being one of these."""
        found = []
        for table, bounds in self._said:
            rows = table.slice(bounds[part], bounds[part + 1] - bounds[part])
            place = self._place[rows.column("row").to_numpy()]
            at = rows.column_names.index("row")
            found.append(rows.set_column(at, "row", pa.array(place)))
        return self._rows[part], Said(*found)


def _write(nodes: pa.Table, edges: pa.Table, mentions: pa.Table, folder: Path) -> Counter[str]:
    """Write a part, every edge once, and count what it holds by kind."""
    edges = edges.group_by(["kind", "target", "source", "label"]).aggregate([("score", "max")])
    edges = edges.rename_columns({"score_max": "score"})
    mentions = mentions.group_by(["concept", "phrase"], use_threads=False).aggregate(
        [(name, "first") for name in ("caption", "image", "role")]
    )
    mentions = mentions.rename_columns(["concept", "phrase", "caption", "image", "role"])
    tables.write(nodes, folder / "nodes.parquet", ("kind", "node"), layout.NODES)
    tables.write(
        edges, folder / "edges.parquet", ("kind", "target", "source", "label"), layout.EDGES
    )
    tables.write(mentions, folder / "mentions.parquet", ("concept", "phrase"), layout.MENTIONS)
    kinds = tables.counts(nodes.column("kind")) + tables.counts(edges.column("kind"))
    return kinds + Counter({layout.MEANS: mentions.num_rows})


def _concepts(counts: Counts, known: pa.Table, named: dict[str, list[str]]) -> pa.Table:
    place = pc.index_in(counts.concepts, value_set=known.column("concept").combine_chunks())
    names, glosses, fields = (
        known.column(column).take(place).combine_chunks() for column in ("name", "gloss", "field")
    )
    spoken = pc.replace_substring_regex(counts.concepts, f"^{layout.WORD}", "")
    return pa.table(
        [
            counts.concepts,
            pc.coalesce(names, spoken),
            glosses,
            fields,
            pa.array(
                [named.get(c, []) for c in counts.concepts.to_pylist()], pa.list_(pa.string())
            ),
            *(
                pa.array(n)
                for n in (counts.phrases, counts.captions, counts.pictures, counts.below)
            ),
        ],
        schema=layout.CONCEPTS,
    )


if __name__ == "__main__":
    run("align.build_graph", section="graph")
