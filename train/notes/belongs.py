"""Which captions of a batch belong to which of its pictures: `belongs` `(B, B)` int64.

1: the caption (row) is told of the picture (column), or of that of the same content; -1: their
pairs are of one family, or say the same, so that it is unclear; 0: they do not belong together.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from train.corpus import Corpus
from train.notes import Note
from train.text import Words


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Nothing is read: a corpus knows its families."""

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        number = len(texts)
        left, right = np.repeat(texts, number), np.tile(pictures, number)
        unclear = corpus.related(left, right) | (corpus.wording[left] == corpus.wording[right])
        own = corpus.image[left] == corpus.image[right]
        found = np.where(own, 1, np.where(unclear, -1, 0)).reshape(number, number)
        return {"belongs": torch.from_numpy(found)}

    return note
