"""Which captions belong to which pictures, told by marks that batches of one step can exchange.

Gives `said` and `shown` `(B, 2 + P)` int64, the marks of each caption and of each picture: number
of the picture's content, number of the wording, numbers of the family (-1 after the last).
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
    own = [corpus.image[:, None], corpus.wording[:, None], corpus.family]
    marks = torch.from_numpy(np.concatenate(own, 1))

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        return {"said": marks[texts], "shown": marks[pictures]}

    return note


def matrix(said: Tensor, shown: Tensor) -> Tensor:
    """Each caption (row) with each picture (column), given their marks.

    Returns:
        `(N, M)` int64. 1: the caption is told of the picture, or of one of the same content; -1:
        their pairs are of one family, or say the same, so that it is unclear, or the picture is
        withheld, or the caption one of two; 0: they do not belong together.
    """
    left, right = said[:, None], shown[None]
    ours, theirs = left[..., 2:, None], right[..., None, 2:]
    related = ((ours == theirs) & (ours >= 0)).flatten(2).any(2)
    unclear = related | (left[..., 1] == right[..., 1])
    unclear |= (left[..., 0] < 0) | (right[..., 0] < 0)
    own = (left[..., 0] == right[..., 0]) & (left[..., 0] >= 0)
    return torch.where(own, 1, torch.where(unclear, -1, 0))


def worded(said: Tensor) -> Tensor:
    """Each caption (row) with the words of each (column), given their marks.

    Returns:
        `(N, N)` int64. 1: they are the same words; -1: they are told of one picture, or their pairs
        are of one family, so that the one may mean the other, or one is of two captions; 0: they
        do not belong together.
    """
    alone = said[:, 0] >= 0
    same = (said[:, None, 1] == said[None, :, 1]) & alone[:, None] & alone
    return torch.where(same, 1, torch.where(matrix(said, said) == 0, 0, -1))
