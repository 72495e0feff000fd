"""Pairs of a corpus in; for each the pair of another picture that may lend it a side, out.

The partner tells its picture in the language that the pair is told in, where there is such a
caption.
"""

import numpy as np

from train.corpus import Corpus
from train.similar import neighbours as similar_to


class Partners:
    """Pairs by picture and language.

    Args:
        corpus: whose pairs.
        neighbours: similar pictures that a similar one is among; 0: none is asked for, which saves
            looking for them.
    """

    def __init__(self, corpus: Corpus, neighbours: int) -> None:
        self._image = corpus.image
        self._similar = similar_to(corpus.regions.embedding, neighbours)
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
