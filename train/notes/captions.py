"""The captions that a task's examples are right to be answered with; of a task's corpus alone.

Gives `captions` `(B, N, W)` int64, the tokens of each one, its end token the last, padded; and
`captions_of` `(B,)` int64, how many of the N an example has.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from curate.dataset.errors import DataError
from train.corpus import Corpus
from train.notes import Note
from train.tasks.asked import of
from train.text import Words


def read(
    corpus: Corpus,
    words: Words,
    limit: int,
    labels: Path,  # noqa: ARG001
    labels_made: Path | None,  # noqa: ARG001
) -> Note:
    """Read the captions of a task's examples.

    A caption that leaves its prompt too little room is cut, and then has no end to be learnt.

    Raises:
        ParamsError: the corpus is of pairs.
        DataError: an example has no caption, or its prompt leaves no room for one.
    """
    told = of(corpus, "captions").column("answers").to_pylist()
    number = np.array([len(own) for own in told], np.int64)
    prompt = corpus.tokens.lengths()
    if not number.all():
        raise DataError(f"example {corpus.uids[int(number.argmin())]!r} has no caption to learn")
    if prompt.max() >= limit:
        raise DataError(
            f"example {corpus.uids[int(prompt.argmax())]!r}: its text fills all {limit} tokens "
            "that the model reads, which leaves none for a caption"
        )
    first = np.cumsum(number) - number
    texts = words.encode([caption for own in told for caption in own], limit + 1)
    lengths = texts.lengths() - 1  # without the start token
    room = np.repeat(limit - prompt, number)

    def note(shown: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        most = int(number[shown].max())
        place = np.arange(most)
        there = place < number[shown][:, None]
        rows = np.where(there, first[shown][:, None] + place, 0)
        padded = texts.padded(rows.ravel(), words.pad)[:, 1:].reshape(len(shown), most, -1)
        kept = np.minimum(lengths[rows], room[rows]) * there
        inside = np.arange(padded.shape[2]) < kept[:, :, None]
        found = np.where(inside, padded, words.pad)[:, :, : int(kept.max())]
        return {
            "captions": torch.from_numpy(found),
            "captions_of": torch.from_numpy(number[shown]),
        }

    return note
