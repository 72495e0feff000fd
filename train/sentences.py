"""Pairs of a batch in; some of them with a second caption, out: VisualBERT's two sentences.

The first caption is the picture's own. The second is another of the picture's own, or that of
another picture, and matching is to tell which (Li et al., 2019, after BERT's next sentence). Both
are in one language and are told apart as BERT's pairs are (`train/following.py`). A picture with
one caption in the language stays as it is, and so does what was drawn for it: a wrong caption, or a
wrong picture.
"""

from typing import NamedTuple

import numpy as np

from train import draws, showings
from train.corpus import Corpus
from train.following import SENTENCE
from train.plan import Plan

Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rows of captions, rows of pictures, and whether they match, `(B,)` each."""


class Pairs(NamedTuple):
    """Rows of a corpus that stand side by side in a batch, `(B,)` each.

    Attributes:
        texts: whose captions are taken.
        pictures: whose pictures are taken.
        matched: whether they, or second caption and picture, belong together, bool.
        seconds: whose captions follow; -1: none does.
    """

    texts: np.ndarray
    pictures: np.ndarray
    matched: np.ndarray
    seconds: np.ndarray


class Sentences:
    """The second captions of a corpus's pairs.

    Args:
        corpus: where they come from.
        share: of the pairs that have such a caption, how many are read with one, 0-1.
        limit: tokens of both captions, the three special ones among them.
        seed: fixes the draws.
    """

    def __init__(self, corpus: Corpus, share: float, limit: int, seed: int) -> None:
        language = np.unique(corpus.languages, return_inverse=True)[1]
        self._keys, self._language, self._share, self._seed = corpus.keys, language, share, seed
        self.way = SENTENCE._replace(limit=limit)
        place = corpus.image * (1 + language.max(initial=0)) + language
        said = place * (1 + corpus.wording.max(initial=0)) + corpus.wording
        self._order = np.argsort(said, kind="stable")  # by picture, language and wording
        self._first, last = _bounds(place, self._order)
        self._own, alike = _bounds(said, self._order)
        self._same = alike - self._own
        self._number = last - self._first - self._same  # of other captions

    def paired(self, epoch: int, shown: np.ndarray, drawn: Drawn) -> Pairs:
        """Give a share of some showings a second caption: the wrong one drawn for them, or an own.

        Args:
            epoch: number of the pass.
            shown: the showings, `(B,)`.
            drawn: what `train.batches.Batches.mismatch` drew for them.
        """
        texts, pictures, matched = drawn
        keys, rows = showings.keys(shown, self._keys), showings.rows(shown, len(self._keys))
        chance = draws.uniform(keys, 2, self._seed, "second", epoch)
        others = self._another(rows, chance[:, 1])
        two = (chance[:, 0] < self._share) & (others >= 0)
        partner = np.where(texts != rows, texts, pictures)
        wrong = ~matched & (self._language[partner] == self._language[rows])
        return Pairs(
            texts=np.where(two, rows, texts),
            pictures=np.where(two, rows, pictures),
            matched=np.where(two, ~wrong, matched),
            seconds=np.where(two, np.where(wrong, partner, others), -1),
        )

    def _another(self, rows: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """Another caption of each one's picture, in its language; -1 where there is none."""
        number = self._number[rows]
        at = self._first[rows] + (chance * number).astype(np.int64)
        at += np.where(at >= self._own[rows], self._same[rows], 0)  # none of the same wording
        return np.where(number > 0, self._order[at.clip(max=len(self._order) - 1)], -1)


def of(corpus: Corpus, plan: Plan, seed: int) -> Sentences | None:
    """The second captions that a plan wants of a split's pairs; None: it wants none."""
    return Sentences(corpus, plan.second, plan.text_tokens, seed) if plan.second else None


def _bounds(keys: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the rows of each row's key begin and end in an order by key, `(n,)` each."""
    ordered = keys[order]
    return np.searchsorted(ordered, keys), np.searchsorted(ordered, keys, "right")
