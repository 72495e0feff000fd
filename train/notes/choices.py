"""A task's choices, each read after its example's text; of a task's corpus alone.

Gives, of the N choices of a batch's examples end to end, `choices` `(N, W)` int64, the tokens of
text and choice, laid as BERT lays two sentences (`train/following.py`); `choice_begin` `(N,)`,
where the second begins; `choice_of` `(N,)`, the place of its example in the batch; `choice_place`
`(N,)`, its own among the example's; and `choice_scores` `(N,)` float32, how right it is.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from train.corpus import Corpus
from train.following import SENTENCE, lay
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
    """Read the choices of a task's examples.

    Raises:
        ParamsError: the corpus is of pairs.
    """
    rows = of(corpus, "choices").select(["choices", "answers", "scores"]).to_pylist()
    number = np.array([len(row["choices"]) for row in rows], np.int64)
    first = np.cumsum(number) - number
    told = [choice for row in rows for choice in row["choices"]]
    texts = words.encode([*corpus.captions, *told], limit)
    way = SENTENCE._replace(limit=limit)
    right = [dict(zip(row["answers"], row["scores"], strict=True)) for row in rows]
    scores = np.array(
        [own.get(c, 0.0) for row, own in zip(rows, right, strict=True) for c in row["choices"]],
        np.float32,
    )

    def note(shown: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        example = np.repeat(np.arange(len(shown)), number[shown])
        place = np.arange(len(example)) - np.repeat(
            np.cumsum(number[shown]) - number[shown], number[shown]
        )
        choice = first[shown][example] + place
        tokens, second = lay(texts, shown[example], len(corpus) + choice, way, words)
        assert second is not None
        return {
            "choices": tokens,
            "choice_begin": second.begin,
            "choice_of": torch.from_numpy(example),
            "choice_place": torch.from_numpy(place),
            "choice_scores": torch.from_numpy(scores[choice]),
        }

    return note
