"""Which words each region stands at, as VisualBERT is told: by the labeler `grounding`.

Gives `stands_at` `(B, R, T)` bool: the tokens of the phrases that name the region. With a picture
that is not the caption's own a region is named by its number alone (of the picture's n regions,
region k is the one numbered k mod n): were wrong pictures without alignments, or right ones the
only pictures with them, they would tell image-text matching its answer. So what an alignment says
must be looked at: does this region show this word?
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from train.corpus import Corpus
from train.notes import Note
from train.notes.alignments import named_regions
from train.text import Words


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the alignments of a corpus's captions.

    Raises:
        DataError: the labeler has not labelled the pool.
    """
    named = named_regions(corpus, labels, labels_made)
    number = corpus.regions.present.sum(1)
    most = corpus.regions.present.shape[1]

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:
        found = np.zeros((len(texts), most, width), bool)
        for at, (text, image) in enumerate(zip(texts, corpus.image[pictures], strict=True)):
            for places, region, _ in named.get(int(text), ()):
                found[at, region % number[image], places] = True
        return {"stands_at": torch.from_numpy(found)}

    return note
