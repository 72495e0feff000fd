"""Which tokens name a node or an edge of the caption's scene graph, and of what kind it is.

Gives `nodes` `(B, T)` int64, the place of the first token of each one's node or edge, and `kinds`
`(B, T)` int64: 0 none, 1 object, 2 attribute, 3 relation. A token that several name is of the
first kind of these. A caption of another language than English has no graph.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from curate.dataset import labels as label_tables
from train.corpus import Corpus
from train.notes import Note
from train.notes.words import padded
from train.text import Words

KINDS = ("none", "object", "attribute", "relation")
_NODES = ["uid", "node", "kind", "start", "end", "parent"]
_EDGES = ["uid", "edge", "start", "end"]


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the graphs of a corpus's captions.

    Raises:
        DataError: the labeler `scene` has not labelled the pool.
    """
    spans = corpus.spans()
    lengths = np.diff(spans.starts)
    places = (np.arange(lengths.sum()) - np.repeat(spans.starts[:-1], lengths)).astype(np.int32)
    kinds = np.zeros(len(places), np.int32)
    row_of = {uid: row for row, uid in enumerate(corpus.uids)}
    for kind, uid, start, end in _named(corpus, labels, labels_made):
        row = row_of[uid]
        at = spans.starts[row] + spans.within(row, start, end)
        at = at[kinds[at] == 0]
        if len(at):
            places[at], kinds[at] = places[at[0]], kind

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        kind = padded(kinds, spans.starts, texts, width)
        beyond = torch.arange(width) >= torch.from_numpy(lengths[texts])[:, None]
        return {
            "nodes": padded(places, spans.starts, texts, width),
            "kinds": kind.masked_fill(beyond, 0),
        }

    return note


def nodes(corpus: Corpus, labels: Path, labels_made: Path | None) -> list[dict[str, Any]]:
    """The nodes of a corpus's graphs, as rows."""
    return _rows("nodes", _NODES, corpus, labels, labels_made)


def _named(
    corpus: Corpus, labels: Path, labels_made: Path | None
) -> list[tuple[int, str, int, int]]:
    """(kind, uid, first character, one past the last): objects, then attributes, then relations."""
    said = [(KINDS.index(n["kind"]), n) for n in nodes(corpus, labels, labels_made)]
    edges = _rows("edges", _EDGES, corpus, labels, labels_made)
    said += [(KINDS.index("relation"), edge) for edge in edges]
    return sorted((kind, n["uid"], n["start"], n["end"]) for kind, n in said)


def _rows(
    table: str, columns: list[str], corpus: Corpus, labels: Path, labels_made: Path | None
) -> list[dict[str, Any]]:
    wanted = pa.array(corpus.uids, pa.string())
    return label_tables.read("scene", table, labels, labels_made, columns, wanted).to_pylist()
