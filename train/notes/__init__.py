"""One file per thing that some pretraining tasks read besides captions, regions and classes.

    def read(corpus, words, limit, labels, labels_made) -> Note: ...   # limit: tokens

A file reads labelers' tables for the pairs of a corpus; what it gives puts tensors into the batch
(`Batch.notes`). Only what a plan's tasks need is read: an objective names it by `needs(params)`.
"""

from collections.abc import Callable

import numpy as np
from torch import Tensor

Note = Callable[[np.ndarray, np.ndarray, int], dict[str, Tensor]]
"""(rows of the captions `(B,)`, rows of the pictures `(B,)`, tokens T) -> tensors by name."""

LABELERS = ("regions", "scene", "grounding", "negatives")
"""The labelers whose tables these files, and the corpus, read."""
