"""Which tokens are of one phrase: `phrases` `(B, T)` int64, the place of each one's first.

A phrase is an object of the caption's scene graph with the attributes that stand before it, and
the words between. What is in no phrase goes by words; so does a caption without a graph.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch import Tensor

from train.corpus import Corpus
from train.notes import Note
from train.notes.graph import nodes
from train.notes.words import padded
from train.text import Words


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the phrases of a corpus's captions.

    Raises:
        DataError: the labeler `scene` has not labelled the pool.
    """
    spans = corpus.spans()
    units = spans.words.copy()
    for row, start, end in _phrases(corpus, labels, labels_made):
        places = spans.within(row, start, end)
        if len(places):
            own = units[spans.starts[row] : spans.starts[row + 1]]
            own[places] = own[places].min()

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        return {"phrases": padded(units, spans.starts, texts, width)}

    return note


def _phrases(
    corpus: Corpus, labels: Path, labels_made: Path | None
) -> Iterator[tuple[int, int, int]]:
    """(row, first character, one past the last) of each phrase, from left to right."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    told = nodes(corpus, labels, labels_made)
    for node in told:
        if node["kind"] == "object":
            found[node["uid"], node["node"]] = (node["start"], node["end"])
    for node in told:
        key = (node["uid"], node["parent"])
        if key in found and node["end"] <= found[key][1]:
            found[key] = (min(node["start"], found[key][0]), found[key][1])
    row_of = {uid: row for row, uid in enumerate(corpus.uids)}
    yield from sorted((row_of[uid], *span) for (uid, _), span in found.items())
