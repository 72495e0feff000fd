"""A corpus in; for each pair a caption of its picture in another language, out.

It follows the pair's own (`train/following.py`), and the task `tlm` hides words of both (UC2).
"""

import numpy as np

from curate.dataset.errors import ParamsError
from curate.dataset.languages import primary
from train import draws, languages, showings
from train.corpus import Corpus
from train.objectives import translated
from train.params import Sampling
from train.plan import Plan

UNTOLD = ("", "und", "mul", "zxx")  # tags that do not say which language it is


class Translations:
    """Captions of the same pictures in other languages, all of one split.

    Args:
        corpus: where they come from.
        taken: the pairs that are read, and whose captions may be the second, `(n,)` bool.
        share: of the pairs that have such a caption, how many are read with one, 0-1.
        seed: fixes the draws.
    """

    def __init__(self, corpus: Corpus, taken: np.ndarray, share: float, seed: int) -> None:
        self._keys, self._share, self._seed = corpus.keys, share, seed
        tags, tag = np.unique(corpus.languages.astype(str), return_inverse=True)
        names, name = np.unique([primary(t) for t in tags], return_inverse=True)
        told = ~np.isin(names, UNTOLD)[name][tag]
        language = name[tag]  # of a tag's region or script nothing is asked
        order = np.lexsort((language, corpus.image))
        self._rows = order[(taken & told)[order]]
        place = corpus.image * len(names) + language
        among = place[self._rows]
        whole = corpus.image * len(names)
        self._first, self._own = np.searchsorted(among, whole), np.searchsorted(among, place)
        self._same = np.searchsorted(among, place, "right") - self._own
        number = np.searchsorted(among, whole + len(names)) - self._first - self._same
        self._number = np.where(told, number, 0)
        self._length = int((taken & (self._number > 0)).sum())

    def __len__(self) -> int:
        """How many of the taken pairs have a caption in another language."""
        return self._length

    def drawn(self, epoch: int, shown: np.ndarray) -> np.ndarray:
        """The pair whose caption each showing is read with, of an epoch; -1: with none, `(B,)`."""
        keys, rows = showings.keys(shown, self._keys), showings.rows(shown, len(self._keys))
        chance = draws.uniform(keys, 2, self._seed, "translated", epoch)
        number = self._number[rows]
        at = self._first[rows] + (chance[:, 1] * number).astype(np.int64)
        at += np.where(at >= self._own[rows], self._same[rows], 0)  # none of its own language
        wanted = (number > 0) & (chance[:, 0] < self._share)
        found = np.full(len(rows), -1)
        found[wanted] = self._rows[at[wanted]]
        return found


def of(
    corpus: Corpus, plan: Plan, seed: int, sampling: Sampling | None = None
) -> Translations | None:
    """The second captions that a plan's tasks ask for; None: they ask for none.

    Args:
        corpus: of one split.
        plan: whose tasks.
        seed: fixes the draws.
        sampling: of a run, whose languages are taken alone; None: all are.

    Raises:
        ParamsError: no picture has captions in two of the languages that a run takes.
    """
    share = translated(plan.objectives)
    if not share:
        return None
    taken = np.ones(len(corpus), bool)
    if sampling is not None:
        taken = languages.weights(corpus.languages, sampling) > 0
    found = Translations(corpus, taken, share, seed)
    if sampling is not None and not len(found):
        tags, number = np.unique(corpus.languages[taken].astype(str), return_counts=True)
        there = ", ".join(f"{n} in {tag}" for tag, n in zip(tags, number, strict=True)) or "none"
        raise ParamsError(
            "the task tlm needs pictures with captions in two languages, and no picture of the "
            f"training split has such (captions of languages that `sampling.languages` takes: "
            f"{there}); leave it out (`objectives: {{tlm: null}}`), take more languages, or make "
            "captions in others (augment.multilingual, augment.back_translation)"
        )
    return found
