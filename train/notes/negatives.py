"""Captions that are false of a pair's picture, with twins, by the labeler `negatives`.

Gives `rivals` `(B, N, 3, W)` int64, the tokens of each negative's caption, of its twin (true: it
says what the pair's caption says in other words) and of the twin's negative (false), padded; and
`contrasts` `(B,)` int64, how many of the N a pair has: none with a picture that is not its own.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from curate.dataset import labels as label_tables
from train.corpus import Corpus
from train.notes import Note
from train.text import Words

LABELER = "negatives"
SAID = ("caption", "twin", "twin_negative")


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:
    """Read the negatives of a corpus's pairs.

    Raises:
        DataError: the labeler has not labelled the pool.
    """
    columns = ["uid", "negative", *SAID]
    wanted = pa.array(corpus.uids, pa.string())
    rows = label_tables.read(LABELER, "negatives", labels, labels_made, columns, wanted)
    rows = rows.sort_by([("uid", "ascending"), ("negative", "ascending")])
    told = [words.encode(rows.column(name).to_pylist(), limit) for name in SAID]
    owner = np.searchsorted(np.array(corpus.uids), np.array(rows.column("uid").to_pylist(), str))
    number = np.bincount(owner, minlength=len(corpus))
    first = np.cumsum(number) - number
    most = int(number.max(initial=1))

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        own = np.where(texts == pictures, number[texts], 0)
        at, which = np.nonzero(np.arange(most) < own[:, None])
        negatives = first[texts[at]] + which
        parts = [tokens.padded(negatives, words.pad) for tokens in told]
        longest = max(part.shape[1] for part in parts)
        rivals = np.full((len(texts), most, len(SAID), longest), words.pad)
        for place, part in enumerate(parts):
            rivals[at, which, place, : part.shape[1]] = part
        return {"rivals": torch.from_numpy(rivals), "contrasts": torch.from_numpy(own)}

    return note
