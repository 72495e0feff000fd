"""A text and pictures that an index found in; how well each fits by a matching head out.

The second of two stages (Li et al., 2021, ALBEF): a cross-encoder reads the text with every picture
beside it, which sees who does what to whom, and costs too much to be asked about all pictures. Any
model that learnt to match (`itm`, `match`) will do; those of regions see what the labeler `regions`
found.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from curate.dataset.errors import ParamsError
from curate.stage import machine
from train import corpus
from train.batch import collate
from train.model import load
from train.text import Words


class Reranker:
    """A cross-encoder over the pictures of a snapshot.

    Args:
        model: folder of a model that has the task `itm`, or `match`.
        snapshot: whose pictures are looked at.
        labels: folder of labelers' tables of the pool.
        labels_made: of what was made of it.

    Raises:
        ParamsError: the model did not learn to match.
        WeightsError: it is missing or damaged.
        DataError: a table of labels is missing.
    """

    def __init__(self, model: Path, snapshot: Path, labels: Path, labels_made: Path | None) -> None:
        self._device = machine.device()
        self._model = load(model).to(self._device)
        if not self._model.matches:
            raise ParamsError(
                f"{model}: {self._model.name} has no task itm to match by, and can look at nothing "
                "again; take another, such as models/imagebert"
            )
        self._words, plan = Words(model), self._model.plan
        self._corpus = corpus.load(
            snapshot,
            labels,
            None,
            self._words,
            plan.text_tokens,
            plan.regions,
            labels_made,
            pixels=plan.pixels,
        )
        of_image = self._corpus.image
        names = self._corpus.regions.names.to_pylist()
        rows, first = np.unique(of_image, return_index=True)
        self._row = {names[number]: int(row) for number, row in zip(rows, first, strict=True)}

    @torch.inference_mode()
    def __call__(self, text: str, images: Sequence[str]) -> np.ndarray:
        """Log-odds that a text belongs to each of some pictures, `(n,)`; NaN where none is known.

        A picture of which no regions are known cannot be looked at.
        """
        found = np.full(len(images), np.nan, np.float32)
        known = [at for at, image in enumerate(images) if image in self._row]
        if not known:
            return found
        rows = np.array([self._row[images[at]] for at in known])
        tokens = self._words.encode([text], self._model.plan.text_tokens)
        asked: Any = dataclasses.replace(self._corpus, tokens=tokens)
        matched = np.ones(len(rows), bool)
        batch = collate(asked, np.zeros(len(rows), np.int64), rows, matched, self._words)
        found[known] = self._model.match(batch.to(self._device)).float().cpu().numpy()
        return found
