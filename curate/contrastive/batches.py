"""Pictures with captions in; batches of random views of them, the same each time, out.

An epoch sees one picture of each group, so that 144 variants of one drawing weigh as much as a
drawing that has none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from curate.contrastive import views, vocabulary
from curate.contrastive.recipe import Training

_WORDS = 4  # of each picture that a batch asks about, at most
_LONGEST_WORD = 8  # tokens, the two special ones included


@dataclass(frozen=True)
class Examples:
    """What is trained on: N pictures that have some of W words."""

    pictures: Tensor  # (N, 3, S, S) uint8, on white, S somewhat above the views' side
    captions: Sequence[views.Captions]  # N
    words: Sequence[Sequence[int]]  # N, numbers of the words that a picture has, at least one
    spelled: Sequence[Sequence[int]]  # W, token ids of each word without special ones
    groups: np.ndarray  # (N,) int64, one number per group
    parts: Mapping[int, tuple[int, int]]  # token id -> ids of the two that it was merged from


class Batch(NamedTuple):
    """Views of B pictures, their captions, and words that they share."""

    seen: Tensor  # (B, 3, side, side)
    tokens: Tensor  # (B, T)
    spelled: Tensor  # (V, T'), tokens of V words
    present: Tensor  # (B, V) rarity of the word where a picture has it, else 0
    alike: Tensor  # (B, B) bool, which rows share a group or a caption


class Batches:
    """All batches of a training, to be gone through once.

    Args:
        examples: at least one.
        training: how long, how many at once, and from which seed.
        size: pixels of a view's side at the end.

    Attributes:
        size: B, pictures in a batch; no more than there are groups.
        steps: number of batches.
    """

    def __init__(self, examples: Examples, training: Training, size: int) -> None:
        self._examples, self._training, self._last_side = examples, training, size
        self._members = members(examples.groups)
        self._rarity = rarity(examples)
        self.size = min(training.batch, len(self._members))
        self.steps = max(1, round(training.epochs * len(self._members) / self.size))

    def __iter__(self) -> Iterator[Batch]:
        training, examples = self._training, self._examples
        draw = np.random.default_rng(training.seed)
        chance = torch.Generator().manual_seed(training.seed)
        order = ordered(self._members, draw)
        for step in range(self.steps):
            rows = [next(order) for _ in range(self.size)]
            last = step >= self.steps * (1 - training.last)
            side = self._last_side if last else training.first_size
            stored = examples.pictures[rows]
            seen = views.pictures(stored, side, chance, training.zoom, training.jitter)
            texts = [examples.captions[row].view(training.main_share, draw) for row in rows]
            spelled = [views.split(ids, examples.parts, training.split, draw) for ids in texts]
            tokens = torch.from_numpy(vocabulary.framed(spelled, training.caption))
            alike = same(torch.from_numpy(examples.groups[rows]), tokens)
            yield Batch(seen, tokens, *self._words(rows, draw), alike)

    def _words(self, rows: Sequence[int], draw: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Tokens of some words of each picture, and who has which."""
        of = self._examples.words
        drawn = {int(word) for row in rows for word in draw.permutation(of[row])[:_WORDS]}
        column = {word: index for index, word in enumerate(sorted(drawn))}
        present = torch.zeros(len(rows), len(column))
        for index, row in enumerate(rows):
            for word in column.keys() & set(of[row]):
                present[index, column[word]] = float(self._rarity[word])
        spelled = [self._examples.spelled[word] for word in column]
        return torch.from_numpy(vocabulary.framed(spelled, _LONGEST_WORD)), present


def members(groups: np.ndarray) -> list[np.ndarray]:
    """Rows of each group."""
    order = np.argsort(groups, kind="stable")
    borders = np.flatnonzero(np.diff(groups[order])) + 1
    return np.split(order, borders)


def ordered(groups: Sequence[np.ndarray], draw: np.random.Generator) -> Iterator[int]:
    """Rows without end: in each pass over the groups one row of each, in a drawn order."""
    while True:
        for group in draw.permutation(len(groups)):
            yield int(draw.choice(groups[group]))


def rarity(examples: Examples) -> np.ndarray:
    """Inverse document frequency of each word over the groups, (W,), positive."""
    pairs = zip(examples.groups.tolist(), examples.words, strict=True)
    shared = {(group, word) for group, words in pairs for word in words}
    counts = np.bincount([word for _, word in shared], minlength=len(examples.spelled))
    return np.log(1 + len(np.unique(examples.groups)) / (1 + counts))


def same(groups: Tensor, tokens: Tensor) -> Tensor:
    """Which rows share a group or a caption.

    Args:
        groups: (B,)
        tokens: (B, T)

    Returns:
        (B, B) bool.
    """
    same_text = (tokens[:, None] == tokens[None, :]).all(dim=-1)
    return (groups[:, None] == groups[None, :]) | same_text
