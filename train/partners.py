"""Pairs of a corpus in; for each the pair of another picture that may lend it a side, out.

The partner tells its picture in the language that the pair is told in, where there is such a
caption.
"""

import numpy as np
import torch

from train.corpus import Corpus


class Partners:
    """Pairs by picture and language.

    Args:
        corpus: whose pairs.
        neighbours: similar pictures that a similar one is among; 0: none is asked for, which saves
            comparing each picture with all others.
    """

    def __init__(self, corpus: Corpus, neighbours: int) -> None:
        self._image, self._similar = corpus.image, _neighbours(corpus.regions.embedding, neighbours)
        tags, self._language = np.unique(corpus.languages, return_inverse=True)
        self._languages = len(tags)
        place = corpus.image * self._languages + self._language
        self._by_place = np.argsort(place, kind="stable")  # rows by picture, then language
        self._place = place[self._by_place]

    def of(
        self, rows: np.ndarray, hard: np.ndarray, which: np.ndarray, whose: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A partner of each of some pairs.

        Args:
            rows: the pairs, `(B,)`.
            hard: whose is to be of a similar picture, `(B,)` bool.
            which: numbers in [0, 1) that draw the picture, `(B,)`.
            whose: numbers in [0, 1) that draw one of its pairs, `(B,)`.

        Returns:
            rows, and whether each is told in the pair's language, `(B,)` each.
        """
        near = self._similar[self._image[rows]]
        similar = near[np.arange(len(rows)), (which * near.shape[1]).astype(np.int64)]
        anyone = (which * len(self._similar)).astype(np.int64)
        return self._row_of(np.where(hard, similar, anyone), self._language[rows], whose)

    def _row_of(
        self, picture: np.ndarray, language: np.ndarray, chance: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A pair of each picture, of the wanted language where there is one, and whether so."""
        wanted = picture * self._languages + language
        first, last = (np.searchsorted(self._place, wanted, side=s) for s in ("left", "right"))
        exact = last > first
        whole = (picture * self._languages, (picture + 1) * self._languages)
        anywhere = [np.searchsorted(self._place, w) for w in whole]
        first, last = np.where(exact, first, anywhere[0]), np.where(exact, last, anywhere[1])
        return self._by_place[first + (chance * (last - first)).astype(np.int64)], exact


def _neighbours(embedding: np.ndarray, most: int, block: int = 1024) -> np.ndarray:
    """For each picture the most similar others by cosine, `(m, k)`."""
    number = len(embedding)
    if not most:
        return np.zeros((number, 1), np.int64)
    kept = max(1, min(most, number - 1))
    found = np.zeros((number, kept), np.int64)
    vectors = torch.from_numpy(embedding)
    for start in range(0, number, block):
        similar = vectors[start : start + block] @ vectors.T
        similar[torch.arange(len(similar)), torch.arange(start, start + len(similar))] = -2
        found[start : start + block] = similar.topk(kept).indices.numpy()
    return found
