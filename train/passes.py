"""A batch in, what is read of it in further passes out: wrong pairs, other texts, no alignments."""

import dataclasses

import torch
from torch import Tensor

from train import knowledge, masking
from train.batch import Batch
from train.media import MEDIA


def crossed(batch: Batch, texts: Tensor, images: Tensor) -> Batch:
    """Captions of some rows with pictures of others `(H,)`, each as masked as it is."""
    return dataclasses.replace(
        batch,
        tokens=batch.tokens[texts],
        words=batch.words[texts],
        features=batch.features[images],
        boxes=batch.boxes[images],
        regions=batch.regions[images],
        hidden=batch.hidden[images],
        maskable=batch.maskable[texts],
        notes=knowledge.of_rows(batch, texts),
        pixels=_of(batch.pixels, images),
        cells=_of(batch.cells, images),
        withheld=_of(batch.withheld, images),
        second=batch.second and batch.second.of(texts),
    )


def retold(batch: Batch, rows: Tensor, tokens: Tensor, words: Tensor) -> Batch:
    """Other texts `(N, W)` with the whole pictures of some rows `(N,)`, nothing hidden."""
    return dataclasses.replace(
        batch,
        tokens=tokens,
        words=words,
        features=masking.true_features(batch)[rows],
        boxes=batch.boxes[rows],
        regions=batch.regions[rows],
        hidden=torch.zeros_like(batch.regions[rows]),
        maskable=batch.maskable[rows],
        notes={},
        pixels=_of(batch.pixels, rows),
        cells=_of(batch.cells, rows),
        withheld=_of(batch.withheld, rows),
        second=None,
        onward=None,
    )


def unaligned(batch: Batch) -> Batch:
    """A batch of which is not told which words name which regions."""
    return _without(batch, "stands_at")


def plain(batch: Batch) -> Batch:
    """A batch of captions and pictures without further media."""
    return _without(batch, *MEDIA)


def _without(batch: Batch, *left: str) -> Batch:
    """A batch without some notes; itself where it has none of these names."""
    if not any(name in batch.notes for name in left):  # which torch.export can trace
        return batch
    notes = {name: one for name, one in batch.notes.items() if name not in left}
    return dataclasses.replace(batch, notes=notes)


def _of(whole: Tensor | None, rows: Tensor) -> Tensor | None:
    """Some rows of what a batch may have."""
    return None if whole is None else whole[rows]
