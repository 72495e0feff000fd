"""What counts as right of a task's examples, and how much; of a task's corpus alone.

Gives `answers` `(B, A)` int64, keys of the answers as those of `train.notes.questions`, and
`answer_scores` `(B, A)` float32, 0 where there is none.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from train.corpus import Corpus
from train.notes import Note
from train.notes.questions import key
from train.tasks.asked import listed, of
from train.text import Words


def read(
    corpus: Corpus,
    words: Words,  # noqa: ARG001
    limit: int,  # noqa: ARG001
    labels: Path,  # noqa: ARG001
    labels_made: Path | None,  # noqa: ARG001
) -> Note:
    """Read the answers of a task's examples.

    Raises:
        ParamsError: the corpus is of pairs.
    """
    rows = of(corpus, "answers")
    said = listed(rows.column("answers"), key, np.int64)
    scores = listed(rows.column("scores"), float, np.float32)

    def note(shown: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        return {
            "answers": torch.from_numpy(said[shown]),
            "answer_scores": torch.from_numpy(scores[shown]),
        }

    return note
