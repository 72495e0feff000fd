"""The labeler's probabilities of each region's likeliest classes, side by side with the regions.

Gives `soft_labels` `(B, R, S)` int64, the likeliest first, and `chances` `(B, R, S)` float32; -1
and 0 where a region has fewer, or is not there.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from curate.dataset import labels as label_tables
from curate.dataset.errors import DataError
from train.corpus import LABELER, Corpus
from train.notes import Note
from train.text import Words

_COLUMNS = ["image", "region", "soft_labels", "probabilities"]


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Read the probabilities of a corpus's regions.

    Raises:
        DataError: a table lacks a column, or a region's classes and probabilities differ in number.
    """
    names = corpus.regions.names
    rows = label_tables.read(LABELER, "regions", labels, labels_made, _COLUMNS, names)
    at = pc.index_in(rows.column("image"), value_set=names).to_numpy().astype(np.int64)
    region = rows.column("region").to_numpy()
    rows, at, region = _within(rows, at, region, corpus.regions.present.shape[1])
    classes, chances = (rows.column(name).combine_chunks() for name in _COLUMNS[2:])
    number = pc.list_value_length(classes).to_numpy(zero_copy_only=False)
    if not np.array_equal(number, pc.list_value_length(chances).to_numpy(zero_copy_only=False)):
        raise DataError(
            f"{labels / LABELER}: soft_labels and probabilities of some regions differ in number; "
            "run `dvc repro` for the labeler regions again"
        )
    shape = (*corpus.regions.present.shape, int(number.max(initial=1)))
    soft, sure = np.full(shape, -1), np.zeros(shape, np.float32)
    row = np.repeat(np.arange(len(number)), number)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    place = (at[row], region[row], rank)
    soft[place] = classes.flatten().to_numpy()
    sure[place] = chances.flatten().to_numpy(zero_copy_only=False)

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        image = corpus.image[pictures]
        return {
            "soft_labels": torch.from_numpy(soft[image]),
            "chances": torch.from_numpy(sure[image]),
        }

    return note


def _within(
    rows: pa.Table, at: np.ndarray, region: np.ndarray, most: int
) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Without the regions that the corpus does not read."""
    inside = region < most
    return rows.filter(pa.array(inside)), at[inside], region[inside]
