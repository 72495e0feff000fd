"""Rows of a corpus in; what they show of it side by side out, as padded tensors."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from train import following
from train.corpus import Corpus
from train.following import TRANSLATION, Second, Way
from train.sentences import Pairs
from train.text import Words


@dataclass
class Batch:
    """Some pairs, ready for a model; objectives change `tokens`, `hidden` and `targets`.

    Attributes:
        keys: uint64 key of each pair for draws, `(B,)`.
        tokens: `(B, T)` int64.
        words: which tokens are no padding, `(B, T)` bool.
        features: `(B, R, F)` float32.
        boxes: `(B, R, 4)` float32.
        regions: which regions are there, `(B, R)` bool.
        hidden: which regions' features are zeroed, `(B, R)` bool.
        labels: class of each region, `(B, R)` int64, -1 for none.
        matched: whether caption and picture belong together, `(B,)` bool.
        maskable: whether words, and whether regions, may be masked, `(B, 2)` bool.
        notes: what some tasks read besides, by name; see `train/notes/`.
        targets: what an objective wants predicted, by its name.
        counts: how many targets an objective has, by its name.
        pixels: the pictures, each whole and squeezed to a square, RGB in [0, 1],
            `(B, 3, S, S)` float32; None where the plan reads none (`Plan.pixels`).
        cells: which patches, or cells of a grid, are read of each, `(B, N)` bool; None: all are.
        withheld: captions whose picture is not shown; they count as mismatched, `(B,)` bool;
            None: there are none.
        second: where captions begin that follow others, and how; None: none does.
        onward: from which place on words see only those that stand before them, `(B,)` int64;
            those before it, and the regions, see none from there on; None: all see all.
        pairs: the rows that stand side by side; None where the pairs are of no corpus.
    """

    keys: np.ndarray
    tokens: torch.Tensor
    words: torch.Tensor
    features: torch.Tensor
    boxes: torch.Tensor
    regions: torch.Tensor
    hidden: torch.Tensor
    labels: torch.Tensor
    matched: torch.Tensor
    maskable: torch.Tensor
    notes: dict[str, torch.Tensor] = field(default_factory=dict)
    targets: dict[str, torch.Tensor] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    pixels: torch.Tensor | None = None
    cells: torch.Tensor | None = None
    withheld: torch.Tensor | None = None
    second: Second | None = None
    onward: torch.Tensor | None = None
    pairs: Pairs | None = None

    @property
    def twice(self) -> torch.Tensor:
        """Which pairs are told in two languages, `(B,)` bool."""
        if self.second is None or not self.second.way.translated:
            return torch.zeros_like(self.matched)
        return self.second.there(self.tokens.shape[1])

    def to(self, device: torch.device) -> "Batch":
        """The same batch on a device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> "Batch":
        """The same batch in memory that a GPU can read by itself, see `train/loader.py`."""
        return self._each(torch.Tensor.pin_memory)

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "Batch":
        changed = {k: change(v) for k, v in vars(self).items() if torch.is_tensor(v)}
        targets, notes = (
            {k: change(v) for k, v in named.items()} for named in (self.targets, self.notes)
        )
        second = self.second and self.second._replace(begin=change(self.second.begin))
        return Batch(
            keys=self.keys,
            notes=notes,
            targets=targets,
            counts=self.counts,
            second=second,
            pairs=self.pairs,
            **changed,
        )


def collate(
    corpus: Corpus,
    texts: np.ndarray,
    pictures: np.ndarray,
    matched: np.ndarray,
    words: Words,
    seconds: np.ndarray | None = None,
    way: Way = TRANSLATION,
) -> Batch:
    """Put captions and pictures side by side.

    Args:
        corpus: where they come from.
        texts: rows of `corpus` whose captions are taken, `(B,)`.
        pictures: rows of `corpus` whose pictures are taken, `(B,)`.
        matched: whether they belong together, `(B,)` bool.
        words: the tokenizer, for its padding.
        seconds: rows whose captions follow, -1 for none, `(B,)`; None: none does.
        way: how they follow.
    """
    further = np.full(len(texts), -1) if seconds is None else seconds
    tokens, second = following.lay(corpus.tokens, texts, further, way, words)
    image = corpus.image[pictures]
    regions = corpus.regions
    present = torch.from_numpy(regions.present[image])
    width = tokens.shape[1]

    def told(rows: np.ndarray) -> dict[str, torch.Tensor]:
        return {k: v for note in corpus.notes for k, v in note(rows, pictures, width).items()}

    notes = told(texts)
    if second is not None:
        rows = np.where(further < 0, texts, further)
        notes = following.join(notes, lambda: told(rows), second, width)
    return Batch(
        keys=corpus.keys[texts],
        tokens=tokens,
        words=tokens != words.pad,
        features=torch.from_numpy(regions.features[image]).float(),
        boxes=torch.from_numpy(regions.boxes[image]),
        regions=present,
        hidden=torch.zeros_like(present),
        labels=torch.from_numpy(regions.labels[image]),
        matched=torch.from_numpy(matched),
        maskable=torch.ones(len(texts), 2, dtype=torch.bool),
        pixels=None if corpus.pictures is None else corpus.pictures.read(image),
        notes=notes,
        second=second,
        pairs=Pairs(texts, pictures, matched, further),
    )
