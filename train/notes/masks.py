"""Where a mask token goes that an answer is read from: behind a text's last word, before its end.

Gives `mask_at` `(B,)` int64. A text that is as long as texts may be loses its last word to it.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from train.corpus import Corpus
from train.notes import Note
from train.text import Words


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the lengths of a corpus's texts."""
    place = np.minimum(corpus.tokens.lengths() - 1, limit - 2)

    def note(shown: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        return {"mask_at": torch.from_numpy(place[shown])}

    return note
