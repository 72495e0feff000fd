"""Which tokens are of one word: `words` `(B, T)` int64, the place of each one's first."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from train.corpus import Corpus
from train.notes import Note
from train.text import Words


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Tell the words of a corpus's captions apart, as the tokenizer splits them."""
    spans = corpus.spans()

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        return {"words": padded(spans.words, spans.starts, texts, width)}

    return note


def padded(places: np.ndarray, starts: np.ndarray, rows: np.ndarray, width: int) -> Tensor:
    """Places of some captions side by side, `(B, width)` int64; padding stands for itself."""
    column = np.arange(width)[None, :]
    inside = column < np.diff(starts)[rows][:, None]
    where = np.where(inside, starts[rows][:, None] + column, 0)
    return torch.from_numpy(np.where(inside, places[where], column).astype(np.int64))
