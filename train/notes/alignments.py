"""Which regions the phrase of each token names, by the labeler `grounding`.

Gives `aligned` `(B, T, R)` float32: how sure that is, 0 where it names none of them. It is told of
a caption with its own picture alone; with any other, nothing is aligned.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from curate.dataset import labels as label_tables
from train.corpus import Corpus
from train.notes import Note
from train.text import Words

LABELER = "grounding"
_COLUMNS = ["uid", "node", "region", "start", "end", "score"]


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the alignments of a corpus's captions.

    Raises:
        DataError: the labeler has not labelled the pool.
    """
    named = named_regions(corpus, labels, labels_made)
    most = corpus.regions.present.shape[1]

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:
        found = np.zeros((len(texts), width, most), np.float32)
        own = corpus.image[texts] == corpus.image[pictures]
        for at in np.flatnonzero(own):
            for places, region, score in named.get(int(texts[at]), ()):
                found[at, places, region] = np.maximum(found[at, places, region], score)
        return {"aligned": torch.from_numpy(found)}

    return note


def named_regions(
    corpus: Corpus, labels: Path, labels_made: Path | None
) -> dict[int, list[tuple[np.ndarray, int, float]]]:
    """For each row of a corpus the regions that its phrases name.

    Returns:
        row -> (places of the phrase's tokens, number of the region, how sure that is).

    Raises:
        DataError: the labeler has not labelled the pool.
    """
    spans = corpus.spans()
    wanted = pa.array(corpus.uids, pa.string())
    rows = label_tables.read(LABELER, "alignments", labels, labels_made, _COLUMNS, wanted)
    row_of = {uid: row for row, uid in enumerate(corpus.uids)}
    most = corpus.regions.present.shape[1]
    named: defaultdict[int, list[tuple[np.ndarray, int, float]]] = defaultdict(list)
    for one in rows.to_pylist():
        row = row_of[one["uid"]]
        if one["region"] < most:
            places = spans.within(row, one["start"], one["end"])
            named[row].append((places, one["region"], one["score"]))
    return dict(named)
