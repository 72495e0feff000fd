"""Words that captions say of what a region shows: attributes of phrases that name it.

Gives `attributes` `(B, R, A)` int64, tokens of these words, and `attributed` `(B, R, A)` float32:
how sure the labeler `grounding` is that the phrase names the region; 0 where there is none. All
captions of a picture in the corpus are taken together, so that a region has its attributes
whichever caption stands beside it.
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
from train.notes.alignments import LABELER
from train.notes.graph import nodes
from train.text import Words

_COLUMNS = ["uid", "node", "region", "score"]


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the attributes of a corpus's regions.

    Raises:
        DataError: one of the labelers `scene` and `grounding` has not labelled the pool.
    """
    said = _said(corpus, words, labels, labels_made)
    most = max(map(len, said.values()), default=1)
    shape = (*corpus.regions.present.shape, most)
    tokens, sure = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    for (image, region), found in said.items():
        for rank, token in enumerate(sorted(found)):
            tokens[image, region, rank], sure[image, region, rank] = token, found[token]

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        image = corpus.image[pictures]
        return {
            "attributes": torch.from_numpy(tokens[image]),
            "attributed": torch.from_numpy(sure[image]),
        }

    return note


def _said(
    corpus: Corpus, words: Words, labels: Path, labels_made: Path | None
) -> dict[tuple[int, int], dict[int, float]]:
    """(picture, region) -> token of an attribute -> how sure it is that of the region."""
    wanted = pa.array(corpus.uids, pa.string())
    rows = label_tables.read(LABELER, "alignments", labels, labels_made, _COLUMNS, wanted)
    spans = corpus.spans()
    row_of = {uid: row for row, uid in enumerate(corpus.uids)}
    of_phrase: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for one in nodes(corpus, labels, labels_made):
        if one["kind"] == "attribute" and one["parent"] is not None:
            row = row_of[one["uid"]]
            places = corpus.tokens.starts[row] + spans.within(row, one["start"], one["end"])
            told = corpus.tokens.ids[places]
            of_phrase[one["uid"], one["parent"]] |= set(told[np.isin(told, words.ordinary)])
    found: defaultdict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    for one in rows.to_pylist():
        if one["region"] < corpus.regions.present.shape[1]:
            sure = found[int(corpus.image[row_of[one["uid"]]]), one["region"]]
            for token in of_phrase.get((one["uid"], one["node"]), ()):
                sure[int(token)] = max(sure.get(int(token), 0.0), one["score"])
    return {place: told for place, told in found.items() if told}
