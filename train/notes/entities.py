"""What a caption's nouns mean, as vectors of concepts: by the labelers `scene` and `knowledge`.

Gives `entities` `(B, T, V)` float32, for the tokens of a noun the mean of the vectors of what it is
linked to, WordNet's meaning and other graphs' concepts; zeros elsewhere. `entities_at` `(B, T)`
int64 is the place of the first token of each one's noun. A token of several nouns is of the one
that comes first. They are of the caption, whatever picture it has.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from curate.dataset import labels as label_tables
from curate.dataset.errors import EmptySetError
from train.corpus import Corpus
from train.notes import Note
from train.notes.graph import nodes
from train.notes.words import padded
from train.text import Words

LABELER = "knowledge"


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the meanings of a corpus's captions.

    Raises:
        DataError: the labelers have not labelled the pool.
        EmptySetError: there is no concept.
    """
    meanings = _meanings(corpus, labels, labels_made)
    rows, vectors = _vectors(sorted(set(meanings.values())), labels, labels_made)
    spans = corpus.spans()
    lengths = np.diff(spans.starts)
    places = (np.arange(lengths.sum()) - np.repeat(spans.starts[:-1], lengths)).astype(np.int32)
    means = np.zeros(len(places), np.int32)  # rows of vectors, of which the first is of nothing
    row_of = {uid: row for row, uid in enumerate(corpus.uids)}
    said = [node for node in nodes(corpus, labels, labels_made) if node["kind"] == "object"]
    for node in sorted(said, key=lambda node: (node["uid"], node["start"], node["end"])):
        meaning = rows.get(meanings.get((node["uid"], node["node"]), ()), 0)
        row = row_of[node["uid"]]
        at = spans.starts[row] + spans.within(row, node["start"], node["end"])
        at = at[means[at] == 0]
        if meaning and len(at):
            places[at], means[at] = places[at[0]], meaning

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        there = torch.arange(width) < torch.from_numpy(lengths[texts])[:, None]
        found = padded(means, spans.starts, texts, width).masked_fill(~there, 0)
        return {
            "entities": torch.from_numpy(vectors[found.numpy()]),
            "entities_at": padded(places, spans.starts, texts, width),
        }

    return note


def length(labels: Path) -> int:
    """How many numbers the pool's vectors of concepts have.

    Raises:
        DataError: the labeler has not labelled the pool.
        EmptySetError: there is no concept.
    """
    table = label_tables.read(LABELER, "vectors", labels, None, ["concept", "vector"])
    if not table.num_rows:
        raise EmptySetError(
            f"{labels / LABELER} has no vector of a concept; leave out `entities: true`"
        )
    return len(table.column("vector")[0])


def _meanings(
    corpus: Corpus, labels: Path, labels_made: Path | None
) -> dict[tuple[str, int], tuple[str, ...]]:
    """The concepts that each node is linked to, ascending."""
    wanted = pa.array(corpus.uids, pa.string())
    found: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for table, concept in (("links", "synset"), ("entities", "concept")):
        columns = ["uid", "node", concept]
        rows = label_tables.read(LABELER, table, labels, labels_made, columns, wanted)
        for uid, node, one in zip(*(rows.column(c).to_pylist() for c in columns), strict=True):
            found[uid, node].add(one)
    return {node: tuple(sorted(concepts)) for node, concepts in found.items()}


def _vectors(
    meanings: list[tuple[str, ...]], labels: Path, labels_made: Path | None
) -> tuple[dict[tuple[str, ...], int], np.ndarray]:
    """For each meaning the row of its vector, and these; the first row, of nothing, is zeros."""
    names = pa.array(sorted({one for meaning in meanings for one in meaning}), pa.string())
    columns = ["concept", "vector"]
    table = label_tables.read(LABELER, "vectors", labels, labels_made, columns, names)
    of = {
        concept: np.array(vector, np.float32)
        for concept, vector in zip(*(table.column(c).to_pylist() for c in columns), strict=True)
    }
    found, rows = [np.zeros(length(labels), np.float32)], {}
    for meaning in meanings:
        if known := [of[one] for one in meaning if one in of]:
            rows[meaning] = len(found)
            found.append(np.mean(known, 0))
    return rows, np.stack(found)
