"""A split's pairs in; its batches, in an order that (seed, epoch) fixes, out.

An epoch takes each pair as often as its language weighs (a weight of 0.2 takes a fifth of them,
others in each epoch; one of 2 takes each twice, in batches far apart and drawn anew), gives some
of the pairs a wrong picture or a wrong caption for image-text matching, and cuts the rows into
batches of similar length, words and regions together, so that little is computed for nothing (see
`train/unpadding.py`). Every choice is a draw by (seed, epoch, uid), so batch k is the same whether
or not the run began at batch 0.
"""

from collections.abc import Iterator, Sequence
from itertools import count, islice

import numpy as np
import torch

from curate.dataset.errors import EmptySetError
from train import draws, languages, showings
from train.batch import Batch, collate
from train.corpus import Corpus
from train.curriculum import Phase
from train.following import TRANSLATION
from train.params import Sampling
from train.partners import Partners
from train.sentences import Pairs, Sentences
from train.text import Words
from train.translations import Translations

_POOL = 32  # batches whose rows are sorted by length together


class Batches:
    """The batches of a training run.

    Args:
        corpus: the training pairs.
        words: the tokenizer.
        size: pairs in a batch.
        seed: fixes every choice.
        sampling: languages and negatives.
        phases: of the run; None: one, without end, of all pairs alike.
        translations: captions in other languages that may follow a pair's; None: there are none.
        sentences: captions in its own that do; None: there are none.
    """

    def __init__(
        self,
        corpus: Corpus,
        words: Words,
        size: int,
        seed: int,
        sampling: Sampling,
        phases: Sequence[Phase] | None = None,
        translations: Translations | None = None,
        sentences: Sentences | None = None,
    ) -> None:
        self._corpus, self._words = corpus, words
        self._translations, self._sentences = translations, sentences
        self._phases = phases or [Phase(None, np.ones(len(corpus)))]
        self._size, self._seed, self._sampling = size, seed, sampling
        self._weight = languages.weights(corpus.languages, sampling)
        self._partners = Partners(corpus, sampling.neighbours if sampling.hard else 0)

    def order(self, epoch: int, phase: int = 0) -> list[np.ndarray]:
        """The showings of each batch of an epoch, in the order in which they are trained on.

        Rows, but for the further times of pairs that it shows more than once, see
        `train/showings.py`.

        Raises:
            EmptySetError: the phase's weights leave too little for one batch.
        """
        weight = self._weight * self._phases[phase].factor
        if weight.sum() < 2 * self._size:
            raise EmptySetError(
                f"an epoch has {weight.sum():.0f} of {len(self._corpus)} pairs (languages "
                f"{self._sampling.languages}, sources and scores of phase {phase + 1} of "
                f"{len(self._phases)}), too few for batches of {self._size}; lower "
                "`batch` or raise the weights"
            )
        taken = draws.uniform(self._corpus.keys, 2, self._seed, "order", epoch)
        times = np.floor(weight + taken[:, 0]).astype(np.int64)
        shown = showings.of(times)
        ranks = showings.ranks(shown, taken[:, 1], times)
        shown = shown[np.argsort(ranks, kind="stable")]
        number = len(shown) // self._size
        shown = shown[: number * self._size]  # any, not the longest captions
        lengths = self._lengths(epoch, shown)
        among = self._size * max(1, min(_POOL, number // max(1, times.max())))  # a pair once
        batches: list[np.ndarray] = []
        for start in range(0, len(shown), among):
            pool = shown[start : start + among]
            pool = pool[np.argsort(lengths[start : start + len(pool)], kind="stable")]
            batches += list(pool.reshape(-1, self._size))
        places = np.arange(len(batches), dtype=np.uint64)
        lots = draws.uniform(places, 1, self._seed, "batches", epoch)
        return [batches[i] for i in np.argsort(lots[:, 0], kind="stable")]

    def _lengths(self, epoch: int, shown: np.ndarray) -> np.ndarray:
        """Words and regions of what showings show, wrong captions and pictures among it."""
        texts, pictures, _ = self.mismatch(epoch, shown, both=True)
        regions = self._corpus.regions.present.sum(1)[self._corpus.image[pictures]]
        words, second = self._corpus.tokens.lengths(), self.second(epoch, shown)
        return words[texts] + np.where(second < 0, 0, words[second]) + regions

    def schedule(self) -> Iterator[tuple[int, np.ndarray]]:
        """(epoch, showings of a batch) without end, phase by phase."""
        epochs, begun = count(), 0
        for number, phase in enumerate(self._phases):
            batches = ((epoch, some) for epoch in epochs for some in self.order(epoch, number))
            yield from islice(batches, None if phase.until is None else phase.until - begun)
            begun = phase.until or begun

    def first(self, number: int) -> Iterator[np.ndarray]:
        """Up to `number` rows of languages that count, the same each time, batch by batch."""
        rows = np.flatnonzero(self._weight > 0)
        rows = rows[np.argsort(draws.uniform(self._corpus.keys[rows], 1, "first")[:, 0])][:number]
        rows = rows[np.argsort(self._corpus.tokens.lengths()[rows], kind="stable")]
        for start in range(0, len(rows), self._size):
            yield rows[start : start + self._size]

    def make(self, epoch: int, shown: np.ndarray, wrong: bool = True, both: bool = False) -> Batch:
        """The batch of some showings, which shows what `shown` says."""
        pairs = self.shown(epoch, shown, wrong, both)
        way = TRANSLATION if self._sentences is None else self._sentences.way
        batch = collate(self._corpus, *pairs[:3], self._words, pairs.seconds, way)
        batch.keys = showings.keys(shown, self._corpus.keys)
        chance = draws.uniform(batch.keys, 1, self._seed, "unmasked", epoch)[:, 0]
        batch.maskable &= torch.from_numpy(chance >= self._sampling.unmasked)[:, None]
        return batch

    def shown(self, epoch: int, shown: np.ndarray, wrong: bool = True, both: bool = False) -> Pairs:
        """What is shown of some pairs, and what follows their captions.

        With `wrong`, some get another's caption or picture; with `both`, some a second caption, in
        another language, too. Where there are `sentences`, some get one in their own.
        """
        drawn = self.mismatch(epoch, shown, wrong, both)
        if self._sentences is not None:
            return self._sentences.paired(epoch, shown, drawn)
        return Pairs(*drawn, self.second(epoch, shown) if both else np.full(len(shown), -1))

    def second(self, epoch: int, shown: np.ndarray) -> np.ndarray:
        """Rows whose captions, in another language, follow those of some; -1: none does, `(B,)`."""
        if self._translations is None:
            return np.full(len(shown), -1)
        return self._translations.drawn(epoch, shown)

    def mismatch(
        self, epoch: int, shown: np.ndarray, wrong: bool = True, both: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw negatives, in both directions (ImageBERT; `by_caption`): another caption or picture.

        A caption is replaced by one of the same language, or else the picture is replaced: a
        language that is rarer among true captions must not give a negative away. A pair whose
        partner is of its own family or has the same wording stays as it is, and is matched; but
        of pairs that differ in one proven fact, a share takes such a one (`sampling.twins`).
        What is told in two languages stays as it is, and counts in no matching.

        Args:
            epoch: number of the pass.
            shown: the showings that are drawn.
            wrong: whether there shall be any; a step without matching has no use for them.
            both: whether some are told in two languages.

        Returns:
            rows whose captions and rows whose pictures are taken, and whether they match,
            each `(B,)`.
        """
        corpus = self._corpus
        rows = showings.rows(shown, len(corpus))
        if not wrong:
            return rows, rows, np.ones(len(rows), bool)
        keys = showings.keys(shown, corpus.keys)
        chance = draws.uniform(keys, 5, self._seed, "itm", epoch)
        hard = chance[:, 1] < self._sampling.hard
        partner, same_language = self._partners.of(rows, hard, chance[:, 2], chance[:, 3])
        twin, proven = self._twin_of(epoch, rows, keys)
        partner = np.where(proven, twin, partner)
        same_language |= proven  # both are told in one language
        swapped = chance[:, 0] < self._sampling.negatives
        swapped &= proven | ~corpus.related(partner, rows)
        swapped &= corpus.wording[partner] != corpus.wording[rows]
        if both:
            swapped &= self.second(epoch, shown) < 0
        swap_text = same_language & (chance[:, 4] < self._sampling.by_caption)
        texts = np.where(swapped & swap_text, partner, rows)
        pictures = np.where(swapped & ~swap_text, partner, rows)
        return texts, pictures, ~swapped

    def _twin_of(
        self, epoch: int, rows: np.ndarray, keys: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A pair that differs from each in one fact, and whether it has one and shall take it."""
        twins = self._corpus.twins[rows]
        number = (twins >= 0).sum(1)
        chance = draws.uniform(keys, 2, self._seed, "twins", epoch)
        taken = (number > 0) & (chance[:, 0] < self._sampling.twins)
        return twins[np.arange(len(rows)), (chance[:, 1] * number).astype(np.int64)], taken
