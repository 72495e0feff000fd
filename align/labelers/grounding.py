"""Scene graphs and regions in; which noun phrase names which regions, and what relations hold, out.

Each object of a caption's graph is a phrase: its attributes and its noun. Phrases and regions are
embedded by one CLIP and compete for each other (`align.grounding.transport`); a phrase of several
things names several regions, and where nothing is sure it names none. An alignment has the phrase's
characters and the region's number, so that a trainer can put both at one position, as VisualBERT
does (Li et al., 2019), or supervise which region a word attends to.

Relations of place are held against the boxes of what their phrases name
(`align.grounding.places`); one that does not hold says that the caption or the graph is wrong.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align.grounding import phrases, places
from align.grounding.encoder import encode
from align.grounding.matching import Match, Rule, match_caption, named_boxes
from align.grounding.phrases import Phrase
from align.labelers import Context
from align.regions.look import tower_weights
from align.rows import as_table
from curate.dataset import labels, tables
from curate.dataset.errors import DataError, ParamsError
from curate.dataset.tables import Table
from curate.stage.params import parameters

WHERE = "label_grounded.grounding"
PHRASES = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("node", pa.int32(), nullable=False),  # of its object in the scene graph
        pa.field("start", pa.int32(), nullable=False),  # characters from the caption's start
        pa.field("end", pa.int32(), nullable=False),  # one past the last character
        pa.field("words", pa.string(), nullable=False),  # attributes and lemma, as embedded
        pa.field("things", pa.int32()),  # how many that it names; null: several
        pa.field("regions", pa.int32(), nullable=False),  # that it names; 0: unsure
        pa.field("best", pa.float32(), nullable=False),  # share of the likeliest region, 0-1
    ]
)
ALIGNMENTS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("node", pa.int32(), nullable=False),
        pa.field("region", pa.int32(), nullable=False),  # of the pair's image, by the labeler
        pa.field("start", pa.int32(), nullable=False),  # of the phrase
        pa.field("end", pa.int32(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),  # share of the region, 0-1
    ]
)
RELATIONS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("edge", pa.int32(), nullable=False),  # of the scene graph
        pa.field("place", pa.string(), nullable=False),  # left of, right of, above or under
        pa.field("holds", pa.bool_()),  # null: the boxes do not tell
        pa.field("offset", pa.float32()),  # between the centres, 0-1; null: one is not found
    ]
)
TABLES = {
    "phrases": Table(PHRASES, ("uid", "node")),
    "alignments": Table(ALIGNMENTS, ("uid", "node", "region")),
    "relations": Table(RELATIONS, ("uid", "edge")),
}
_EDGES = ["uid", "edge", "source", "target", "lemma"]
_NODES = ["uid", "node", "kind", "text", "lemma", "start", "end", "parent", "quantifier"]


@parameters
class Params:
    """The model of the regions, and when a phrase names one."""

    model: str  # as label_linked.regions.model
    weights: str | None = None  # as label_linked.regions.weights
    rule: Rule = Rule()
    clear: float = 0.1  # least distance of centres that tells a side, relative to the picture


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Phrases, alignments and relations of the pairs that have a scene graph and regions.

    Raises:
        DataError: the regions' vectors are of another model.
        ParamsError: no scene graphs or no regions are given.
        WeightsError: the model cannot be loaded.
    """
    if context.of is None or context.beside is None:
        raise ParamsError(f"{WHERE} needs `of: scene` and `beside: regions` in its section")
    said = _said(pairs, tables.read(context.of / "nodes.parquet", _NODES))
    words = phrases.distinct(p for found in said.values() for p in found)
    of_words = dict(zip(words, encode(words, params.model, params.weights, f"{WHERE}.model"),
                        strict=True))  # fmt: skip
    _of_one_model(context.beside, params)
    edges = _by_uid(tables.read(context.of / "edges.parquet", _EDGES).to_pylist())
    told = tables.rows_with(pairs, "uid", sorted(said))
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
    images = dict(
        zip(told.column("uid").to_pylist(), told.column("image").to_pylist(), strict=True)
    )
    seen = _Seen(context, told.column("image"))
    for uid, found in said.items():
        boxes, vectors = seen.of(images[uid])
        if not len(boxes):
            continue
        matches = match_caption(found, vectors, of_words, params.rule)
        rows["phrases"] += _phrases(uid, found, matches)
        rows["alignments"] += _alignments(uid, found, matches)
        at = named_boxes(found, matches, boxes)
        rows["relations"] += [
            (uid, edge, *t) for edge, t in places.checked(edges.get(uid, []), at, params.clear)
        ]
    return {name: as_table(rows[name], table.schema) for name, table in TABLES.items()}


