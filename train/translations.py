"""A corpus in; for each pair a caption of its picture in another language, and both as one, out.

Two captions follow each other, each whole, with its start and end token; positions start anew with
the second, so that its words stand where they stand when it is read alone, and it has a segment of
its own. So have UC2 (Zhou et al., 2021; its code starts positions anew at each start token) and XLM
(Lample & Conneau, 2019), which has a vector of each language in the segments' place.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from curate.dataset.errors import ParamsError
from curate.dataset.languages import primary
from train import draws, languages
from train.corpus import Corpus
from train.objectives import translated
from train.params import Sampling
from train.plan import Plan
from train.text import Tokens

UNTOLD = ("", "und", "mul", "zxx")  # tags that do not say which language it is
_UNITS = ("words", "phrases")  # notes that name places of a caption's own tokens


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

    def drawn(self, epoch: int, rows: np.ndarray) -> np.ndarray:
        """The pair whose caption each of some is read with, of an epoch; -1: with none, `(B,)`."""
        chance = draws.uniform(self._keys[rows], 2, self._seed, "translated", epoch)
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


def follow(
    tokens: Tokens, texts: np.ndarray, second: np.ndarray, pad: int
) -> tuple[Tensor, Tensor | None]:
    """Captions of some rows, each followed by that of another row, where it has one.

    Args:
        tokens: of all captions.
        texts: rows of the first captions, `(B,)`.
        second: rows of the second, -1 for none, `(B,)`.
        pad: id of the token that fills up.

    Returns:
        `(B, T)` int64, and the place where each second one begins, T where there is none, `(B,)`;
        None where no caption has a second.
    """
    first = tokens.padded(texts, pad)
    twice = np.flatnonzero(second >= 0)
    if not len(twice):
        return torch.from_numpy(first), None
    begin, length = tokens.lengths()[texts], tokens.lengths()[second[twice]]
    width = max(first.shape[1], int((begin[twice] + length).max()))
    found = np.full((len(texts), width), pad)
    found[:, : first.shape[1]] = first
    row, at = np.nonzero(np.arange(length.max()) < length[:, None])
    found[twice[row], begin[twice[row]] + at] = tokens.padded(second[twice], pad)[row, at]
    return torch.from_numpy(found), torch.from_numpy(np.where(second >= 0, begin, width))


def join(
    notes: dict[str, Tensor], further: Callable[[], dict[str, Tensor]], begin: Tensor, width: int
) -> dict[str, Tensor]:
    """The notes of captions of which some are followed by another.

    Words and phrases are told of both. Graphs, alignments, facts and meanings are those of the
    first alone; and what belongs to which picture is not told of two captions, so that vectors are
    compared of single ones, as they are when a model is used.

    Args:
        notes: of the first captions, as wide as both.
        further: gives those of the second, as wide.
        begin: where the second begin, as `follow` gives it.
        width: of both, in tokens.
    """
    joined = dict(notes)
    if units := [name for name in _UNITS if name in notes]:
        others, start = further(), begin[:, None]
        at = torch.arange(width).expand(len(begin), -1)
        for name in units:
            moved = others[name].gather(1, (at - start).clamp(min=0)) + start
            joined[name] = torch.where(at >= start, moved, notes[name])
    if "said" in notes:
        joined["said"] = notes["said"].clone()
        joined["said"][begin < width, 0] = -1
    return joined


def placed(width: int, begin: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Position, less than `most`, and segment of each token of some captions, `(B, width)` each."""
    at: Any = torch.arange(width, device=begin.device)[None, :]
    later = at >= begin[:, None]
    return torch.where(later, at - begin[:, None], at).clamp(max=most - 1), later.long()
