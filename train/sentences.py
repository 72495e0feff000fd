"""Pairs of a batch in; some of them with a second caption, out: VisualBERT's two sentences.

The first caption is the picture's own. The second is another of the picture's own, or that of
another picture, and matching is to tell which (Li et al., 2019, after BERT's next sentence). Both
are in one language and are told apart as BERT's pairs are: [CLS] first [SEP] second [SEP], the
second of the second segment; positions go on. A picture with one caption in the language stays as
it is, and so does what was drawn for it: a wrong caption, or a wrong picture.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from train import draws
from train.text import Tokens, Words

if TYPE_CHECKING:
    from train.batches import Batch
    from train.corpus import Corpus

Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rows of captions, rows of pictures, and whether they match, `(B,)` each."""


class Two(NamedTuple):
    """Which pairs get a second caption: a share of them, 0-1, and of how many tokens with it."""

    share: float
    limit: int


NONE = Two(0.0, 0)


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


class Seconds:
    """The second captions of a corpus's pairs.

    Args:
        corpus: where they come from.
    """

    def __init__(self, corpus: "Corpus") -> None:
        language = np.unique(corpus.languages, return_inverse=True)[1]
        self._corpus, self._language = corpus, language
        place = corpus.image * (1 + language.max(initial=0)) + language
        said = place * (1 + corpus.wording.max(initial=0)) + corpus.wording
        self._order = np.argsort(said, kind="stable")  # by picture, language and wording
        self._first, last = _bounds(place, self._order)
        self._own, alike = _bounds(said, self._order)
        self._same = alike - self._own
        self._number = last - self._first - self._same  # of other captions

    def paired(self, rows: np.ndarray, drawn: Drawn, share: float, *purpose: int | str) -> Pairs:
        """Give a share of some pairs a second caption: the wrong one drawn for them, or an own.

        Args:
            rows: the pairs, `(B,)`.
            drawn: what `train.batches.Batches.mismatch` drew for them.
            share: chance of each.
            purpose: of the draws.
        """
        texts, pictures, matched = drawn
        if not share:
            return Pairs(*drawn, np.full(len(rows), -1))
        chance = draws.uniform(self._corpus.keys[rows], 2, *purpose)
        others = self._another(rows, chance[:, 1])
        two = (chance[:, 0] < share) & (others >= 0)
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

    def put(self, batch: "Batch", pairs: Pairs, limit: int, words: Words) -> None:
        """Let a batch's captions be followed by second ones.

        Args:
            batch: its `tokens` and `words` are changed; the note `sentences` says where second
                captions begin, T where none does, `(B,)` int64.
            pairs: what it was made of.
            limit: tokens of both captions, the three special ones among them.
            words: the tokenizer.
        """
        if not (pairs.seconds >= 0).any():
            return
        batch.tokens, at = joined(self._corpus.tokens, pairs, limit, words)
        batch.notes["sentences"] = at
        batch.words = batch.tokens != words.pad


def _bounds(keys: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the rows of each row's key begin and end in an order by key, `(n,)` each."""
    ordered = keys[order]
    return np.searchsorted(ordered, keys), np.searchsorted(ordered, keys, "right")


def begin(batch: "Batch") -> torch.Tensor | None:
    """Where second captions begin, of this kind or translations, T where none does, `(B,)`."""
    return batch.notes.get("sentences") if batch.second is None else batch.second


def joined(
    captions: Tokens, pairs: Pairs, limit: int, words: Words
) -> tuple[torch.Tensor, torch.Tensor]:
    """First and second captions end to end; the longer loses words where they are too long.

    Returns:
        Token ids `(B, T)`, and where second captions begin, T where there is none, `(B,)`.
    """

    def body(row: int) -> np.ndarray:
        return captions.ids[captions.starts[row] + 1 : captions.starts[row + 1] - 1]

    found = []
    for first, second in zip(pairs.texts, pairs.seconds, strict=True):
        one, two = body(first), np.empty(0, np.int32)
        if second >= 0:
            two, left = body(second), limit - 3
            one = one[: max(left - left // 2, left - len(two))]
            two = np.concatenate([two[: left - len(one)], [words.end]])
        found.append((np.concatenate([[words.start], one, [words.end]]), two))
    width = max(len(one) + len(two) for one, two in found)
    ids, begins = np.full((len(found), width), words.pad, np.int64), np.full(len(found), width)
    for row, (one, two) in enumerate(found):
        ids[row, : len(one) + len(two)] = np.concatenate([one, two])
        begins[row] = len(one) if len(two) else width
    return torch.from_numpy(ids), torch.from_numpy(begins)