def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:  # noqa: ARG001
    """How many phrases name a region, and how many relations hold and do not."""
    said, relations = tables["phrases"], tables["relations"]
    named = pc.sum(pc.greater(said.column("regions"), 0)).as_py() or 0
    counts = {c["values"]: c["counts"] for c in pc.value_counts(relations["holds"]).to_pylist()}
    return {
        "named": named / said.num_rows if said.num_rows else None,
        "several": pc.sum(pc.greater(said.column("regions"), 1)).as_py() or 0,
        "held": counts.get(True, 0),
        "contradicted": counts.get(False, 0),
        "untold": counts.get(None, 0),
    }


def _of_one_model(regions: Path, params: Params) -> None:
    """Make sure that phrases and regions are embedded by the same weights."""
    made_by = labels.of_folder(regions, "classes", ["made_by"]).column("made_by")
    own = tower_weights(params.model, params.weights)
    if set(made_by.to_pylist()) - {own}:
        raise DataError(
            f"the regions in {regions} are seen by another model than {WHERE}.model, {params.model}"
            ": it must be that of label_linked.regions, and the regions those that it sees now "
            "(dvc repro label_linked@regions)"
        )


class _Seen:
    """Boxes and vectors of the regions of some images."""

    def __init__(self, context: Context, images: pa.ChunkedArray) -> None:
        folder = context.beside
        assert folder is not None
        key = [("image", "ascending"), ("region", "ascending")]
        corners = ["image", "region", "x1", "y1", "x2", "y2"]
        boxes = labels.of_folder(folder, "regions", corners, images).sort_by(key)
        vectors = labels.of_folder(folder, "features", ["image", "region", "embedding"], images)
        vectors = vectors.sort_by(key)
        if boxes.select(["image", "region"]) != vectors.select(["image", "region"]):
            raise DataError(f"{folder}: regions and features are not of the same regions")
        self._boxes = np.stack([boxes.column(c).to_numpy() for c in corners[2:]], 1)
        flat = vectors.column("embedding").combine_chunks().flatten()
        self._vectors = flat.to_numpy(zero_copy_only=False).reshape(max(boxes.num_rows, 1), -1)
        names, first = np.unique(np.array(boxes.column("image").to_pylist()), return_index=True)
        ends = np.append(first, boxes.num_rows)[1:]
        self._rows = {
            str(n): slice(int(a), int(b)) for n, a, b in zip(names, first, ends, strict=True)
        }

    def of(self, image: str) -> tuple[np.ndarray, np.ndarray]:
        """Boxes `(n, 4)` and vectors `(n, E)` of an image; an unreadable one has none."""
        rows = self._rows.get(image, slice(0, 0))
        return self._boxes[rows], self._vectors[rows].astype(np.float32)


def _said(pairs: pa.Table, nodes: pa.Table) -> dict[str, list[Phrase]]:
    """Uid -> its phrases, of pairs that have one."""
    known = tables.rows_with(pairs, "uid", pc.unique(nodes.column("uid")).to_pylist())
    by_uid = _by_uid(nodes.to_pylist())
    found = {
        uid: phrases.of_nodes(caption, by_uid[uid])
        for uid, caption in zip(
            known.column("uid").to_pylist(), known.column("caption").to_pylist(), strict=True
        )
    }
    return {uid: said for uid, said in found.items() if said}


def _by_uid(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in rows:
        found[row["uid"]].append(row)
    return dict(found)


def _phrases(uid: str, said: list[Phrase], matches: list[Match]) -> Iterator[tuple[Any, ...]]:
    for p, m in zip(said, matches, strict=True):
        yield uid, p.node, p.start, p.end, p.words, p.things, m.named, float(m.shares[0])


def _alignments(uid: str, said: list[Phrase], matches: list[Match]) -> Iterator[tuple[Any, ...]]:
    for p, m in zip(said, matches, strict=True):
        for region, share in zip(m.ranked[: m.named], m.shares, strict=False):
            yield uid, p.node, int(region), p.start, p.end, float(share)
