"""Training pairs in; which pictures a caption asks for by its words alone, without a model, out.

A caption borrows the picture of the training caption of its language that shares most words with
it, as the Jaccard index has it; pictures are compared by the vectors that a labeler gave them. What
finds captions and pictures better than this has learnt from them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset.words import words
from train.corpus import Corpus
from train.tasks.baselines import picture_vectors
from train.tasks.ranking import Similar
from train.tasks.searched import Candidates, Ways

_Told = Mapping[str, tuple[Sequence[str], np.ndarray]]
"""By language: training captions, and the vectors of their pictures, `(n, E)`, of unit length."""


def ways(training: pa.Table, corpus: Corpus, labels: Path) -> Ways:
    """The one way in which captions and pictures of a split find each other so.

    Args:
        training: the training examples, schema `train.tasks.examples.EXAMPLES`.
        corpus: the split.
        labels: folder of the labelers' tables of the pictures of both.
    """
    told = _told(training, labels)

    def similar(some: Candidates) -> dict[str, Similar]:
        captions, vectors = told.get(
            str(corpus.languages[some.texts[0]]), ((), corpus.regions.embedding[:0])
        )
        asked = [corpus.captions[row] for row in some.texts]
        shown = corpus.regions.embedding[corpus.image[some.pictures]]
        found = _borrowed(asked, captions, vectors) @ shown.T
        return {"nearest": Similar(found, found)}

    return similar


def _told(training: pa.Table, labels: Path) -> _Told:
    """Captions whose picture has a vector."""
    first = pc.list_element(training.column("images"), 0)
    place, vectors = picture_vectors(pc.unique(first), labels)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    grouped: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    texts, langs = (training.column(name).to_pylist() for name in ("text", "lang"))
    for text, lang, image in zip(texts, langs, first.to_pylist(), strict=True):
        if image in place:
            grouped[lang].append((text, place[image]))
    return {
        lang: ([text for text, _ in own], vectors[[at for _, at in own]])
        for lang, own in grouped.items()
    }


def _borrowed(asked: Sequence[str], captions: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    """For each text the mean vector of the captions that share most words with it, `(n, E)`.

    Nought, which is like no picture, where no caption shares any.
    """
    own = [_words(caption) for caption in captions]
    postings: defaultdict[str, list[int]] = defaultdict(list)
    for at, those in enumerate(own):
        for word in those:
            postings[word].append(at)
    having = {word: np.array(rows) for word, rows in postings.items()}
    lengths = np.array([len(those) for those in own])
    found = np.zeros((len(asked), vectors.shape[1]), np.float32)
    for place, text in enumerate(asked):
        wanted = _words(text)
        known = [having[word] for word in sorted(wanted) if word in having]
        if known:
            shared = np.bincount(np.concatenate(known), minlength=len(captions))
            index = shared / (len(wanted) + lengths - shared)
            found[place] = vectors[index == index.max()].mean(0)
    return found


def _words(text: str) -> set[str]:
    return {*words(text.casefold())}
